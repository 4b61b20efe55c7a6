// What `daemon` waits for: that the start it has begun gives a file another name. Not a pipe, since that start becomes another
// program on the way and keeps no descriptor; and not a socket, which would cost the program that stays a third of a MiB.
import { randomBytes } from "node:crypto";
import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { Environment } from "../../shared/addresses.ts";
import { readyFile, type Started } from "./announce-start.ts";
import { inRuntimeDirectory } from "../project/in-runtime-directory.ts";

/** As `stop` looks for a process that ends. */
const LOOK_EVERY_MS = 20;

/** As much as is ever written to it: room that nobody takes away meanwhile. */
const ROOM_BYTES = 1024;

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
      try {
        writeFileSync(file, " ".repeat(ROOM_BYTES), { mode: 0o600, flag: "wx" });
      } catch (error) {
        rmSync(file, { force: true });
        throw error;
      }
      return file;
    });
  }

  /**
   * Resolves when the start says that the app is ready, to what it says of it (nothing on a disk that is full), or to undefined when nobody waits any more.
   * That the file is gone says nothing.
   */
  async ready(): Promise<Partial<Started> | undefined> {
    const file = readyFile(this.path);
    while (!this.#removed) {
      if (existsSync(file)) return readStarted(file);
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

function readStarted(file: string): Partial<Started> {
  try {
    // Written by the supervisor of this very version, before it gave the file this name.
    return JSON.parse(readFileSync(file, "utf8")) as Started;
  } catch {
    return {}; // the disk had no room for it
  }
}
