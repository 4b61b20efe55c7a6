// What a terminal would obey is shown on one, whoever it comes from; tmux draws what the command line writes.
import { afterAll, beforeAll, expect } from "vitest";
import { makeProject } from "../client/lifecycle/project.ts";
import { needing } from "../needing.ts";
import { removeTemporary, startApp, type App } from "./processes.ts";
import { openTerminal } from "./terminal.ts";

const { test } = needing("tmux");

let app: App;

beforeAll(async () => {
  app = await startApp("garish.mjs");
});
afterAll(async () => {
  await app.stop();
  removeTemporary();
});

test("on a terminal remsh's lines, and what tasks print and return, clear no screen", async () => {
  const names = ["print", "text", "value", "fail", "progress"];
  const window = openTerminal(["status"], app.env, (status) =>
    [status, ...names.map((name) => status.replace(/'status'$/, `'rpc' 'Garish.${name}'`))].join("; "),
  );
  try {
    await window.exitCode();
    const screen = window.screen();
    expect(screen).toContain("  version     1.0 \\u001b[2J\\u001b[H\\npid  1\n");
    expect(screen).toContain("printed \\u001b[2J\\u001b[H\\u009b31m\n");
    expect(screen).toContain("text \\u001b[2J\\u001b[H\n");
    expect(screen).toContain("'key \\x1B[2J\\x1B[H': 5");
    expect(screen).toContain("inner \\u001b[2J\\u001b[H");
    expect(screen).toContain('"Garish.fail" threw Name\\u001b[2J\\u001b[H: failed \\u001b[2J\\u001b[H\\rmasked\n');
    expect(screen).toContain("property \\u001b[2J\\u001b[H: 1\n");
    expect(screen).toContain("1 step \\u001b[2J\\u001b[H\\u202e");
  } finally {
    window.close();
  }
});

test("with --raw, and where stdout is no terminal, what a task prints passes as it is", async () => {
  const window = openTerminal(["rpc", "--raw", "Garish.print"], app.env, (command) => `echo before; ${command}`);
  try {
    await window.exitCode();
    expect(window.screen()).not.toContain("u001b");
  } finally {
    window.close();
  }
  expect((await app.remsh("rpc", "Garish.print")).stdout).toBe("printed \u001b[2J\u001b[H\u009b31m\n");
});

test("a console shows it, too", async () => {
  const window = openTerminal(["remote"], app.env);
  try {
    await window.shows(/1\.0 \\u001b\[2J\\u001b\[H\\npid {2}1, pid/);
    window.type("await Garish.print(); class K { static name = '\\x1b[2J' }; new K()");
    window.press("Enter");
    await window.shows("printed \\u001b[2J\\u001b[H\\u009b31m");
    await window.shows(/\\u001b\[2J \{\}/);
  } finally {
    window.close();
  }
});

test("and what hooks print, before the app and beside it", async () => {
  const hook = String.raw`printf 'cleared \033[2J\033[H\rmasked\n'`;
  const { root, env } = makeProject({ hooks: { "pre_start/10-x": hook, "post_start/10-y": hook } });
  const window = openTerminal(["start"], { ...env, REMSH_ROOT: root });
  try {
    await window.shows("[pre_start.d/10-x] cleared \\u001b[2J\\u001b[H\\rmasked");
    await window.shows("[post_start.d/10-y] cleared \\u001b[2J\\u001b[H\\rmasked");
  } finally {
    window.press("C-c");
    await window.exitCode();
    window.close();
  }
});
