// A log that was renamed, and a folder from which Node loads no ES module.
import { mkdirSync, renameSync, utimesSync, writeFileSync } from "node:fs";
import path from "node:path";
import { afterAll, expect, test } from "vitest";
import { logs } from "../../../client/commands/logs.ts";
import { removeTemporary, temporaryDirectory } from "../../end-to-end/processes.ts";
import { makeProject } from "./project.ts";

afterAll(removeTemporary);

test("logs shows the end of a log that logrotate has renamed, and follows the next one", async () => {
  const root = temporaryDirectory();
  const log = path.join(root, "log/shop.log");
  mkdirSync(path.dirname(log));
  writeFileSync(path.join(root, "package.json"), '{ "name": "shop" }');
  for (const [name, text, age] of [
    ["shop.log.1", "older\n", 2],
    ["shop.log.2.gz", "packed", 0],
    ["shop.log", "last\n", 1],
  ] as const) {
    writeFileSync(path.join(root, "log", name), text);
    utimesSync(path.join(root, "log", name), 1000 - age, 1000 - age);
  }
  renameSync(log, `${log}-20250114`);
  const output = { stdout: "", stderr: "" };
  const stdout = {
    isGone: false,
    write(text: string) {
      output.stdout += text;
      if (text === "last\n") writeFileSync(log, "next\n");
      if (text === "next\n") stdout.isGone = true;
    },
  };
  const stderr = { write: (text: string) => void (output.stderr += text) };
  await logs({ follow: true }, { stdout, stderr, env: { REMSH_ROOT: root } });
  expect(output).toEqual({
    stdout: "last\nnext\n",
    stderr: `"${log}" was renamed: this is the end of "${log}-20250114"\n`,
  });
});

test("a folder with a backslash in its path is refused with the reason", async () => {
  const root = path.join(temporaryDirectory(), "a\\b");
  const { shop } = makeProject({ root });
  for (const [words, action] of [
    [["daemon", "--check"], "start shop"],
    [["eval", "Release.pid"], "call a task of shop"],
  ] as const)
    expect(await shop(...words)).toEqual({
      stdout: "",
      stderr: expect.stringMatching(
        new RegExp(
          `^Cannot ${action}: Node loads no ES module from a path with a backslash, ".*a\\\\b/.*" \\(rename it\\)\n$`,
        ),
      ) as string,
      code: 78,
    });
});
