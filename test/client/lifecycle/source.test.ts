import { writeFileSync } from "node:fs";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { removeTemporary, startRemsh, stop, type Finished, type Running } from "../../end-to-end/processes.ts";
import { makeProject, type TestProject } from "./project.ts";

let project: TestProject;
let app: Running;
beforeAll(async () => {
  project = makeProject();
  app = project.startShop(["start"]);
  await project.shop("ping", "--ready", "--wait", "1m");
});
afterAll(async () => {
  await stop(app, "SIGTERM");
  removeTemporary();
});

const SUM = "\uFEFFconst sum = await Release.add(40, 2);\nsum";

function withInput(words: string[], input: string | Uint8Array): Promise<Finished> {
  const running = startRemsh(words, { env: { ...project.env, REMSH_ROOT: project.root }, cwd: project.root });
  running.child.stdin?.end(input);
  return running.finished;
}

describe("source", () => {
  test.each(["rpc", "eval", "remote"])("of %s comes from a file, or from stdin", async (command) => {
    const file = path.join(project.root, "sum.js");
    writeFileSync(file, SUM);
    for (const words of [["--file", file], ["--file", "-"], ["-"]])
      expect(await withInput([command, ...words], SUM), words.join(" ")).toMatchObject({
        stdout: expect.stringMatching(/(^|\n)42\n$/) as string,
        code: 0,
      });
  });

  test.each<[words: string[], input: string | Uint8Array, stderr: string, code?: number]>([
    [["rpc", "-"], " \n", "Cannot run the command: the expression of stdin is empty"],
    [["rpc", "-", "more"], "1", 'Cannot run the command: "more" follows the expression of stdin'],
    [
      ["eval", "--file", "/nowhere"],
      "",
      "Cannot read \"/nowhere\": ENOENT: no such file or directory, open '/nowhere'",
    ],
    [["rpc", "--file", "-"], Uint8Array.of(0x31, 0xff), "Cannot read stdin: it is not text in UTF-8"],
    [["rpc", "--file", "-", "-e", "1"], "", "Cannot run the command: --eval and --file exclude each other"],
    [
      ["remote", "--lossless", "-e", "1"],
      "",
      "Cannot open a console with --lossless: the app would wait for it at any time (rpc --lossless and eval --lossless wait for a task's output)",
    ],
    [["remote", "-", "-e", "1"], "", "Cannot run the command: --eval and - exclude each other"],
    [["remote", "1 + 1"], "", 'Cannot run the command: "1 + 1" is not expected (-e evaluates it, --file a file)'],
    [
      ["rpc", "--file", "-", "Release.add"],
      "",
      'Cannot run the command: "Release.add" follows the expression of --file',
    ],
    [
      ["rpc", "-"],
      "Release.add\n",
      'Cannot evaluate "Release.add": a name alone calls nothing (write "Release.add()", or leave stdin out)',
      65,
    ],
  ])("%j is refused with %j", async (words, ...[input, stderr, code = 64]) => {
    expect(await withInput(words, input)).toEqual({ stdout: "", stderr: `${stderr}\n`, code });
  });
});
