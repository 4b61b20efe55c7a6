import { chmodSync, existsSync, readdirSync } from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";
import { pathToFileURL } from "node:url";
import { afterAll, expect, test } from "vitest";
import { NODE, removeTemporary, start, temporaryDirectory } from "./processes.ts";
import { systemProcesses } from "../system-processes.ts";

afterAll(removeTemporary);

const ROOT = path.join(import.meta.dirname, "../..");
const TSX = pathToFileURL(createRequire(import.meta.url).resolve("tsx")).href;

/** Each command line with its exit code, as the demo has shown them. */
function commandsIn(output: string): [line: string, exitCode: number][] {
  const found = output.matchAll(/^\$ (.*)\n(?:(?!\$ ).*\n)*?\[exit (\d+)\]$/gm);
  return [...found].map(([, line = "", code]) => [line, Number(code)]);
}

/** The processes whose command line or environment names the folder. */
function processesOf(folder: string): string[] {
  const found = systemProcesses().filter(({ command, environment }) => `${command} ${environment}`.includes(folder));
  return found.map(({ pid, command }) => `${pid} ${command}`);
}

test("the demo goes as it should, and leaves nothing behind", async () => {
  const folder = temporaryDirectory();
  chmodSync(folder, 0o755); // as root the database runs as another user
  const demo = start(NODE, ["--import", TSX, "examples/demo.ts"], { cwd: ROOT, env: { TMPDIR: folder } });
  await Promise.race([demo.printed("bin/shop status"), demo.finished]);
  expect(demo.child.exitCode, demo.output.stderr).toBe(null);
  expect(processesOf(folder).length, "app and database run").toBeGreaterThan(2);
  const { stdout, stderr, code } = await demo.finished;
  expect({ stderr, code }, stdout).toEqual({ stderr: "", code: 0 });

  const commands = commandsIn(stdout);
  expect(commands.length).toBeGreaterThan(20);
  expect(commands.filter(([, exitCode]) => exitCode !== 0)).toEqual([
    ["bin/shop rpc Release.brokenImport", 1],
    ["bin/shop rpc Release.seed --count many", 65],
    ["bin/shop rpc Release.migrat", 65],
    ["sleep 2; bin/shop ping", 75],
    ["bin/shop rpc --timeout 1s Report.rebuild", 75],
    ["bin/shop ping", 69],
  ]);

  const [, runtimeDirectory = ""] = /nothing listens in "(.*)\/shop"/.exec(stdout) ?? [];
  expect(runtimeDirectory).not.toBe("");
  expect(existsSync(runtimeDirectory), "the folder of its socket is gone").toBe(false);
  // What tsx has compiled it keeps for the next time.
  const left = readdirSync(folder).filter((name) => !/^(?:tsx-\d+|jiti)$/.test(name));
  expect(left, "and that of its database").toEqual([]);
  expect(processesOf(folder)).toEqual([]);
});
