// The runner's end of one connection: takes requests from the port, gives each its one answer.
import type { MessagePort } from "node:worker_threads";
import { RpcError } from "../shared/errors.ts";
import {
  errorMessage,
  resultMessage,
  resultMessageOf,
  taskErrorMessage,
  type CallParams,
  type CancelParams,
  type Request,
} from "../shared/protocol.ts";
import { thrownHeading } from "../shared/thrown.ts";
import { decode } from "../shared/values.ts";
import { FIRST_TICKET, QUEUED, STARTED, readPortMessage, type Channel } from "./gateway/channel.ts";
import { Outbox } from "./outbox.ts";
import { Run } from "./run.ts";
import { RunOutput } from "./run-output.ts";
import type { Outcome, Runner } from "./runner.ts";
import { reportThrown } from "./thrown.ts";

/** How long `cancel` waits for the task to stop, where the caller does not say. */
const CANCEL_WAIT_MS = 5000;

/** One connection, seen from the main thread. */
export class Session {
  readonly #runner: Runner;
  readonly #port: MessagePort;
  readonly #outbox: Outbox;
  readonly #states: Int32Array;
  readonly #runs = new Map<number, Run>();

  constructor(channel: Channel, runner: Runner) {
    this.#runner = runner;
    this.#port = channel.port;
    this.#outbox = new Outbox(channel);
    this.#states = new Int32Array(channel.table);
    this.#port.on("message", (text: string) => this.#receive(text));
    this.#port.on("close", () => this.#outbox.close());
    // The agent never keeps the app's process alive.
    this.#port.unref();
  }

  #receive(text: string): void {
    const { kind, ticket, body } = readPortMessage(text);
    switch (kind) {
      case "C":
        return this.#claim(ticket, body);
      case "A":
        return this.#runs.get(ticket)?.abort("timeout");
      case "D":
        return this.#outbox.resume();
    }
  }

  /** Starts a request, unless the gateway has taken it back meanwhile. */
  #claim(ticket: number, text: string): void {
    const started = Atomics.compareExchange(this.#states, FIRST_TICKET + ticket, QUEUED, STARTED) === QUEUED;
    if (!started) return this.#outbox.post(`W${ticket}`);
    // The gateway has read this very text and found a request in it.
    const request = JSON.parse(text) as Request;
    if (request.method === "call") void this.#call(ticket, request);
    else void this.#ask(ticket, request);
  }

  async #call(ticket: number, { id, params }: Request): Promise<void> {
    // Checked by the gateway, except for the arguments.
    const { task, run: name, timeoutMs, ...encoded } = params as unknown as CallParams & { run: string };
    const output = new RunOutput(this.#outbox, ticket, this.#runner.limits.outputChars);
    const run = new Run({ run: name, task, timeoutMs, output, context: this.#runner.context });
    this.#runs.set(ticket, run);
    const outcome = await this.#execute(run, encoded);
    this.#runs.delete(ticket);
    output.finish(respond(id, run, outcome));
  }

  async #execute(run: Run, encoded: Pick<CallParams, "args" | "encoding">): Promise<Outcome> {
    try {
      return await this.#runner.execute(run, await readArguments(encoded));
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      return { failed: new RpcError("BAD_ARGUMENTS", `Cannot call "${run.task}": ${reason}`, { cause: error }) };
    }
  }

  async #ask(ticket: number, request: Request): Promise<void> {
    let answer: string;
    try {
      answer = resultMessage(request.id, await this.#answer(request));
    } catch (error) {
      const known = error instanceof RpcError ? error : new RpcError("INTERNAL", `Cannot answer: ${String(error)}`);
      answer = errorMessage(request.id, known);
    }
    this.#outbox.post(`R${ticket} ${answer}`);
  }

  #answer({ method, params }: Request): object | Promise<object> {
    if (method === "describe") return this.#runner.describe();
    if (method === "runs") return this.#runner.describeRuns();
    const { run, waitMs } = params as unknown as CancelParams;
    return this.#runner.cancel(run, waitMs ?? CANCEL_WAIT_MS);
  }
}

async function readArguments({ args = [], encoding }: Pick<CallParams, "args" | "encoding">): Promise<unknown[]> {
  const values = encoding === undefined ? args : decode({ value: args, encoding }, await import("devalue"));
  if (Array.isArray(values)) return values as unknown[];
  throw new TypeError('"args" must be an array');
}

/** The one response to a call. A run that was told to stop has stopped, whatever the task made of it. */
function respond(id: Request["id"], run: Run, outcome: Outcome): string {
  const stopped = run.stopped("threw" in outcome ? { value: outcome.threw } : undefined);
  if (stopped) return errorMessage(id, stopped);
  if ("returned" in outcome) return resultMessageOf(id, outcome.returned);
  if ("failed" in outcome) return errorMessage(id, outcome.failed);
  const data = reportThrown(run.id, outcome.threw);
  return taskErrorMessage(id, `"${run.task}" threw ${thrownHeading(data.thrown)}`, data);
}
