// Starts the processes that are measured and asks them questions; the code that answers is in processes/.
import { fork } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";

/** No answer takes this long. A child that is silent until then is ended, and the part fails. */
const ANSWER_LIMIT_MS = 60_000;

/** The directory with the sockets of this run. */
export const directory = mkdtempSync(path.join(os.tmpdir(), "remsh-bench-"));
process.on("exit", () => {
  endAllChildren();
  rmSync(directory, { recursive: true, force: true });
});

const children = new Set();

/** The environment of every child: no variable changes how Node starts, and remsh finds the bench's own app. */
export function environment() {
  const kept = Object.entries(process.env).filter(([name]) => !/^(NODE_|REMSH_|npm_)/.test(name));
  return { ...Object.fromEntries(kept), REMSH_RUNTIME_DIR: directory, REMSH_APP: "bench" };
}

/** A process of processes/ that answers questions, one at a time. */
export class Child {
  #process;

  constructor(name, { execArgv = [] } = {}) {
    const file = fileURLToPath(new URL(`./processes/${name}.mjs`, import.meta.url));
    this.#process = fork(file, {
      execArgv,
      env: environment(),
      serialization: "advanced",
      stdio: ["ignore", "ignore", "inherit", "ipc"],
    });
    children.add(this);
  }

  /**
   * Asks a question by its name in the child's `answerParent`, and resolves to the answer. Rejects when the child
   * fails.
   */
  ask(name, params = {}) {
    const { promise, resolve, reject } = settleable();
    const ended = (code, signal) => reject(new Error(`A child ended (${signal ?? code}) before it answered "${name}"`));
    const limit = setTimeout(() => this.end(), ANSWER_LIMIT_MS);
    this.#process.once("exit", ended);
    this.#process.once("message", ({ error, result }) => (error ? reject(new Error(error)) : resolve(result)));
    this.#process.send({ name, params });
    return promise.finally(() => {
      clearTimeout(limit);
      this.#process.off("exit", ended);
    });
  }

  /** Ends the process with SIGKILL: a process whose event loop is blocked does not react to anything softer. */
  end() {
    this.#process.kill("SIGKILL");
    children.delete(this);
  }
}

/** Ends all processes that a part has left running. */
export function endAllChildren() {
  for (const child of children) child.end();
}

function settleable() {
  const settle = {};
  settle.promise = new Promise((resolve, reject) => Object.assign(settle, { resolve, reject }));
  return settle;
}
