// Tells those who wait for the app: systemd by its own program, and `daemon` on the pipe that it gave.
import { spawn } from "node:child_process";
import { closeSync, writeSync } from "node:fs";
import type { Streams } from "../cli/streams.ts";

/** The variable with the descriptor on which `daemon` waits for one line. */
export const READY_FD = "REMSH_READY_FD";

/** What is told. */
export interface Announce {
  ready(): void;
  stopping(): void;
}

/** `readyFd` is what READY_FD says, where somebody waits there. */
export function announce(env: Streams["env"], readyFd: string | undefined): Announce {
  const fd = Number(readyFd);
  const isAwaited = Number.isInteger(fd) && fd > 2;
  return {
    ready: () => {
      if (isAwaited) tellDaemon(fd);
      notifySystemd(env, ["--ready", `--pid=${process.pid}`]);
    },
    stopping: () => notifySystemd(env, ["STOPPING=1"]),
  };
}

function tellDaemon(fd: number): void {
  try {
    writeSync(fd, "ready\n");
    closeSync(fd);
  } catch {
    // It was interrupted, and waits no more.
  }
}

/** Through systemd's own program: Node cannot send the datagram. Where there is none, nobody waits for it either. */
function notifySystemd(env: Streams["env"], words: string[]): void {
  if (!env.NOTIFY_SOCKET) return;
  spawn("systemd-notify", words, { env: { ...env }, stdio: "ignore" }).on("error", () => {});
}
