// Reads the variables that hooks set for the app by writing to the file REMSH_ENV_FILE, in the form of GITHUB_ENV.
// Values are taken literally, without quotes or escapes, so that any secret can be written as it is.
import { randomBytes } from "node:crypto";
import { lstatSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import type { Environment } from "../../shared/addresses.ts";
import { badConfiguration } from "../terminal/command-failure.ts";
import { inRuntimeDirectory } from "../project/in-runtime-directory.ts";

/** The variable that names the file. Hooks that run before the app have it. */
export const ENV_FILE = "REMSH_ENV_FILE";

/** More than any system accepts as the variables of a process. */
const MAX_BYTES = 1024 * 1024;

/** The file for one command's hooks. */
export class HookVariables {
  /** The variables that the hooks have written so far. A later value replaces an earlier one. */
  readonly written: Record<string, string> = {};
  readonly #env: Environment;
  #file: string | undefined;

  /** The file is made in the runtime directory when it is first needed. */
  constructor(env: Environment) {
    this.#env = env;
  }

  /**
   * Makes an empty file for the next hook.
   *
   * @throws RpcError DENIED when the runtime directory is not private to this user; CommandFailure 78 when nothing can
   * be written there.
   */
  file(): string {
    this.#file ??= inRuntimeDirectory(this.#env, "keep what hooks write", (directory) =>
      // Not the process id: another container that shares the directory may have the same.
      path.join(directory, `hooks-${randomBytes(8).toString("hex")}`),
    );
    rmSync(this.#file, { force: true, recursive: true });
    writeFileSync(this.#file, "", { mode: 0o600, flag: "wx" });
    return this.#file;
  }

  /** Reads what the hook has written. @throws CommandFailure 78 with the line that does not have the form. */
  take(hook: string): void {
    const text = this.#file === undefined ? "" : contentOf(this.#file, hook);
    Object.assign(this.written, readVariables(text, hook));
  }

  /** Adds variables of package.json. The environment, and what the hooks have written, take precedence. */
  provide(variables: Record<string, string>): void {
    Object.assign(this.written, missingIn({ ...this.#env, ...this.written }, variables));
  }

  remove(): void {
    if (this.#file !== undefined) rmSync(this.#file, { force: true, recursive: true });
  }
}

/** Those of the variables that the environment does not have. */
export function missingIn(env: Environment, variables: Record<string, string>): Record<string, string> {
  return Object.fromEntries(Object.entries(variables).filter(([name]) => env[name] === undefined));
}

/**
 * The variables in such a text: `NAME=value`, or for a value of several lines `NAME<<END`, the lines, and `END`. Empty
 * lines and lines that begin with # are skipped. If a name occurs twice, the last value counts.
 *
 * @throws CommandFailure 78 for any other line. It gives the line's number only: the text may be part of a secret.
 */
export function readVariables(text: string, hook: string): Record<string, string> {
  const lines = text.split("\n");
  const found: Record<string, string> = {};
  for (let at = 0; at < lines.length;) {
    const line = lines[at] ?? "";
    if (line.trim() === "" || line.startsWith("#")) at++;
    else at = readVariable(lines, at, { found, hook });
  }
  return found;
}

/** Reads the variable that begins at the line, and returns the line at which the next one may begin. */
function readVariable(lines: readonly string[], at: number, { found, hook }: Reading): number {
  const [, name, form, rest = ""] = /^([A-Za-z_]\w*)(=|<<(?=.))(.*)$/.exec(lines[at] ?? "") ?? [];
  const fail = (fault: string) => unreadable(hook, `line ${at + 1} ${fault}`);
  if (name === undefined) throw fail("is not NAME=value (for a value of several lines: NAME<<END, the lines, END)");
  if (name.startsWith("REMSH_")) throw fail(`sets ${name}, which is remsh's own (rel/env.sh may set it)`);
  if (form === "=") {
    found[name] = rest;
    return at + 1;
  }
  const end = lines.indexOf(rest, at + 1);
  if (end === -1) throw fail(`begins a value of ${name} that does not end (with "${rest}" alone on a line)`);
  found[name] = lines.slice(at + 1, end).join("\n");
  return end + 1;
}

interface Reading {
  found: Record<string, string>;
  hook: string;
}

function contentOf(file: string, hook: string): string {
  const stats = lstatSync(file, { throwIfNoEntry: false });
  if (!stats) return ""; // the hook has removed the file
  if (!stats.isFile()) throw unreadable(hook, "it is no longer a file");
  if (stats.size > MAX_BYTES) throw unreadable(hook, `it has more than ${MAX_BYTES} bytes`);
  try {
    const text = new TextDecoder("utf-8", { fatal: true }).decode(readFileSync(file));
    if (!text.includes("\0")) return text;
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
  }
  throw unreadable(hook, "it is not text in UTF-8");
}

function unreadable(hook: string, reason: string): Error {
  return badConfiguration(`Cannot use what the hook "${hook}" wrote to ${ENV_FILE}: ${reason}`);
}
