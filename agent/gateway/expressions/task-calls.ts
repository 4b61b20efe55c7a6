// Makes the task calls of an expression. Each call is checked, recorded and cancelled like a client's call, and has its
// own run. The call goes to the relay unchanged, and so does its answer on the way back.
import { errorAnswer, resultAnswer, type Answer } from "../../../shared/messages/answer.ts";
import { RpcError } from "../../../shared/errors.ts";
import { checkDepth, defined, requestMessage } from "../../../shared/messages/protocol.ts";
import { toRpcError } from "../../../shared/to-rpc-error.ts";
import { within } from "../../../shared/within.ts";
import type { Admission } from "../admission/admission.ts";
import { hasMoreValues } from "../admission/json-width.ts";
import { insist, passCall } from "../relay/deadlines.ts";
import type { EncodedArguments } from "../../border/sandbox-messages.ts";
import { TASK_CALLS } from "../../border/limits.ts";
import { STOP_GRACE_MS } from "../admission/limits.ts";
import { tooManyInFlight } from "../admission/too-many-in-flight.ts";
import type { Notify } from "../relay/output-relay.ts";
import type { Relay } from "../relay/relay.ts";
import type { Relays } from "../relay/relays.ts";

/**
 * How many characters of the expression's run id begin the ids of its calls' runs. With a number behind them they are
 * still valid ids.
 */
const RUN_CHARS = 46;

/** A call from an expression. */
export interface TaskCall {
  call: number;
  task: string;
  args: EncodedArguments;
}

/** The options of {@link TaskCalls}. */
export interface TaskCallsOptions {
  /** The id of the expression's run. */
  run: string;
  lossless: boolean | undefined;
  relays: Relays;
  admission: Admission;
  notify: Notify;
  /** Called when a call has ended. */
  answered: (call: number, answer: Answer) => void;
}

/** The calls of one expression. */
export class TaskCalls {
  readonly #options: TaskCallsOptions;
  readonly #relay: Relay;
  readonly #inFlight = new Map<number, { run: string; task: string }>();
  #ended = false;
  #emptied: () => void = () => {};

  constructor(options: TaskCallsOptions) {
    const { relays, admission, notify } = options;
    this.#options = options;
    // A cancel must find a free ticket even when as many calls are in flight as the limit allows.
    this.#relay = relays.open({ tickets: admission.limits.inFlight + TASK_CALLS, notify });
  }

  /** The number of calls that have not been answered. */
  get size(): number {
    return this.#inFlight.size;
  }

  /** The names of the tasks that have not been answered. */
  get tasks(): string[] {
    return [...this.#inFlight.values()].map(({ task }) => task);
  }

  /** Makes a call; `answered` gets its answer. @throws RpcError when the call is not valid. */
  call({ call, task, args }: TaskCall): void {
    if (this.#inFlight.has(call))
      throw new RpcError("BAD_MESSAGE", `Cannot read the message: id ${call} is in flight already`);
    const { run: name, lossless, admission } = this.#options;
    const run = { run: `${name.slice(0, RUN_CHARS)}-${call}`, task };
    const params = { ...run, ...args, ...defined({ lossless }) };
    checkDepth({ params }, admission.limits.depth);
    this.#inFlight.set(call, run);
    try {
      this.#checkCall(params);
      const text = requestMessage(call, "call", params);
      checkWidth(text, task, admission.limits.values);
      passCall(this.#relay, { text, run, respond: (answer, written) => this.#respond(call, answer, written) }, {});
    } catch (error) {
      this.#answered(call, errorAnswer(toRpcError(error)));
    }
  }

  /** Cancels all calls and waits until they stop. Resolves to the names of the tasks that have not stopped. */
  async cancelAll(waitMs: number): Promise<string[]> {
    if (this.size === 0) return [];
    const emptied = new Promise<void>((resolve) => (this.#emptied = resolve));
    for (const { run } of this.#inFlight.values()) this.#cancel(run, waitMs);
    await within(waitMs, emptied);
    return this.tasks;
  }

  /** Called when the expression has ended. Runs that continue have no caller. */
  end(): void {
    this.#ended = true;
    this.#relay.end();
  }

  /** @throws RpcError when the call may not begin. */
  #checkCall(call: { task: string; args?: unknown; encoding?: unknown }): void {
    const { admission } = this.#options;
    const { inFlight } = admission.limits;
    if (this.size > inFlight) throw tooManyInFlight(inFlight);
    admission.rates.count(undefined);
    admission.checkOpen("start a run");
    admission.checkCall(call);
  }

  /** The run's own answer says how the run ended. */
  #cancel(run: string, waitMs: number): void {
    if (this.#relay.withdrawRun(run)) return;
    const text = requestMessage(0, "cancel", { run, waitMs });
    const ignored = { ms: waitMs + STOP_GRACE_MS, instead: () => resultAnswer({}) };
    try {
      insist(this.#relay, { text, respond: () => {} }, ignored);
    } catch {
      // Too many requests wait for the app. The deadline at the expression's end still holds.
    }
  }

  #respond(call: number, answer: Answer, written: (() => void) | undefined): void {
    written?.(); // what waits for the expression's process has its own limits
    this.#answered(call, answer);
  }

  #answered(call: number, answer: Answer): void {
    this.#inFlight.delete(call);
    if (!this.#ended) this.#options.answered(call, answer);
    if (this.size === 0) this.#emptied();
  }
}

/** A client's message is checked when it arrives; a call's is written here. @throws RpcError LIMIT_EXCEEDED */
function checkWidth(text: string, task: string, values: number): void {
  if (!hasMoreValues(text, values)) return;
  const sentence = `Cannot call "${task.slice(0, 200)}": its arguments hold more than ${values.toLocaleString("en")} values`;
  throw new RpcError("LIMIT_EXCEEDED", sentence, { state: "not-started" });
}
