// Measures how much longer `rpc` of an expression takes than `rpc` of a task, as whole processes in pairs.
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { Child, environment } from "../child.mjs";
import { median, repeat } from "../statistics.mjs";
import { ms, table, verdict } from "../table.mjs";

const ROUNDS = 20;
const LIMIT_MS = 150;
const REMSH = fileURLToPath(new URL("../../dist/remsh.cjs", import.meta.url));

/** Measures and returns the part's text. */
export async function measure() {
  await new Child("app").ask("startAgent");
  const pair = () => ({ task: timeOf("Bench.empty"), expression: timeOf("Bench.empty()") });
  pair(); // the files are in the system's cache from here on
  const rounds = await repeat(ROUNDS, pair);
  const more = median(rounds.map(({ task, expression }) => expression - task));
  const cells = [median(rounds.map(({ task }) => task)), median(rounds.map(({ expression }) => expression)), more].map(
    ms,
  );
  const heading = `Expressions, medians of ${ROUNDS} interleaved pairs of whole processes`;
  const columns = ["rpc of a task", "rpc of an expression", "more", "target", "verdict"];
  return table(heading, columns, [[...cells, ...verdict(`at most ${ms(LIMIT_MS)}`, more <= LIMIT_MS)]]);
}

function timeOf(call) {
  const before = performance.now();
  const { status, stderr } = spawnSync(process.execPath, [REMSH, "rpc", call], {
    env: environment(),
    stdio: ["ignore", "ignore", "pipe"],
  });
  const took = performance.now() - before;
  if (status !== 0) throw new Error(`"rpc ${call}" exited ${status}: ${stderr}`);
  return took;
}
