// Measures how long the launcher's ping takes as a whole process, with curl and without, in pairs with a Node that does
// nothing.
import { spawnSync } from "node:child_process";
import { mkdirSync, symlinkSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { Child, directory, environment } from "../child.mjs";
import { median, pairedRatio, repeat } from "../statistics.mjs";
import { ms, table, times, verdict } from "../table.mjs";

const ROUNDS = 40;
const LAUNCHER = fileURLToPath(new URL("../../examples/shop/bin/shop", import.meta.url));
const BIN = path.join(directory, "bin");

/** Measures and returns the part's text. */
export async function measure() {
  await new Child("app").ask("startAgent");
  const launcher = { program: LAUNCHER, words: ["ping"] };
  const ways = [
    { name: "bin/shop ping, with curl", ...launcher, path: process.env.PATH, limit: 0.5 },
    { name: "bin/shop ping, without", ...launcher, path: pathWithoutCurl(), limit: 1.4 },
  ];
  for (const way of ways) timeOf(way); // the files are in the system's cache from here on
  const rounds = await repeat(ROUNDS, () => ways.map(pairOf));
  const rows = ways.map((way, index) =>
    rowOf(
      way,
      rounds.map((round) => round[index]),
    ),
  );
  const heading = `The launcher's ping, whole process, medians of ${ROUNDS} interleaved pairs`;
  return table(heading, ["command", "time", "node -e 0", "ratio", "target", "verdict"], rows);
}

function rowOf({ name, limit }, pairs) {
  const bare = pairs.map((pair) => pair.bare);
  const command = pairs.map((pair) => pair.command);
  const ratio = pairedRatio(command, bare);
  const cells = [ms(median(command)), ms(median(bare)), times(ratio)];
  return [name, ...cells, ...verdict(`at most ${times(limit)}`, ratio <= limit)];
}

function pairOf(way) {
  return {
    bare: timeOf({ program: process.execPath, words: ["-e", "0"], path: process.env.PATH }),
    command: timeOf(way),
  };
}

function timeOf({ program, words, path: searched }) {
  const env = { ...environment(), PATH: searched, REMSH_NODE: process.execPath };
  const before = performance.now();
  const { status, stderr } = spawnSync(program, words, { env, stdio: ["ignore", "ignore", "pipe"] });
  const took = performance.now() - before;
  if (status !== 0) throw new Error(`"${program} ${words.join(" ")}" exited ${status}: ${stderr}`);
  return took;
}

/** A folder with the programs that the launcher needs, but without curl. */
function pathWithoutCurl() {
  mkdirSync(BIN, { recursive: true });
  for (const name of ["sh", "readlink"]) symlinkSync(whereIs(name), path.join(BIN, name));
  return BIN;
}

function whereIs(name) {
  return spawnSync("/bin/sh", ["-c", `command -v ${name}`], { encoding: "utf8" }).stdout.trim();
}
