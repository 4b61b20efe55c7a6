// Measures how long the commands take as whole processes, in pairs with a Node that starts and does nothing.
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { Child, environment } from "../child.mjs";
import { median, pairedRatio, repeat } from "../statistics.mjs";
import { ms, table, times, verdict } from "../table.mjs";

const ROUNDS = 40;
const REMSH = fileURLToPath(new URL("../../dist/remsh.cjs", import.meta.url));
const COMMANDS = [
  { name: "remsh ping", words: [REMSH, "ping"], limit: 1.3 },
  { name: "remsh rpc", words: [REMSH, "rpc", "Bench.empty"], limit: 2 },
];

/** Measures and returns the part's text. */
export async function measure() {
  await new Child("app").ask("startAgent");
  for (const { words } of COMMANDS) timeOf(words); // the files are in the system's cache from here on
  const rounds = await repeat(ROUNDS, () => COMMANDS.map(pairOf));
  const rows = COMMANDS.map(({ name, limit }, index) => {
    const pairs = rounds.map((round) => round[index]);
    const bare = pairs.map((pair) => pair.bare);
    const command = pairs.map((pair) => pair.command);
    const ratio = pairedRatio(command, bare);
    const cells = [ms(median(command)), ms(median(bare)), times(ratio)];
    return [name, ...cells, ...verdict(`at most ${times(limit)}`, ratio <= limit)];
  });
  const heading = `Whole process, medians of ${ROUNDS} interleaved pairs`;
  return table(heading, ["command", "time", "node -e 0", "ratio", "target", "verdict"], rows);
}

function pairOf({ words }) {
  return { bare: timeOf(["-e", "0"]), command: timeOf(words) };
}

function timeOf(words) {
  const before = performance.now();
  const { status, stderr } = spawnSync(process.execPath, words, {
    env: environment(),
    stdio: ["ignore", "ignore", "pipe"],
  });
  const took = performance.now() - before;
  if (status !== 0) throw new Error(`"${words.join(" ")}" exited ${status}: ${stderr}`);
  return took;
}
