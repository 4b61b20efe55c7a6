// `npm run bench [-- <part>...]`: measures remsh beside its alternatives; each part is a file of parts/. A missed
// target is printed but is not a failure, because people must judge what a shared machine measures.
import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import os from "node:os";
import { fileURLToPath } from "node:url";
import { endAllChildren } from "./child.mjs";

const PARTS = [
  "command-line",
  "launcher",
  "expressions",
  "calls",
  "ping",
  "start-up",
  "memory",
  "heap",
  "loop-delay",
  "floods",
];

const names = process.argv.slice(2);
const unknown = names.filter((name) => !PARTS.includes(name));
if (unknown.length > 0) {
  console.error(`Cannot run "${unknown[0]}": the parts are ${PARTS.join(", ")}`);
  process.exit(64);
}

prepare();
console.log(machineLine());
for (const name of names.length > 0 ? names : PARTS) await runPart(name);

async function runPart(name) {
  const { measure } = await import(`./parts/${name}.mjs`);
  const startedAt = performance.now();
  try {
    console.log(`\n${await measure()}`);
  } finally {
    endAllChildren();
  }
  console.log(`(${((performance.now() - startedAt) / 1000).toFixed(0)} s)`);
}

/** Installs the alternatives, and builds remsh. */
function prepare() {
  const root = fileURLToPath(new URL("..", import.meta.url));
  const inherited = { cwd: root, stdio: ["ignore", "ignore", "inherit"] };
  if (!existsSync(new URL("node_modules", import.meta.url))) {
    execFileSync("npm", ["ci", "--prefix", "bench", "--no-audit", "--no-fund", "--loglevel=error"], inherited);
  }
  // The types are not measured, and would take most of the time.
  execFileSync(process.execPath, ["build.mjs", "--no-types"], inherited);
}

function machineLine() {
  const [cpu] = os.cpus();
  const load = os.loadavg()[0].toFixed(2);
  return `Node ${process.version}, ${os.cpus().length} cores of ${cpu.model.trim()}, ${os.type()} ${os.arch()}, load ${load}`;
}
