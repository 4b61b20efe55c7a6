// `npm test [-- words for vitest]`: builds, then runs the tests, and the types and the lint beside them. Most of a test is waiting
// for a process, so the checks use what the tests leave. vitest is shown as it goes, a check whole when it has ended.
import { spawn } from "node:child_process";
import { once } from "node:events";
import os from "node:os";
import path from "node:path";

const BIN = path.resolve("node_modules/.bin");
const CHECKS = [
  // Both caches are kept by content. A cache of eslint's would not see that a type has changed in another file.
  ["types", "tsc", "--noEmit", "--incremental", "--tsBuildInfoFile", "node_modules/.cache/tsc/types.tsbuildinfo"],
  ["lint", "eslint", "."],
  ["format", "prettier", "--check", "--cache", "--cache-strategy=content", "--log-level=warn", "."],
];

const running = new Set();
let interrupted;
// A terminal sends Ctrl-C to all of them: vitest closes what its tests have opened, and this waits for that.
process.on("SIGINT", () => (interrupted = 130));
process.on("SIGTERM", () => {
  interrupted = 143;
  for (const child of running) child.kill("SIGTERM");
});

const built = await ended(start(process.execPath, ["build.mjs"], "inherit"));
process.exitCode = built !== 0 ? built : await runTests();
if (interrupted !== undefined) process.exitCode = interrupted;

async function runTests() {
  const [tests, failed] = await Promise.all([runVitest(), runChecks()]);
  for (const name of failed) console.error(`Failed: ${name} (its lines are above)`);
  return failed.length > 0 ? 1 : tests;
}

/** Into a pipe vitest prints lines alone, so that a check's can stand between them. */
function runVitest() {
  const child = start(path.join(BIN, "vitest"), ["run", ...process.argv.slice(2)], "pipe");
  child.stdout.pipe(process.stdout, { end: false });
  child.stderr.pipe(process.stderr, { end: false });
  return ended(child);
}

/** One after the other, and after the tests where both want a core: a test may have a deadline. Resolves to those that failed. */
async function runChecks() {
  const failed = [];
  for (const [name, program, ...words] of CHECKS) {
    if (interrupted !== undefined) break;
    const child = start(path.join(BIN, program), words, "pipe");
    os.setPriority(child.pid, 10);
    const output = [];
    for (const stream of [child.stdout, child.stderr]) stream.on("data", (chunk) => output.push(chunk));
    const code = await ended(child);
    if (output.length > 0) process.stdout.write(`\n${name}:\n${Buffer.concat(output)}\n`);
    if (code !== 0) failed.push(name);
  }
  return failed;
}

function start(program, words, stdio) {
  const env = process.stdout.isTTY ? { ...process.env, FORCE_COLOR: process.env.FORCE_COLOR ?? "1" } : process.env;
  const child = spawn(program, words, { stdio: ["ignore", stdio, stdio], env });
  running.add(child);
  return child;
}

/** Resolves to its exit code when it has ended and all that it printed is read. */
async function ended(child) {
  const [code, signal] = await once(child, "close");
  running.delete(child);
  return code ?? 128 + os.constants.signals[signal];
}
