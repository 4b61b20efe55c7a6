// `npm run test:nodes [20 22 …]`: the end-to-end tests with the app and the command line on each supported Node, which npm
// brings into .nodes/.
import { execFileSync, spawnSync } from "node:child_process";
import { existsSync, mkdirSync } from "node:fs";
import path from "node:path";

const SUPPORTED = ["20", "22", "24", "26"];
const chosen = process.argv.slice(2);

const failed = (chosen.length > 0 ? chosen : SUPPORTED).filter((major) => !passes(major));
if (failed.length > 0) console.error(`end-to-end tests failed on Node ${failed.join(", ")}`);
process.exitCode = failed.length > 0 ? 1 : 0;

function passes(major) {
  const node = nodeBinary(major);
  console.log(`\nNode ${execFileSync(node, ["--version"], { encoding: "utf8" }).trim()}`);
  const words = [
    "run",
    "--maxWorkers=2", // with the heaviest tests alone, a third worker would only slow the others down
    "test/end-to-end",
    "test/lifecycle",
    "test/frameworks",
    "test/evaluator",
    "test/protocol-document.test.ts",
    "test/migrate/end-to-end.test.ts",
    "test/generate/end-to-end.test.ts",
  ];
  const { status } = spawnSync("node_modules/.bin/vitest", words, {
    stdio: "inherit",
    env: { ...process.env, REMSH_TEST_NODE: node },
  });
  return status === 0;
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
