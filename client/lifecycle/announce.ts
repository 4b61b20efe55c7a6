// Tells those who wait for the app: systemd by its own program, and `daemon` by the file that it watches.
import { spawn } from "node:child_process";
import { unlinkSync } from "node:fs";
import type { Streams } from "../cli/streams.ts";

/** The variable with the file whose removal `daemon` waits for. */
export const WAITING_FILE = "REMSH_WAITING_FILE";

/** What is told. */
export interface Announce {
  ready(): void;
  stopping(): void;
}

/** `waitingFile` is what WAITING_FILE says, where somebody waits. */
export function announce(env: Streams["env"], waitingFile: string | undefined): Announce {
  return {
    ready: () => {
      if (waitingFile !== undefined) tellDaemon(waitingFile);
      notifySystemd(env, ["--ready", `--pid=${process.pid}`]);
    },
    stopping: () => notifySystemd(env, ["STOPPING=1"]),
  };
}

function tellDaemon(waitingFile: string): void {
  try {
    unlinkSync(waitingFile);
  } catch {
    // It waits no more.
  }
}

/** Through systemd's own program: Node cannot send the datagram. Where there is none, nobody waits for it either. */
function notifySystemd(env: Streams["env"], words: string[]): void {
  if (!env.NOTIFY_SOCKET) return;
  spawn("systemd-notify", words, { env: { ...env }, stdio: "ignore" }).on("error", () => {});
}
