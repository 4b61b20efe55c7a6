import { chmodSync, existsSync, readdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";
import { pathToFileURL } from "node:url";
import { afterAll, expect, test } from "vitest";
import { NODE, removeTemporary, start, temporaryDirectory } from "./processes.ts";
import { systemProcesses } from "../system-processes.ts";

afterAll(removeTemporary);

const ROOT = path.join(import.meta.dirname, "../..");
const TSX = pathToFileURL(createRequire(import.meta.url).resolve("tsx")).href;

/** A command line, what it printed and its exit code. */
interface Shown {
  line: string;
  printed: string;
  code: number;
}

/** The commands as the demo has shown them. */
function commandsIn(output: string): Shown[] {
  const found = output.matchAll(/^\$ (.*)\n((?:(?!\$ ).*\n)*?)\[exit (\d+)\]$/gm);
  return [...found].map(([, line = "", printed = "", code]) => ({ line, printed, code: Number(code) }));
}

/** The README's commands of the shop. An exit code that it does not show is undefined. */
function commandsOfReadme(): (Omit<Shown, "code"> & { code?: number })[] {
  const blocks = readFileSync(path.join(ROOT, "README.md"), "utf8").matchAll(/^```\n(\$ .*?)^```$/gms);
  const found = [...blocks].flatMap(([, block = ""]) => [
    ...block.matchAll(/^\$ (bin\/shop .*)\n((?:(?!\$ ).*\n)*)(?:\$ echo \$\?\n(\d+)\n)?/gm),
  ]);
  return found.map(([, line = "", printed = "", code]) => ({
    line: line.replace(/ +#.*/, ""),
    printed,
    ...(code !== undefined && { code: Number(code) }),
  }));
}

/** The text without what differs each time: ids, times, and where in the loop the app was found. */
function masked(text: string): string {
  return text
    .replace(/^\d+\/\d+ .* …\n/gm, "") // the next line overwrites it on a terminal
    .replace(/\bshop \d+/g, "shop <pid>")
    .replace(/\b\d+(?:\.\d+)? m?s\b/g, "<time>")
    .replace(/(?<=at stretch \(report\.ts:)\d+/g, "<line>");
}

/** The README shows for each of its commands what the demo has shown, or its end where it begins with "…". */
function compareWithReadme(commands: readonly Shown[]): void {
  const played = commands.map((each) => ({ ...each, line: each.line.replace(/^sleep \d+; /, "") }));
  const known = commandsOfReadme().filter(({ line }) => played.some((each) => each.line === line));
  expect(known.map(({ line }) => line)).toEqual([
    "bin/shop ping",
    "bin/shop stack",
    "bin/shop rpc Release.migrate",
    "bin/shop rpc Release.seed --count 3",
    "bin/shop rpc Release.seed --count many",
    "bin/shop rpc --timeout 1s Report.rebuild",
    "bin/shop rpc Release.migrate --check",
  ]);
  for (const { line, printed, code } of known) {
    const end = masked(printed.replace(/^…\n/, ""));
    const results = played
      .filter((each) => each.line === line && (code === undefined || each.code === code))
      .map((each) => masked(each.printed))
      .map((text) => (printed.startsWith("…\n") ? text.slice(-end.length) : text));
    expect(results, line).toContain(end);
  }
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
  const failed = commands.filter(({ code }) => code !== 0);
  expect(failed.map(({ line, code }) => [line, code])).toEqual([
    ["bin/shop rpc Release.migrate --check", 75],
    ["bin/shop rpc Release.brokenImport", 1],
    ["bin/shop rpc Release.seed --count many", 65],
    ["bin/shop rpc Release.migrat", 65],
    ["sleep 2; bin/shop ping", 75],
    ["bin/shop rpc --timeout 1s Report.rebuild", 75],
    ["bin/shop ping", 69],
  ]);
  compareWithReadme(commands);

  const [, runtimeDirectory = ""] = /nothing listens in "(.*)\/shop"/.exec(stdout) ?? [];
  expect(runtimeDirectory).not.toBe("");
  expect(existsSync(runtimeDirectory), "the folder of its socket is gone").toBe(false);
  // What tsx has compiled it keeps for the next time.
  const left = readdirSync(folder).filter((name) => !/^(?:tsx-\d+|jiti)$/.test(name));
  expect(left, "and that of its database").toEqual([]);
  expect(processesOf(folder)).toEqual([]);
});
