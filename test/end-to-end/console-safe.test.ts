// `remote --safe`: expressions over the tasks, with variables that last, in a process beside the app.
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { removeTemporary, startApp, startRemsh, temporaryDirectory, type App, type Finished } from "./processes.ts";
import { openTerminal, type TerminalWindow } from "./terminal.ts";
import { needing } from "../needing.ts";

let app: App;
const windows: TerminalWindow[] = [];

beforeAll(async () => {
  app = await startApp("shop.mjs", { env: { REMSH_INSTANCE: "web-2" } });
});
afterEach(() => {
  for (const window of windows.splice(0)) window.close();
});
afterAll(async () => {
  await app.stop();
  removeTemporary();
});

function pipe(input: string, words: string[] = []): Promise<Finished> {
  const running = startRemsh(["remote", "--safe", ...words], { env: app.env });
  running.child.stdin?.end(input);
  return running.finished;
}

async function openConsole(): Promise<TerminalWindow> {
  const window = openTerminal(["remote", "--safe"], { ...app.env, XDG_STATE_HOME: temporaryDirectory() });
  windows.push(window);
  await window.shows(/@.*:web-2>$/m);
  return window;
}

test("statements of a pipe share their variables, call tasks and print their values", async () => {
  const source = "const sum = await Release.add(2, 3)\nprint('sum', sum)\nsum * 2\n'text'\nundefined\n";
  expect(await pipe(source)).toEqual({ stdout: "sum 5\n10\ntext\n", stderr: "", code: 0 });
});

test("nothing of the app but its tasks is in scope", async () => {
  expect(await app.remsh("remote", "--safe", "-e", "[typeof process, typeof require, typeof context]")).toEqual({
    stdout: "[ 'undefined', 'undefined', 'undefined' ]\n",
    stderr: "",
    code: 0,
  });
});

test("a statement that only names a task ends it with 65", async () => {
  expect(await pipe("const { empty } = Release\nawait empty()\nRelease.migrate\n")).toEqual({
    stdout: "",
    stderr: 'Cannot evaluate "Release.migrate": "Release.migrate" alone calls nothing (write "Release.migrate()")\n',
    code: 65,
  });
});

test("what a task prints and throws comes through", async () => {
  const { stdout, stderr, code } = await pipe("await Release.migrate()\nawait Throw.error()\n'not reached'\n");
  expect({ stdout, code }).toEqual({ stdout: "migrating\n3 migrations applied\n", code: 1 });
  expect(stderr).toMatch(/^one warning\nError: no such table\n {4}at /);
});

test("--timeout ends an expression with 75 and says that the variables are gone", async () => {
  expect(await app.remsh("remote", "--safe", "--timeout", "2s", "-e", "await Job.wait()")).toEqual({
    stdout: "waiting\n",
    stderr: expect.stringMatching(
      /^Gave up on "await Job\.wait\(\)" after 2 s: .*\nThe session's variables are gone; a new one has begun\n$/,
    ) as string,
    code: 75,
  });
});

test("with no app, it evaluates nothing", async () => {
  expect(await app.remsh("--instance", "none", "remote", "--safe", "-e", "1 + 1")).toMatchObject({
    stdout: "",
    code: 69,
  });
});

needing("tmux").test(
  "on a terminal it says what it is, completes tasks, and Ctrl-C ends a loop without the app",
  async () => {
    const window = await openConsole();
    expect(window.screen()).toContain("a seat belt for people who are allowed in");
    window.type("Release.ad");
    window.press("Tab");
    await window.shows("Release.add");
    window.type("(20, 3)");
    window.press("Enter");
    await window.shows(/^23$/m);
    window.type("for (;;);");
    window.press("Enter");
    window.press("C-c");
    await window.shows("The session's variables are gone");
    expect(await app.remsh("ping")).toMatchObject({ stdout: "pong\n" });
    window.type("await Value.cycle()");
    window.press("Enter");
    await window.shows("<ref *1> { name: 'self', self: [Circular *1] }");
    window.press("C-d");
    expect(await window.exitCode()).toBe(0);
  },
);
