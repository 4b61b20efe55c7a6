// `npm run test:nodes [20 22 …]`: the end-to-end tests with the app and the command line on each supported Node but the one that
// runs this, on which `npm test` has run them. npm brings them into .nodes/. What failed is said again at the end, where it is found.
import { execFileSync, spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, rmSync } from "node:fs";
import path from "node:path";

const SUPPORTED = ["20", "22", "24", "26"];
const TESTS = [
  "test/end-to-end",
  "test/lifecycle",
  "test/frameworks",
  "test/evaluator",
  "test/protocol-document.test.ts",
  "test/migrate/end-to-end.test.ts",
  "test/generate/end-to-end.test.ts",
];
const OTHERS = SUPPORTED.filter((major) => major !== process.versions.node.split(".")[0]);
const chosen = process.argv.slice(2);

const failures = (chosen.length > 0 ? chosen : OTHERS).flatMap((major) => failuresOn(major));
for (const failure of failures) console.error(failure);
process.exitCode = failures.length > 0 ? 1 : 0;

function failuresOn(major) {
  const node = nodeBinary(major);
  console.log(`\nNode ${execFileSync(node, ["--version"], { encoding: "utf8" }).trim()}`);
  const report = path.resolve(".nodes", major, "report.json");
  rmSync(report, { force: true });
  // Two workers: with the heaviest tests alone, a third would only slow the others down.
  const words = [
    "run",
    "--maxWorkers=2",
    "--reporter=default",
    "--reporter=json",
    `--outputFile.json=${report}`,
    ...TESTS,
  ];
  const { status, signal } = spawnSync("node_modules/.bin/vitest", words, {
    stdio: "inherit",
    env: { ...process.env, REMSH_TEST_NODE: node },
  });
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
