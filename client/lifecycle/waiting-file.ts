// What `daemon` waits for: that the start it has begun gives a file another name. Not a pipe, since that start becomes another
// program on the way and keeps no descriptor; and not a socket, which would cost the program that stays a third of a MiB.
import { randomBytes } from "node:crypto";
import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { Environment } from "../../shared/addresses.ts";
import { readyFile, type Started } from "./announce.ts";
import { inRuntimeDirectory } from "./in-runtime-directory.ts";

/** As `stop` looks for a process that ends. */
const LOOK_EVERY_MS = 20;

/** A file that is there for as long as somebody waits. */
export class WaitingFile {
  readonly path: string;
  #removed = false;

  /**
   * @throws RpcError DENIED when the runtime directory is not private to this user; CommandFailure 78 when nothing can be
   * written there.
   */
  constructor(env: Environment) {
    this.path = inRuntimeDirectory(env, "wait for the app", (directory) => {
      // Not the process's id: another container that shares the directory may have the same.
      const file = path.join(directory, `daemon-${randomBytes(8).toString("hex")}`);
      writeFileSync(file, "", { mode: 0o600, flag: "wx" });
      return file;
    });
  }

  /**
   * Resolves when the start says that the app is ready, to what it says of it, or to undefined when nobody waits any more.
   * That the file is gone says nothing.
   */
  async ready(): Promise<Started | undefined> {
    const file = readyFile(this.path);
    while (!this.#removed) {
      // Written by the supervisor of this very version, before it gave the file this name.
      if (existsSync(file)) return JSON.parse(readFileSync(file, "utf8")) as Started;
      await sleep(LOOK_EVERY_MS);
    }
    return undefined;
  }

  remove(): void {
    this.#removed = true;
    // In this order: what has no first name any more does not get the second one.
    for (const file of [this.path, readyFile(this.path)]) rmSync(file, { force: true });
  }
}
