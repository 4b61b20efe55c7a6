// Limits the size of a daemon's log. The app writes to the file itself, so that it can write after its supervisor was
// killed. A full file is therefore copied and emptied, not renamed.
import { copyFileSync, existsSync, renameSync, statSync, truncateSync } from "node:fs";
import type { SupervisionPlan } from "./supervision-plan.ts";

/** How often the log's size is checked. */
const LOOK_EVERY_MS = 1000;

/** Keeps the log within its size until the process ends. */
export function keepLog(log: NonNullable<SupervisionPlan["log"]>): void {
  setInterval(() => rotateWhenFull(log), LOOK_EVERY_MS).unref();
}

function rotateWhenFull({ file, maxBytes, keep }: NonNullable<SupervisionPlan["log"]>): void {
  try {
    if (statSync(file).size < maxBytes) return;
    for (let number = keep - 1; number > 0; number--) {
      if (existsSync(`${file}.${number}`)) renameSync(`${file}.${number}`, `${file}.${number + 1}`);
    }
    copyFileSync(file, `${file}.1`);
    truncateSync(file);
  } catch {
    // With a full disk, or a missing folder, the log keeps growing; the next check tries again.
  }
}
