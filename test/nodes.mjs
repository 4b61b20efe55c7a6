// `npm run test:nodes [20 22 …]`: what can come out differently on another Node, on each supported one but the one that runs this, on
// which `npm test` has run everything. The app and the command line run on that Node, vitest on this one.
// npm brings them into .nodes/. What failed is said again at the end, where it is found.
import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, readFileSync, rmSync } from "node:fs";
import path from "node:path";

const SUPPORTED = ["20", "22", "24", "26"];

// In is a test whose outcome Node itself decides: the inspector and its stacks, consoles and the repl, the permission model and
// vm2, signals, descriptors, files, execve, output and backpressure, HTTP as it parses it, how modules and TypeScript are loaded, how a
// value or an error looks, memory. A new file in these folders is in.
const IN = [
  "test/end-to-end",
  "test/client/lifecycle",
  "test/agent/sandbox",
  "test/frameworks",
  "test/protocol-document.test.ts",
  "test/agent/migrate/loading.test.ts",
];
// Out is what our own code decides once those hold: words, options, documents, whose app or which run is meant, what a deadline says.
const OUT = [
  "test/end-to-end/commands.test.ts",
  "test/end-to-end/completion.test.ts",
  "test/end-to-end/conditions.test.ts",
  "test/end-to-end/control-characters.test.ts",
  "test/end-to-end/deadline.test.ts",
  "test/end-to-end/demo.test.ts",
  "test/end-to-end/json.test.ts",
  "test/end-to-end/schemas.test.ts",
  "test/client/lifecycle/commands.test.ts",
  "test/client/lifecycle/drain.test.ts",
  "test/client/lifecycle/health.test.ts",
  "test/client/lifecycle/launcher.test.ts",
  "test/client/lifecycle/stop-once.test.ts",
  "test/client/lifecycle/restart.test.ts",
  "test/client/lifecycle/stop-interrupted.test.ts",
  "test/client/lifecycle/whose-app.test.ts",
];
// A file that has moved would be left out, or in, without a word.
for (const file of [...IN, ...OUT])
  if (!existsSync(file)) throw new Error(`Cannot find "${file}" (mend test/nodes.mjs)`);

const OTHERS = SUPPORTED.filter((major) => major !== process.versions.node.split(".")[0]);
const chosen = process.argv.slice(2);
const nodes = (chosen.length > 0 ? chosen : OTHERS).map((major) => ({ major, node: nodeBinary(major) }));
// One after the other: three at once, each with vitest on its own Node, made tests fail that pass alone.
const failures = [];
for (const each of nodes) failures.push(...(await failuresOn(each)));
for (const failure of failures) console.error(failure);
process.exitCode = failures.length > 0 ? 1 : 0;

/** Runs the tests on one Node. Resolves to a line for each failure. */
async function failuresOn({ major, node }) {
  console.log(`\nNode ${execFileSync(node, ["--version"], { encoding: "utf8" }).trim()}`);
  const report = path.resolve(".nodes", major, "report.json");
  rmSync(report, { force: true });
  const words = [
    "node_modules/vitest/vitest.mjs",
    "run",
    "--maxWorkers=2",
    // On four Nodes, what fails once in a while would fail often; a fault fails twice.
    "--retry=1",
    "--reporter=default",
    "--reporter=json",
    `--outputFile.json=${report}`,
    ...OUT.map((file) => `--exclude=${file}`),
    ...IN,
  ];
  const vitest = spawn(process.execPath, words, { stdio: "inherit", env: { ...process.env, REMSH_TEST_NODE: node } });
  const [status, signal] = await once(vitest, "close");
  if (status === 0) return [];
  const failed = existsSync(report) ? failedTests(JSON.parse(readFileSync(report, "utf8"))) : [];
  const what = failed.length > 0 ? failed : [`vitest ended with ${signal ?? status}, and no test had failed`];
  return what.map((each) => `Node ${major}: ${each}`);
}

/** One line for each: its file, its name and how it failed. */
function failedTests({ testResults }) {
  return testResults
    .filter(({ status }) => status !== "passed")
    .flatMap(({ name, message, assertionResults }) => {
      const file = path.relative(process.cwd(), name);
      const failed = assertionResults.filter(({ status }) => status === "failed");
      if (failed.length === 0) return [`${file}: ${message}`];
      return failed.map(({ fullName, failureMessages }) => `${file}: ${fullName}: ${failureMessages.join("\n")}`);
    });
}

/** The package that holds only this machine's binary: unlike `node` itself it needs no install script, which npm 11 does not run. */
function nodeBinary(major) {
  const name = `${process.platform === "darwin" ? "node-bin" : "node"}-${process.platform}-${process.arch}`;
  const prefix = path.resolve(".nodes", major);
  const node = path.join(prefix, "node_modules", name, "bin/node");
  if (!existsSync(node)) {
    mkdirSync(prefix, { recursive: true });
    execFileSync("npm", ["install", "--prefix", prefix, "--no-save", "--loglevel=error", `${name}@${major}`], {
      stdio: "inherit",
    });
  }
  return node;
}
