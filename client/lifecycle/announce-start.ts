// Announces that the app is ready: to systemd with systemd's own program, to `daemon` by renaming a file.
import { spawn } from "node:child_process";
import { renameSync, rmSync, writeFileSync } from "node:fs";
import { hasCode } from "../../shared/has-code.ts";
import type { Streams } from "../terminal/streams.ts";
import type { Listening } from "./app-process.ts";

/** The variable that names the file. `daemon` waits until it is renamed. */
export const WAITING_FILE = "REMSH_WAITING_FILE";

/** The name that means that the app is ready. */
export function readyFile(waitingFile: string): string {
  return `${waitingFile}.ready`;
}

/** What `daemon` learns about the app. */
export interface Started extends Listening {
  pid: number;
}

/** The announcements. */
export interface Announce {
  ready(started: Started): void;
  stopping(): void;
  /** The app is gone. */
  ended(): void;
}

/** `waitingFile` is the value of WAITING_FILE, if a `daemon` waits. */
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
      // Overwrites the blanks in the file, because a full disk has no room for more. It does not create the file when
      // it is gone.
      writeFileSync(waitingFile, JSON.stringify(started), { flag: "r+" });
    } catch (error) {
      if (hasCode(error, "ENOENT")) return; // `daemon` has stopped waiting
    }
    // The name alone says that the app is ready.
    renameSync(waitingFile, readyFile(waitingFile));
  } catch {
    // `daemon` has stopped waiting.
  }
}

/** Removes the file that an interrupted `daemon` has left. */
function tidy(waitingFile: string): void {
  try {
    for (const file of [waitingFile, readyFile(waitingFile)]) rmSync(file, { force: true });
  } catch {
    // A file that stays does no harm: no other process uses its name.
  }
}

/**
 * Uses systemd's own program, because Node cannot send the datagram. Without that program, systemd is not waiting
 * either.
 */
function notifySystemd(env: Streams["env"], words: string[]): void {
  if (!env.NOTIFY_SOCKET) return;
  try {
    spawn("systemd-notify", words, { env: { ...env }, stdio: "ignore" }).on("error", () => {});
  } catch {
    // A failure for lack of memory is thrown. The app runs without the message.
  }
}
