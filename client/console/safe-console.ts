// The console backend of `remote --safe`: evaluates expressions over the app's tasks in a separate process. Values
// arrive here as data, and this side formats them.
import os from "node:os";
import { inspect } from "node:util";
import type {
  ConsoleCompleteResult,
  ConsoleDisplay,
  ConsoleEvaluateResult,
  ConsoleMoreResult,
  ConsoleOpenResult,
} from "../../shared/messages/console-messages.ts";
import { bounded } from "../../shared/bounded-value.ts";
import { RpcError, TaskError } from "../../shared/errors.ts";
import type { Address } from "../wire/address.ts";
import { Deadline } from "../wire/deadline.ts";
import { ask } from "../wire/request.ts";
import { SafeSession } from "../safe-session.ts";
import { probe } from "../wire/probe.ts";
import type { EvaluateOptions, OpenConsole, Printed } from "./console-backend.ts";

/** What makes a {@link SafeConsole}. */
export interface SafeOptions {
  address: Address;
  /** When it must be open. */
  deadline: Deadline;
  /** The deadline of one expression, tasks included. Default: none. */
  timeoutMs?: number | undefined;
  onPrinted: (printed: Printed) => void;
}

/** How deep a value is shown at first, and how much deeper each `.more` goes. */
const DEPTH = 3;

/** Errors that end the session's process and so lose every variable. */
const ENDS_SESSION = new Set(["CANCELLED", "TIMEOUT", "LIMIT_EXCEEDED"]);

/** One safe session. */
export class SafeConsole implements OpenConsole {
  readonly isSafe = true;
  readonly app: ConsoleOpenResult;
  readonly ended: Promise<void>;
  readonly #session: SafeSession;
  readonly #options: SafeOptions;
  readonly #tasks: string[];
  #last: unknown;
  #depth = DEPTH;

  private constructor(session: SafeSession, app: ConsoleOpenResult, options: SafeOptions & { tasks: string[] }) {
    this.#session = session;
    this.#options = options;
    this.#tasks = options.tasks;
    this.app = app;
    this.ended = session.ended;
  }

  /** @throws RpcError when the agent cannot be reached or its tasks cannot be loaded. */
  static async open(options: SafeOptions): Promise<SafeConsole> {
    const { address, deadline } = options;
    const described = await ask(address, { method: "describe", deadline });
    const { app, version, instance, pid, uptimeMs } = await probe(address, "/livez", deadline);
    const tasks = described.tasks.map(({ name }) => name);
    const names = [...new Set(tasks.map((name) => name.split(".")[0] ?? name)), "print", "console"];
    const place = { app, version, instance, pid, uptimeMs, names, host: os.hostname() };
    const opened: ConsoleOpenResult = { ...place, console: "", production: false, role: "admin", missing: [] };
    return new SafeConsole(await SafeSession.open(address, deadline), opened, { ...options, tasks });
  }

  async evaluate(source: string, options: EvaluateOptions): Promise<ConsoleEvaluateResult> {
    const { bare = false, deadline = new Deadline(this.#options.timeoutMs), ...display } = options;
    try {
      this.#last = await this.#session.evaluate(source, { deadline, onOutput: this.#options.onPrinted });
      this.#depth = DEPTH;
      const isUndefined = this.#last === undefined;
      if (bare && typeof this.#last === "string") return { outcome: "returned", text: this.#last };
      return { outcome: "returned", ...this.#shown(display), ...(isUndefined && { isUndefined }) };
    } catch (error) {
      return failure(error);
    }
  }

  complete(line: string): Promise<ConsoleCompleteResult> {
    const fragment = /[\w$.]*$/.exec(line)?.[0] ?? "";
    const completions = [...this.#tasks, "print", "console"].filter((name) => name.startsWith(fragment));
    return Promise.resolve({ fragment, completions });
  }

  interrupt(): Promise<void> {
    return this.#session.interrupt();
  }

  more(display: ConsoleDisplay): Promise<ConsoleMoreResult> {
    this.#depth *= 2;
    const { text, more = false } = this.#shown(display);
    return Promise.resolve({ text, more });
  }

  async close(): Promise<void> {
    this.#session.close();
    await this.ended;
  }

  #shown({ columns = 80, colors = false }: ConsoleDisplay): { text: string; more?: boolean } {
    const items = this.#depth * 50;
    const look = (wanted: number, length: number) => {
      const { value, depth } = bounded(this.#last, { depth: wanted, items: length });
      return inspect(value, {
        depth,
        colors,
        breakLength: columns,
        maxArrayLength: length,
        maxStringLength: length * 100,
      });
    };
    const text = look(this.#depth, items);
    return text === look(this.#depth + 1, items + 1) ? { text } : { text, more: true };
  }
}

function failure(error: unknown): ConsoleEvaluateResult {
  if (error instanceof TaskError) return { outcome: "threw", text: error.report };
  if (!(error instanceof RpcError)) throw error;
  // The expression was evaluated, but its value is not data.
  if (error.code === "NOT_SERIALIZABLE") return { outcome: "returned", text: error.text ?? "" };
  const lost = ENDS_SESSION.has(error.code) ? "\nThe session's variables are gone; a new one has begun" : "";
  const text = `${error.message}${lost}`;
  if (error.code === "CANCELLED") return { outcome: "interrupted", text };
  if (error.code === "TIMEOUT") return { outcome: "timed-out", text };
  return { outcome: "threw", text, code: error.code };
}
