// docs/console.md and docs/expressions.md show sessions: each is had again with a real app, and must read the same but for
// what differs from run to run.
import { readFileSync } from "node:fs";
import path from "node:path";
import { afterAll, beforeAll, expect } from "vitest";
import {
  eventually,
  NODE,
  REMSH,
  removeTemporary,
  start,
  startApp,
  temporaryDirectory,
  type App,
} from "./end-to-end/processes.ts";
import { openTerminal, type TerminalWindow } from "./end-to-end/terminal.ts";
import { needing } from "./needing.ts";

const { test } = needing("tmux");

const DOCS = path.join(import.meta.dirname, "../docs");
const OUT_OF_TIME = "Ran out of time: it stopped the app and was interrupted";
const PROMPT = /^shop@\S+?:\d+> ?/;

let app: App;
const windows: TerminalWindow[] = [];
let full: TerminalWindow;

beforeAll(async () => {
  app = await startApp("shop.mjs", { env: { NODE_ENV: "production" } });
});
afterAll(async () => {
  for (const window of windows) window.close();
  await app.stop();
  removeTemporary();
});

/** The code blocks of a document that are sessions. */
function sessionsOf(name: string): string[][] {
  const text = readFileSync(path.join(DOCS, name), "utf8");
  const blocks = [...text.matchAll(/^```\n(.*?)\n```$/gms)].map(([, block = ""]) => block.split("\n"));
  return blocks.filter(([first = ""]) => first.startsWith("$ ") || PROMPT.test(first));
}

/** What differs from run to run, by its kind. */
function comparable(lines: string[]): string[] {
  const text = lines.map((line) => line.trimEnd()).join("\n");
  return (
    text
      .replaceAll(/^shop@\S+?:\d+>/gm, "PROMPT")
      .replaceAll(/\bpid \d+( on \S+?,)?/g, "PID")
      .replaceAll(/^shop \d+ is/gm, "shop N is")
      .replaceAll(/\bconsole of .*?, PID/g, "console of WHO")
      .replaceAll(/\bconsole\/\d+/g, "console/N")
      .replaceAll(/\brun [0-9a-f]{10}\b/g, "run ID")
      // What a machine says that is busy for a quarter of a second at the deadline.
      .replaceAll(/^Gave up after 300 ms: the evaluation did not stop, .*$/gm, OUT_OF_TIME)
      .replaceAll(/(up|for) \d[\d.]* \w+( \d+ \w+)?/g, "$1 TIME")
      .split("\n")
  );
}

async function isBusy(): Promise<boolean> {
  if ((await app.remsh("status")).stdout.includes("has been executing for")) return true;
  return (await app.remsh("runs")).stdout.includes("console of");
}

function open(words: string[]): TerminalWindow {
  const window = openTerminal(words, { ...app.env, XDG_STATE_HOME: temporaryDirectory() });
  windows.push(window);
  return window;
}

const promptsOf = (window: TerminalWindow) => window.screen().match(/^shop@\S+?:\d+>/gm)?.length ?? 0;
const isIdle = (window: TerminalWindow) => /^shop@\S+?:\d+>$/.test(window.screen().split("\n").at(-1) ?? "");

/** Presses Ctrl-C when what comes before it is on the screen. */
async function interrupt(window: TerminalWindow, before: string[]): Promise<void> {
  await eventually(isBusy, "the evaluation");
  const shown = () => comparable(window.screen().split("\n")).slice(-before.length - 1);
  await eventually(() => before.every((line) => shown().includes(comparable([line])[0] ?? "")), before.join("\n"));
  window.press("C-c");
}

/** Types what the document shows as typed, and compares all that is on the screen from there on. */
async function sit(window: TerminalWindow, lines: string[]): Promise<void> {
  await eventually(() => isIdle(window), `a prompt in\n${window.screen()}`);
  const before = PROMPT.test(lines[0] ?? "") ? window.screen().split("\n").length - 1 : 0;
  for (const [index, line] of lines.entries()) {
    if (!PROMPT.test(line)) continue;
    const prompts = promptsOf(window);
    window.type(line.replace(PROMPT, ""));
    window.press("Enter");
    const rest = lines.slice(index + 1);
    const end = rest.findIndex((next) => PROMPT.test(next));
    const answer = end === -1 ? rest : rest.slice(0, end);
    if (answer.includes("^C")) await interrupt(window, answer.slice(0, answer.indexOf("^C")));
    await eventually(() => isIdle(window) && promptsOf(window) > prompts, `an answer to ${line}`);
  }
  // The terminal does not show ^C where the repl reads the key itself.
  const seen = window.screen().split("\n").slice(before, -1);
  expect(comparable(seen)).toEqual(comparable(lines.filter((line) => line !== "^C")));
}

/** Runs the commands of a session by a shell, and compares both streams as a terminal would show them. */
async function runCommands(lines: string[]): Promise<void> {
  const shell = `remsh() { ${quote(NODE)} ${quote(REMSH)} "$@"; }; ${commands(lines)}`;
  const { stdout } = await start("/bin/sh", ["-c", `exec 2>&1; ${shell}`], { env: app.env }).finished;
  expect(comparable(stdout.trimEnd().split("\n"))).toEqual(comparable(lines));
}

function commands(lines: string[]): string {
  const typed = lines.filter((line) => line.startsWith("$ ")).map((line) => line.slice(2));
  // `$?` is that of the command before, not of the echo between.
  return typed
    .map((line) => `last=$?; echo ${quote(`$ ${line}`)}; (exit $last); ${line.replace(/\bbin\/shop\b/, "remsh")}`)
    .join("\n");
}

function quote(word: string): string {
  return `'${word.replaceAll("'", `'\\''`)}'`;
}

for (const document of ["console.md", "expressions.md"]) {
  const sessions = sessionsOf(document);
  test(`docs/${document} has sessions`, () => expect(sessions.length).toBeGreaterThan(0));

  test.each(sessions.map((lines) => [lines[0], lines] as const))(`docs/${document}: %s`, async (first = "", lines) => {
    if (/^\$ remsh remote( --safe)?$/.test(first)) {
      const window = open(first.slice("$ remsh ".length).split(" "));
      if (first === "$ remsh remote") full = window;
      await sit(window, lines.slice(1));
    } else if (first === "$ remsh stack") {
      full.type("for (;;);");
      full.press("Enter");
      await eventually(isBusy, "a busy console");
      await expect.poll(async () => (await app.remsh("stack")).stdout).toContain("has not turned for");
      await runCommands(lines);
      full.press("C-c");
      await eventually(() => isIdle(full), "the prompt");
    } else if (PROMPT.test(first)) await sit(full, lines);
    else await runCommands(lines);
  });
}
