import { appendFileSync, existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { afterAll, describe, expect, test } from "vitest";
import { CommandFailure } from "../../../client/terminal/command-failure.ts";
import { HookVariables, readVariables } from "../../../client/hooks/hook-variables.ts";
import { removeTemporary, temporaryDirectory } from "../../end-to-end/processes.ts";

afterAll(removeTemporary);

const refusal = (what: string) =>
  new CommandFailure(`Cannot use what the hook "x" wrote to REMSH_ENV_FILE: ${what}`, 78);

describe("a hook's variables", () => {
  test("are lines of NAME=value, taken as they stand, and values of several lines", () => {
    const text = [
      "# comment",
      "",
      "PLAIN=a b",
      'QUOTED="a" $b \\n',
      "EQUALS=a=b==",
      "EMPTY=",
      "TWICE=first",
      "TWICE=second",
      "KEY<<-----END",
      "line 1",
      "",
      "# no comment: NAME=value",
      "-----END",
      "NONE<<END",
      "END",
      "_last1= spaced ",
    ].join("\n");
    expect(readVariables(text, "x")).toEqual({
      PLAIN: "a b",
      QUOTED: '"a" $b \\n',
      EQUALS: "a=b==",
      EMPTY: "",
      TWICE: "second",
      KEY: "line 1\n\n# no comment: NAME=value",
      NONE: "",
      _last1: " spaced ",
    });
  });

  const FORM = "is not NAME=value (for a value of several lines: NAME<<END, the lines, END)";
  test.each([
    ["A=1\nsecret\n", `line 2 ${FORM}`],
    ["export A=1", `line 1 ${FORM}`],
    ["A B=1", `line 1 ${FORM}`],
    ["1A=1", `line 1 ${FORM}`],
    ["=1", `line 1 ${FORM}`],
    [" A=1", `line 1 ${FORM}`],
    ["A<<\nx\n", `line 1 ${FORM}`],
    ["A<<END\nx\n", 'line 1 begins a value of A that does not end (with "END" alone on a line)'],
    ["REMSH_APP=x", "line 1 sets REMSH_APP, which is remsh's own (rel/env.sh may set it)"],
  ])("%j is refused, with its line and not its text", (text, what) => {
    expect(() => readVariables(text, "x")).toThrow(refusal(what));
  });
});

describe("the file of hooks", () => {
  test("is fresh for each, private, and leaves nothing behind", () => {
    const REMSH_RUNTIME_DIR = temporaryDirectory();
    const variables = new HookVariables({ REMSH_RUNTIME_DIR });
    for (const value of ["A=1\nB=1\n", "B=2\n"]) {
      appendFileSync(variables.file(), value);
      variables.take("x");
    }
    rmSync(variables.file());
    variables.take("x");
    expect(variables.written).toEqual({ A: "1", B: "2" });
    variables.file();
    variables.remove();
    expect(readdirSync(REMSH_RUNTIME_DIR)).toEqual([]);
  });

  test("is refused where it is no text, too long, or no file", () => {
    const variables = new HookVariables({ REMSH_RUNTIME_DIR: temporaryDirectory() });
    const made: [string, (file: string) => void][] = [
      ["it is not text in UTF-8", (file) => writeFileSync(file, Buffer.from([0x41, 0x3d, 0xff]))],
      ["it is not text in UTF-8", (file) => writeFileSync(file, "A=\0")],
      ["it has more than 1048576 bytes", (file) => writeFileSync(file, `A=${"x".repeat(1024 * 1024)}`)],
      ["it is no longer a file", (file) => (rmSync(file), mkdirSync(file))],
    ];
    for (const [what, make] of made) {
      const file = variables.file();
      make(file);
      expect(() => variables.take("x")).toThrow(refusal(what));
      variables.remove();
      expect(existsSync(file)).toBe(false);
    }
  });
});
