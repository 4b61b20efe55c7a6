// Tells those who wait for the app: systemd by its own program, and `daemon` by a file's new name.
import { spawn } from "node:child_process";
import { renameSync, rmSync, writeFileSync } from "node:fs";
import { hasCode } from "../../shared/has-code.ts";
import type { Streams } from "../terminal/streams.ts";
import type { Listening } from "./app-process.ts";

/** The variable with the file for whose new name `daemon` waits. */
export const WAITING_FILE = "REMSH_WAITING_FILE";

/** The name that says that the app is ready. */
export function readyFile(waitingFile: string): string {
  return `${waitingFile}.ready`;
}

/** What `daemon` is told of the app. */
export interface Started extends Listening {
  pid: number;
}

/** What is told. */
export interface Announce {
  ready(started: Started): void;
  stopping(): void;
  /** The app is gone. */
  ended(): void;
}

/** `waitingFile` is what WAITING_FILE says, where somebody waits. */
export function announceStart(env: Streams["env"], waitingFile: string | undefined): Announce {
  return {
    ready: (started) => {
      if (waitingFile !== undefined) tellDaemon(waitingFile, started);
      notifySystemd(env, ["--ready", `--pid=${process.pid}`]);
    },
    stopping: () => notifySystemd(env, ["STOPPING=1"]),
    ended: () => {
      if (waitingFile !== undefined) tidy(waitingFile);
    },
  };
}

function tellDaemon(waitingFile: string, started: Started): void {
  try {
    try {
      // Into the blanks that are there: a full disk has no room for more. Makes none where there is none any more.
      writeFileSync(waitingFile, JSON.stringify(started), { flag: "r+" });
    } catch (error) {
      if (hasCode(error, "ENOENT")) return; // it waits no more
    }
    // Its name alone says that the app is ready.
    renameSync(waitingFile, readyFile(waitingFile));
  } catch {
    // It waits no more.
  }
}

/** A daemon that was interrupted has left it. */
function tidy(waitingFile: string): void {
  try {
    for (const file of [waitingFile, readyFile(waitingFile)]) rmSync(file, { force: true });
  } catch {
    // Its name is used by nobody else, and it harms nobody.
  }
}

/** Through systemd's own program: Node cannot send the datagram. Where there is none, nobody waits for it either. */
function notifySystemd(env: Streams["env"], words: string[]): void {
  if (!env.NOTIFY_SOCKET) return;
  spawn("systemd-notify", words, { env: { ...env }, stdio: "ignore" }).on("error", () => {});
}
