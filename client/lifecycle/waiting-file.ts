// The file that tells `daemon` when the app is ready: the start renames it. It is not a pipe, because the start becomes
// another program on the way and keeps no descriptor; and not a socket, which would cost the supervisor a third of a
// MiB.
import { randomBytes } from "node:crypto";
import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { Environment } from "../../shared/addresses.ts";
import { fits, number, object, text } from "../../shared/messages/shape.ts";
import { readyFile, type Started } from "./announce-start.ts";
import { inRuntimeDirectory } from "../project/in-runtime-directory.ts";

/** The same interval at which `stop` looks for a process that ends. */
const LOOK_EVERY_MS = 20;

/** More than is ever written: it reserves the space in advance. */
const ROOM_BYTES = 1024;

const STARTED = object<Started>({ pid: number, socket: text, instance: text });

/** The file, which exists as long as `daemon` waits. */
export class WaitingFile {
  readonly path: string;
  #removed = false;

  /**
   * @throws RpcError DENIED when the runtime directory is not private to this user; CommandFailure 78 when nothing can
   * be written there.
   */
  constructor(env: Environment) {
    this.path = inRuntimeDirectory(env, "wait for the app", (directory) => {
      // Not the process id: another container that shares the directory may have the same.
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
   * Resolves when the start says that the app is ready: to what it says about the app (nothing on a full disk), or to
   * undefined when `daemon` has stopped waiting. A missing file alone does not mean that it is ready.
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
    // In this order: a file that has lost its first name cannot get the second one.
    for (const file of [this.path, readyFile(this.path)]) rmSync(file, { force: true });
  }
}

function readStarted(file: string): Partial<Started> {
  try {
    // Written by the supervisor of this very version before it renamed the file.
    const started: unknown = JSON.parse(readFileSync(file, "utf8"));
    return fits(STARTED, started) ? started : {};
  } catch {
    return {}; // the disk had no room for it
  }
}
