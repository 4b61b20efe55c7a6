// A process that is not a child of this one, and so ends without notice. It is identified by its start time, too: the
// system gives a free id to the next process, which must not get the signals of the previous one.
import { readFileSync, readlinkSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import type { OwnFolder } from "../../shared/app-folder.ts";
import type { Environment } from "../../shared/addresses.ts";
import { hasCode } from "../../shared/has-code.ts";
import type { Shape } from "../../shared/messages/shape.ts";
import { processFields, processStart } from "../../shared/process-start.ts";
import { readVariables } from "../project/given-environment.ts";

const LOOK_EVERY_MS = 20;

/**
 * A parent that waits for its child has done so within this time. Others never do, such as the first process of many
 * containers.
 */
const WAITED_FOR_MS = 1000;

/** The index, among the fields after the name, of the number of threads. */
const THREADS = 17;

/** `ended`: it does nothing, but its parent has not waited for it yet. */
type ProcessState = "runs" | "suspended" | "ended" | "gone";

/** The process that has the id now. */
export class KnownProcess {
  readonly pid: number;
  /** Its start time, as `processStart` gives it; undefined if the system does not tell. */
  readonly start: string | undefined;

  constructor(pid: number) {
    this.pid = pid;
    this.start = readsOwnProc() ? processStart(pid) : undefined;
  }

  /** The user that it acts as; undefined if the system does not tell. */
  get user(): number | undefined {
    if (this.start === undefined) return undefined;
    try {
      // Not the owner of /proc/<pid>, which is root for a process that has changed its user.
      const [, user] = /^Uid:\s+\d+\s+(\d+)/m.exec(readFileSync(`/proc/${this.pid}/status`, "utf8")) ?? [];
      return user === undefined ? undefined : Number(user);
    } catch {
      return undefined; // it has ended at this very moment
    }
  }

  /** The folder of its app, as it was named at the start; undefined if that cannot be read. */
  get startedIn(): OwnFolder | undefined {
    const { environment } = this;
    if (!environment) return undefined;
    const { REMSH_ROOT: root, REMSH_FOLDER: folder } = environment;
    if (root !== undefined) return { root, folder, isGiven: true };
    const cwd = this.#read(() => readlinkSync(`/proc/${this.pid}/cwd`));
    return cwd === undefined ? undefined : { root: cwd, isGiven: false };
  }

  /** The environment that it was started with; undefined if that cannot be read. */
  get environment(): Environment | undefined {
    const text = this.#read(() => readFileSync(`/proc/${this.pid}/environ`, "utf8"));
    return text === undefined ? undefined : readVariables(text.split("\0"));
  }

  /** The words of its command; none if they cannot be read. A process may have replaced them with a title. */
  get command(): string[] {
    const text = this.#read(() => readFileSync(`/proc/${this.pid}/cmdline`, "utf8")) ?? "";
    return text.split("\0").slice(0, -1);
  }

  /** The path of its program; undefined if that cannot be read. */
  get program(): string | undefined {
    return this.#read(() => readlinkSync(`/proc/${this.pid}/exe`));
  }

  /** Undefined where the system does not tell, and for another user's process or one that is gone. */
  #read<Value>(read: () => Value): Value | undefined {
    try {
      return this.start === undefined ? undefined : read();
    } catch {
      return undefined;
    }
  }

  get state(): ProcessState {
    try {
      process.kill(this.pid, 0);
    } catch (error) {
      if (hasCode(error, "ESRCH")) return "gone";
    }
    if (this.start === undefined) return "runs";
    const fields = processFields(this.pid);
    if (!fields || processStart(this.pid) !== this.start) return "gone";
    // While its other threads are ending, it still has its ports.
    if ((fields[0] === "Z" || fields[0] === "X") && Number(fields[THREADS]) <= 1) return "ended";
    return fields[0] === "T" ? "suspended" : "runs";
  }

  /** Does nothing when the process is gone. @throws the system's error when the signal may not be sent. */
  signal(signal: NodeJS.Signals): void {
    if (this.state === "gone") return;
    try {
      process.kill(this.pid, signal);
    } catch (error) {
      if (!hasCode(error, "ESRCH")) throw error;
    }
  }

  /**
   * Resolves to whether it is gone within the time. Gives a parent that waits for it the time to do so.
   *
   * @throws the signal's reason.
   */
  async goneWithin(ms: number, signal: AbortSignal): Promise<boolean> {
    const deadline = performance.now() + ms;
    let enough = deadline;
    for (;;) {
      const { state } = this;
      if (state === "gone") return true;
      const now = performance.now();
      if (state === "ended") enough = Math.min(enough, now + WAITED_FOR_MS);
      if (now >= enough) return state === "ended";
      await sleep(Math.min(LOOK_EVERY_MS, Math.max(1, enough - now)));
      signal.throwIfAborted();
    }
  }
}

/**
 * The id of a process in a file or a message. The system sends a signal for 0 or a negative id to many processes, and
 * Node refuses a larger id.
 */
export const processId: Shape<number> = (value) =>
  Number.isInteger(value) && Number(value) > 0 && Number(value) < 2 ** 31
    ? undefined
    : { at: "", must: "be the id of a process" };

/** True if /proc shows the processes of this pid namespace. */
export function readsOwnProc(): boolean {
  try {
    return readlinkSync("/proc/self") === String(process.pid);
  } catch {
    return false; // another system
  }
}
