// Completion in real shells, against a live app.
import { chmodSync, writeFileSync } from "node:fs";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { REMSH, remsh, removeTemporary, start, startApp, temporaryDirectory, type App } from "./processes.ts";
import { needing } from "../needing.ts";
import { suspend } from "../system-processes.ts";

let app: App;
/** A folder with a launcher called `shop`, as an app has one in bin/. */
let bin: string;
beforeAll(async () => {
  app = await startApp("shop.mjs");
  bin = temporaryDirectory();
  const launcher = path.join(bin, "shop");
  writeFileSync(launcher, `#!/bin/sh\nREMSH_PROGRAM=shop exec "${process.execPath}" "${REMSH}" "$@"\n`);
  chmodSync(launcher, 0o755);
});
afterAll(async () => {
  await app.stop();
  removeTemporary();
});

async function complete(...words: string[]): Promise<string[]> {
  const { stdout, stderr, code } = await app.remsh("__complete", "--", ...words);
  expect({ stderr, code }).toEqual({ stderr: "", code: 0 });
  return stdout.split("\n").filter((line) => line !== "");
}

describe("the candidates", () => {
  test.each([
    [["st"], ["stack", "start", "status", "stop"]],
    [["--js"], ["--json"]],
    [
      ["--app", "x", "pi"],
      ["ping", "pid"],
    ],
    [
      ["ping", "--"],
      ["--ready", "--wait", "--timeout", "--app", "--instance", "--any", "--socket", "--json"],
    ],
    [["rpc", "--timeout", ""], []],
    [["rpc", "Release.m"], ["Release.migrate"]],
    [
      ["tasks", "Release.s"],
      ["Release.seed", "Release.show"],
    ],
    [["rpc", "--timeout", "5s", "Release.m"], ["Release.migrate"]],
    [["rpc", "--tim"], ["--timeout"]],
    [["rpc", "-e", ""], []],
    [["eval", "--e"], ["--eval"]],
    [
      ["rpc", "Release.seed", ""],
      ["--count", "--role", "--dry-run", "--tag", "--name"],
    ],
    [["rpc", "Release.seed", "--count", "5", "--d"], ["--dry-run"]],
    [
      ["rpc", "Release.seed", "--role", ""],
      ["admin", "guest"],
    ],
    [["rpc", "Release.seed", "--role", "=", "g"], ["guest"]],
    [["rpc", "Release.seed", "--role=a"], ["--role=admin"]],
    [["rpc", "Release.migrate", ""], []],
    [["tasks", "Release.seed", ""], []],
    [
      ["completion", ""],
      ["bash", "zsh", "fish"],
    ],
    [["completion", "bash", ""], []],
    [["gen", "r"], ["release"]],
    [
      ["gen", "release", "--d"],
      ["--docker", "--dry-run"],
    ],
    [
      ["nonsense", "st"],
      ["stack", "start", "status", "stop"],
    ],
  ])("for %j are %j", async (words, candidates) => {
    expect(await complete(...words)).toEqual(candidates);
  });

  test("come from the app that the words name", async () => {
    const env = { REMSH_RUNTIME_DIR: app.env.REMSH_RUNTIME_DIR ?? "" };
    const { stdout } = await remsh(["__complete", "--", "--app", "shop", "rpc", "Release.m"], { env });
    expect(stdout).toBe("Release.migrate\n");
  });

  test("are none, without a word, where no app runs or it does not answer", async () => {
    const nowhere = { REMSH_RUNTIME_DIR: temporaryDirectory() };
    const silence = { stdout: "", stderr: "", code: 0 };
    expect(await remsh(["__complete", "--", "rpc", "Rel"], { env: nowhere })).toEqual(silence);
    const other = await startApp("shop.mjs");
    await suspend(other.pid);
    const began = performance.now();
    expect(await remsh(["__complete", "--", "rpc", "Rel"], { env: other.env })).toEqual(silence);
    expect(performance.now() - began).toBeLessThan(4500);
    await other.stop();
  });
});

/** Runs a script in a shell in which `shop` is the launcher. */
async function inShell(shell: string, words: string[]): Promise<string[]> {
  const env = { ...app.env, PATH: `${bin}:${process.env.PATH}`, HOME: bin };
  const { stdout, stderr, code } = await start(shell, words, { env }).finished;
  expect({ stderr, code }).toEqual({ stderr: "", code: 0 });
  return stdout.trimEnd().split("\n");
}

test("bash completes tasks of the live app, called by the launcher's name", async () => {
  const script = (words: string[]) => `
    source <(shop completion bash)
    complete -p shop
    COMP_WORDS=(${words.map((word) => `'${word}'`).join(" ")}); COMP_CWORD=${words.length - 1}
    _shop_complete
    printf '%s\\n' "\${COMPREPLY[@]}"`;
  const registered = "complete -o default -F _shop_complete shop";
  expect(await inShell("bash", ["-c", script(["shop", "rpc", "Release.m"])])).toEqual([registered, "Release.migrate"]);
  expect(await inShell("bash", ["-c", script(["shop", "stat"])])).toEqual([registered, "status"]);
  expect(await inShell("bash", ["-c", script([`${bin}/shop`, "rpc", "Release.seed", "--ro"])])).toEqual([
    registered,
    "--role",
  ]);
});

needing("zsh").test("zsh completes tasks of the live app, called by the launcher's name", async () => {
  // `compadd` outside of a completion only complains: here it prints what it is given.
  const script = `
    autoload -Uz compinit && compinit -u -D
    source <(shop completion zsh)
    print -r -- "$_comps[shop]"
    compadd() { print -rl -- "\${(@P)2}" }
    words=(shop rpc Release.s); CURRENT=3
    _shop_complete`;
  expect(await inShell("zsh", ["-f", "-c", script])).toEqual(["_shop_complete", "Release.seed", "Release.show"]);
});

needing("fish").test("fish completes tasks of the live app, called by the launcher's name", async () => {
  const script = (line: string) => `shop completion fish | source; complete --do-complete '${line}'`;
  expect(await inShell("fish", ["--no-config", "-c", script("shop rpc Release.s")])).toEqual([
    "Release.seed",
    "Release.show",
  ]);
  expect(await inShell("fish", ["--no-config", "-c", script("shop rpc Release.seed --role ")])).toEqual([
    "admin",
    "guest",
  ]);
});
