// `remote` in a real terminal: editing, completion, history, interrupts, the size of the window.
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import path from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, expect } from "vitest";
import { eventually, NODE, removeTemporary, start, startApp, stop, temporaryDirectory, type App } from "./processes.ts";
import { openTerminal, type TerminalWindow } from "./terminal.ts";
import { needing } from "../needing.ts";

const { test } = needing("tmux");

let app: App;
let directory: string;
const windows: TerminalWindow[] = [];
let prompt: string;

beforeAll(async () => {
  app = await startApp("shop.mjs", { env: { REMSH_INSTANCE: "web-2" } });
});
afterAll(async () => {
  await app.stop();
  removeTemporary();
});
beforeEach(() => {
  directory = temporaryDirectory();
});
afterEach(() => {
  for (const window of windows.splice(0)) window.close();
});

async function openConsole(
  env: Record<string, string> = {},
  around?: (command: string) => string,
): Promise<TerminalWindow> {
  const window = openTerminal(["remote"], { ...app.env, XDG_STATE_HOME: directory, ...env }, around);
  windows.push(window);
  await window.shows(/@.*:web-2>$/m);
  prompt = /^(shop@.*:web-2>)/m.exec(window.screen())?.[1] ?? "";
  return window;
}

/** What stands between the last two prompts. */
function lastAnswer(window: TerminalWindow): string {
  const parts = window.screen().split(prompt);
  return (parts.at(-2) ?? "").split("\n").slice(1).join("\n").trim();
}

async function evaluates(window: TerminalWindow, source: string, answer: string): Promise<void> {
  window.type(source);
  window.press("Enter");
  await eventually(() => {
    const lines = window.screen().split("\n");
    return lines.at(-1) === prompt && lastAnswer(window) === answer;
  }, `${answer} for ${source}`);
}

/** Evaluates once and resolves to what is shown. */
async function answerTo(window: TerminalWindow, source: string): Promise<string> {
  const before = window.screen().split(prompt).length;
  window.type(source);
  window.press("Enter");
  await eventually(() => window.screen().split(prompt).length > before, `an answer to ${source}`);
  return lastAnswer(window);
}

test("the banner says where one is and how to leave, and the prompt that it is remote", async () => {
  const window = await openConsole();
  const [first, second, third, last] = window.screen().split("\n");
  expect(first).toMatch(new RegExp(`^shop 1\\.2\\.3, pid ${app.pid} on .*, up \\d`));
  expect(second).toMatch(/runs in the live app, as admin\. In scope: context, require, _, _error, Job, /);
  expect(window.screen()).toContain("Ctrl-D or .exit leaves");
  expect([third, last].join("\n")).toContain("Ctrl-C interrupts");
  expect(prompt).toMatch(/^shop@.+:web-2>$/);
});

test("statements, declarations made again, await, _ and the tasks work", async () => {
  const window = await openConsole();
  await evaluates(window, "1 + 1", "2");
  await evaluates(window, "_ * 21", "42");
  await evaluates(window, "const a = 1", "undefined");
  await evaluates(window, "const a = await Promise.resolve(2); a", "2");
  await evaluates(window, "{ a: 'text' }", "{ a: 'text' }");
  await evaluates(window, "await Release.migrate()", "migrating\none warning\n'3 migrations applied'");
  await evaluates(
    window,
    "null.x",
    "Uncaught TypeError: Cannot read properties of null (reading 'x')\n    at console/7:1:6".replace(
      /\d+(?=:1:6)/,
      () => /console\/(\d+):1:6/.exec(window.screen())?.[1] ?? "7",
    ),
  );
});

test("input goes on over several lines until it is whole", async () => {
  const window = await openConsole();
  window.type("[1,");
  window.press("Enter");
  window.type("2].map((n) => {");
  window.press("Enter");
  window.type("return n + 1 })");
  window.press("Enter");
  await window.shows("[ 2, 3 ]");
});

test("Tab completes tasks and members", async () => {
  const window = await openConsole();
  window.type("Rele");
  window.press("Tab");
  await window.shows(`${prompt} Release`);
  window.type(".mig");
  window.press("Tab");
  await window.shows(`${prompt} Release.migrate`);
  window.press("C-u");
  window.type("process.upti");
  window.press("Tab");
  await window.shows(`${prompt} process.uptime`);
  window.press("C-u");
  window.type(".mo");
  window.press("Tab");
  await window.shows(`${prompt} .more`);
});

test("Tab twice at once, as over a slow line, lists the members; behind a getter, too, but not where it would change something", async () => {
  const window = await openConsole();
  window.type("Throw.\t\t");
  await window.shows(/^Throw\.aggregate[^]*Throw\.later[^]*> Throw\.$/m);
  window.press("C-u");
  await evaluates(window, "void (globalThis.got = { get plain() { return { inside: 1 } } })", "undefined");
  await evaluates(window, "void (got.lazy = { get made() { return (this.of = { inside: 1 }) } })", "undefined");
  window.type("got.plain.ins\t");
  await window.shows(`${prompt} got.plain.inside`);
  window.press("C-u");
  window.type("got.lazy.made.ins\t");
  window.press("Enter");
  await window.shows(/^undefined$[^]*made\.ins$[^]*^undefined$[^]*>$/m);
  await evaluates(window, "got.lazy.of", "{ inside: 1 }");
});

test("in a string Tab completes nothing", async () => {
  const window = await openConsole();
  window.type("'Throw.\t");
  await window.shows(/> 'Throw\.$/m);
  window.type("lat'");
  window.press("Enter");
  await window.shows(/^'Throw\.lat'$/m);
  window.type("`");
  window.press("Enter");
  window.type("Throw.\t");
  await window.shows(/^(\.\.\.|\|) Throw\.$/m); // Node 24 and later go on behind a bar
  window.type("lat`");
  window.press("Enter");
  await window.shows(/^'\\nThrow\.lat'$/m);
});

test("Ctrl-C ends an endless loop, abandons an await, and the app goes on", async () => {
  const window = await openConsole();
  window.type("for (;;);");
  window.press("Enter");
  await eventually(async () => (await app.remsh("status")).stdout.includes("has been executing for"), "a busy console");
  expect((await app.remsh("status")).stdout).toMatch(/the console of .*@.*, pid \d+ has been executing for/);
  expect((await app.remsh("stack")).stdout).toMatch(
    /the console of .* has been executing for [^]*at \(anonymous\) \(console\/\d+:1\)/,
  );
  window.press("C-c");
  await window.shows("Interrupted");
  window.type("await new Promise(() => {})");
  window.press("Enter");
  await eventually(async () => (await app.remsh("runs")).stdout.includes("await new Promise"), "the run");
  window.press("C-c");
  await window.shows("Interrupted: no longer waits for the promise");
  await evaluates(window, "'still here'", "'still here'");
  expect((await app.remsh("ping")).stdout).toBe("pong\n");
});

test("Ctrl-C cancels the task that is awaited", async () => {
  const window = await openConsole();
  window.type("await Job.wait({ ms: 60000 })");
  window.press("Enter");
  await window.shows("waiting");
  window.press("C-c");
  await window.shows(/told "Job\.wait" \(run \w+\) to stop/);
  await eventually(async () => !(await app.remsh("runs")).stdout.includes("Job.wait "), "the task to stop");
});

test("rel/console.js of the app is evaluated first; an error in it, and --no-start-file, leave the console", async () => {
  const root = temporaryDirectory();
  const file = path.join(root, "rel/console.js");
  mkdirSync(path.join(root, "node_modules"));
  mkdirSync(path.join(root, "rel"));
  symlinkSync(path.join(import.meta.dirname, "../.."), path.join(root, "node_modules/remsh"));
  writeFileSync(path.join(root, "package.json"), '{ "name": "shop", "type": "module" }');
  copyFileSync(path.join(import.meta.dirname, "fixtures/quiet.mjs"), path.join(root, "quiet.mjs"));
  const env = { REMSH_RUNTIME_DIR: root, REMSH_INSTANCE: "web-2", REMSH_APP: "shop" };
  const running = start(NODE, [path.join(root, "quiet.mjs"), "stay"], { env });
  await running.printed("}\n");
  writeFileSync(file, "console.log('begun');\nconst { Job: jobs } = globalThis;\nconst sum = await jobs.add(20, 1);\n");
  const window = await openConsole(env);
  expect(window.screen()).toContain("leaves\nbegun\nshop@");
  await evaluates(window, "sum * 2", "42");
  writeFileSync(file, "const before = 1;\nnull.x;\n");
  const failing = await openConsole(env);
  expect(failing.screen()).toMatch(
    /leaves\nrel\/console\.js: Uncaught TypeError: .*reading 'x'\)\n {4}at console\/\d+:2:6\nshop@/,
  );
  await evaluates(failing, "before", "1");
  chmodSync(file, 0o666);
  const refused = await openConsole(env);
  expect(refused.screen()).toContain('leaves\nCannot evaluate "rel/console.js": others may write it\nshop@');
  const without = openTerminal(["remote", "--no-start-file"], { ...env, XDG_STATE_HOME: directory });
  windows.push(without);
  await without.shows(/leaves\nshop@.*>$/);
  await stop(running);
});

test("what is printed later appears above the prompt and leaves what is typed as it is", async () => {
  const window = await openConsole();
  await evaluates(window, "void setTimeout(() => console.log('printed later'), 600)", "undefined");
  window.type("half typed");
  await window.shows(`printed later\n${prompt} half typed`);
});

test("history is kept for the app, 0600, and searched backwards", async () => {
  const window = await openConsole();
  await evaluates(window, "'to be found again'", "'to be found again'");
  window.press("C-d");
  expect(await window.exitCode()).toBe(0);
  const file = path.join(directory, "remsh", "shop.history");
  expect(readFileSync(file, "utf8")).toContain("'to be found again'");
  expect(statSync(file).mode & 0o777).toBe(0o600);
  const second = await openConsole();
  second.press("Up");
  await second.shows(`${prompt} 'to be found again'`);
  second.press("C-u");
  second.press("C-r");
  second.type("found");
  await second.shows("bck-i-search: found_");
});

test("an empty REMSH_HISTORY keeps no history", async () => {
  const window = await openConsole({ REMSH_HISTORY: "" });
  await evaluates(window, "'nowhere'", "'nowhere'");
  window.press("C-d");
  await window.exitCode();
  expect(existsSync(path.join(directory, "remsh"))).toBe(false);
});

test("where history cannot be kept that is said once on stderr, and the console works without", async () => {
  const file = path.join(directory, "file");
  writeFileSync(file, "");
  const errors = path.join(directory, "errors");
  const places = [
    { REMSH_HISTORY: path.join(file, "history") }, // ENOTDIR
    { XDG_STATE_HOME: "/proc/nowhere" }, // ENOENT, for root too
    { REMSH_HISTORY: directory },
    { REMSH_HISTORY: "/dev/null" },
  ];
  const mode = statSync("/dev/null").mode;
  const said: string[] = [];
  for (const place of places) {
    const window = await openConsole(place, (command) => `${command} 2> ${errors}`);
    await evaluates(window, "'as ever'", "'as ever'");
    window.press("C-d");
    expect(await window.exitCode()).toBe(0);
    // From Node 22 on its stat takes a file for the folder of another as no file at all.
    said.push(readFileSync(errors, "utf8").replace(", open '", ", stat '"));
  }
  const advice = "(REMSH_HISTORY names another file, or is empty for none)\n";
  expect(said).toEqual([
    `Cannot keep the console's history in "${file}/history": ENOTDIR: not a directory, stat '${file}/history' ${advice}`,
    `Cannot keep the console's history in "/proc/nowhere/remsh/shop.history": ENOENT: no such file or directory, mkdir '/proc/nowhere' ${advice}`,
    `Cannot keep the console's history in "${directory}": it is no file ${advice}`,
    "",
  ]);
  expect(statSync("/dev/null").mode).toBe(mode);
});

test("a query builder that was not awaited is named, and not shown; _ awaits it", async () => {
  const window = await openConsole();
  const source = "new (class QueryBuilder { then(done) { globalThis.begun = true; done('rows') } })()";
  expect(await answerTo(window, source)).toBe("[QueryBuilder, a thenable: await _ for its result]\n(.more shows more)");
  expect(await answerTo(window, "typeof begun")).toBe("'undefined'");
  expect(await answerTo(window, source)).toContain("await _");
  expect(await answerTo(window, "await _")).toBe("'rows'");
  expect(await answerTo(window, "delete globalThis.begun")).toBe("true");
});

test("values are as wide as the window is", async () => {
  const window = await openConsole();
  const source = "[{ first: 'a'.repeat(20), second: 'b'.repeat(20) }]";
  await evaluates(window, source, `[ { first: '${"a".repeat(20)}', second: '${"b".repeat(20)}' } ]`);
  window.resize(60, 40);
  // The command line hears of it a moment later: asked again until it has.
  const answer = `[\n  {\n    first: '${"a".repeat(20)}',\n    second: '${"b".repeat(20)}'\n  }\n]`;
  await eventually(async () => (await answerTo(window, source)) === answer, "an answer of sixty columns");
});

test(".more shows what was left out", async () => {
  const window = await openConsole();
  await evaluates(
    window,
    "{ a: { b: { c: { d: { e: 'the end' } } } } }",
    "{\n  a: { b: { c: { d: [Object] } } }\n}\n(.more shows more)",
  );
  window.type(".more");
  window.press("Enter");
  await window.shows("'the end'");
});

test("with TERM=dumb a console has a prompt, no escapes, and Ctrl-C interrupts", async () => {
  const window = await openConsole({ TERM: "dumb" });
  window.type("({ a: 1 })");
  window.press("Enter");
  await window.shows("{ a: 1 }");
  // The terminal itself keeps no more of a line; it takes it in pieces.
  for (let typed = 0; typed < 4400; typed += 400)
    window.type(typed === 0 ? `1 || '${"x".repeat(395)}` : "x".repeat(400));
  window.type("'; 'all of it'");
  window.press("Enter");
  await window.shows(/^Cannot evaluate the line: the terminal has cut it at 4,095 bytes \(.*\n.*>$/m);
  window.type("for (;;);");
  window.press("Enter");
  await eventually(async () => (await app.remsh("status")).stdout.includes("has been executing for"), "a busy console");
  window.press("C-c");
  await window.shows("Interrupted");
  window.type(".exit");
  window.press("Enter");
  expect(await window.exitCode()).toBe(0);
});

test("a new instance in the place of a lost one is announced as such", async () => {
  const before = await startApp("shop.mjs", { env: { REMSH_INSTANCE: "web-2" } });
  const window = await openConsole(before.env);
  await before.stop();
  await window.shows(/Lost shop.*: trying to reach it again/);
  const after = await startApp("shop.mjs", { beside: before, env: { REMSH_INSTANCE: "web-2" } });
  await window.shows(new RegExp(`Connected to a new process, pid ${after.pid}, .* of pid ${before.pid} are gone`));
  await evaluates(window, "process.pid", String(after.pid));
  await after.stop();
});

test("a lost gateway is told, and the same process is reached again with its bindings", async () => {
  const fragile = await startApp("fragile.mjs", { env: { REMSH_INSTANCE: "web-2" } });
  const window = await openConsole(fragile.env);
  await evaluates(window, "const kept = 'kept'", "undefined");
  await fetch(`http://127.0.0.1:${fragile.port}/end-gateway`);
  await window.shows(/Lost shop.*: trying to reach it again/);
  await window.shows(new RegExp(`Connected again to the same process ${fragile.pid}: bindings live on`));
  await evaluates(window, "kept", "'kept'");
  await fragile.stop();
});

test("Ctrl-C drops what was typed ahead, and a second one at the prompt does what it does in a shell", async () => {
  const window = await openConsole();
  for (const line of ["for (;;);", "context.server.second = 'evaluated'", "for (;;);", "[1,"]) {
    window.type(line);
    window.press("Enter");
  }
  await eventually(async () => (await app.remsh("status")).stdout.includes("has been executing for"), "a busy console");
  window.press("C-c");
  await window.shows(/What was typed ahead is not evaluated \(3 lines\)\nInterrupted\nshop@.*>$/);
  await evaluates(window, "context.server.second", "undefined");
  window.press("C-c");
  await window.shows("To exit, press Ctrl+C again");
  window.press("C-c");
  expect(await window.exitCode()).toBe(0);
});

test("a second Ctrl-C leaves at once what the first has not ended, with lines typed ahead, too", async () => {
  const window = await openConsole();
  for (const line of ["require('child_process').execSync('sleep 6')", "1", "2"]) {
    window.type(line);
    window.press("Enter");
  }
  await eventually(async () => (await app.remsh("status")).stdout.includes("has been executing for"), "a busy console");
  const begun = Date.now();
  window.press("C-c");
  await window.shows("What was typed ahead is not evaluated (2 lines)");
  window.press("C-c");
  expect(await window.exitCode()).toBe(0);
  expect(Date.now() - begun).toBeLessThan(2000);
  expect(window.screen()).toContain("Left the console; what it was evaluating may go on in the app");
  await eventually(async () => (await app.remsh("ping")).code === 0, "the app");
});

test("what is pasted is echoed at a prompt of its own, line by line, each source followed by its result", async () => {
  const window = await openConsole();
  const lines = [
    "await new Promise((resolve) => setTimeout(resolve, 700, 'slow'))",
    "[1,",
    "2,",
    "3].length * 11",
    "'last'",
  ];
  for (const line of lines) {
    window.type(line);
    window.press("Enter");
  }
  await window.shows(/^'last'$[^]*>$/m);
  const [, shown = ""] = window.screen().split("leaves\n");
  expect(shown.replaceAll(prompt, ">").replaceAll(/^\| /gm, "... ").split("\n")).toEqual([
    `> ${lines[0]}`,
    "'slow'",
    "> [1,",
    "... 2,",
    "... 3].length * 11",
    "33",
    "> 'last'",
    "'last'",
    ">",
  ]);
});

test("the banner has three lines, and says so where NODE_ENV is production", async () => {
  const production = await startApp("shop.mjs", { env: { REMSH_INSTANCE: "web-2", NODE_ENV: "production" } });
  const window = await openConsole(production.env);
  const [first, second, third, fourth, ...more] = window.screen().split("\n");
  expect(first).toMatch(
    new RegExp(`^shop 1\\.2\\.3, pid ${production.pid} on \\S+, up \\d[\\d.]* (ms|s), NODE_ENV is production$`),
  );
  expect(second).toMatch(/^What you type runs in the live app, as admin\. In scope: context, require, _, _error, /);
  expect(third).toMatch(/^Bindings are shared .* Ctrl-C interrupts, \.more shows more, Ctrl-D or \.exit leaves$/);
  expect([fourth, more]).toEqual([prompt, []]);
  await production.stop();
});

test("values are coloured in a terminal, and not with NO_COLOR or TERM=dumb", async () => {
  const escapes = async (env: Record<string, string>) => {
    const window = await openConsole(env);
    window.type("({ a: 1 })");
    window.press("Enter");
    await window.shows(/^\{ a: 1 \}$/m);
    return /^\{ a: (\u001b\[\d+m)?1/m.exec(window.colored())?.[1];
  };
  expect(await escapes({})).toBe("\u001b[33m");
  expect(await escapes({ NO_COLOR: "1" })).toBeUndefined();
  expect(await escapes({ TERM: "dumb" })).toBeUndefined();
});

test("a window that is closed, as a lost ssh connection closes it, leaves no client behind", async () => {
  const window = await openConsole();
  window.type("console.log('begun'); for (;;);");
  window.press("Enter");
  await eventually(async () => (await app.remsh("status")).stdout.includes("has been executing for"), "a busy console");
  const pid = Number(/, pid (\d+) has been executing/.exec((await app.remsh("status")).stdout)?.[1]);
  expect(existsSync(`/proc/${pid}`)).toBe(true);
  window.close();
  windows.splice(windows.indexOf(window), 1);
  await eventually(() => !existsSync(`/proc/${pid}`), "the client's end");
  // The limit holds without it.
  await eventually(async () => (await app.remsh("ping")).code === 0, "the app");
});

/** Runs `remote` in a terminal with a shell's redirections. */
function openRedirected(around: (command: string) => string, ...words: string[]): TerminalWindow {
  const window = openTerminal(["remote", ...words], { ...app.env, XDG_STATE_HOME: directory }, around);
  windows.push(window);
  return window;
}

test.each([
  ["a pipe as its stdin", (command: string) => `echo '({ a: 20 + 1 })' | ${command}`, [], "{ a: 21 }"],
  ["/dev/null as its stdin", (command: string) => `${command} </dev/null`, [], ""],
  ["no stdin", (command: string) => `${command} <&-`, ["-e", "'a' + 'b'"], "ab"],
  ["no stdout and no stdin to read", (command: string) => `${command} <&- >&-`, ["-e", "1"], ""],
])("with %s and a terminal it prints results, and has no prompt", async (...[, around, words, shown]) => {
  const window = openRedirected(around, ...words);
  expect(await window.exitCode()).toBe(0);
  expect(window.screen()).toBe(`${shown === "" ? "" : `${shown}\n`}exit code 0`);
});

test("with a terminal as its stdin and a pipe as its stdout it evaluates what is typed", async () => {
  const window = openRedirected((command) => `${command} | cat`);
  window.type("20 + 1");
  window.press("Enter");
  await window.shows(/^21$/m);
  expect(window.screen()).not.toContain("runs in the live app");
  window.press("C-d");
  expect(await window.exitCode()).toBe(0);
});
