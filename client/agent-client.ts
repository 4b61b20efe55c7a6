// What `connect()` returns: each method is one request over the link, a call also with its run's output and its cancel.
import { RpcError } from "../shared/errors.ts";
import { cancelled, connectionLost, timedOut, type RunName } from "../shared/outcomes.ts";
import type {
  CallParams,
  CallResult,
  CancelResult,
  DescribeResult,
  Method,
  PingParams,
  PingResult,
  RunDescription,
  RunsResult,
  StackResult,
} from "../shared/messages.ts";
import { defined } from "../shared/protocol.ts";
import { lostAnswer, silent } from "./address.ts";
import { decodeResult, encodeArguments } from "./call-values.ts";
import { cancelUntilKnown } from "./cancel-until-known.ts";
import type { CallOptions, Client } from "./client.ts";
import type { Connection, OutgoingRequest } from "./connection.ts";
import type { Link } from "./link.ts";
import { RunIds } from "./run-ids.ts";
import type { AnyTasks } from "./typed.ts";

/** A question that the agent itself answers: one that takes longer comes from a process that is suspended. */
const ANSWER_LIMIT_MS = 5200;

/** An answer that is this late after its deadline will not come. */
const LATE_MS = 200;

/** A client over a link. */
export class AgentClient implements Client<AnyTasks> {
  readonly #link: Link;
  readonly #runIds = new RunIds();

  constructor(link: Link) {
    this.#link = link;
  }

  async call(task: string, args: readonly unknown[] = [], options: CallOptions = {}): Promise<unknown> {
    const { timeoutMs, lossless, signal, run = this.#runIds.next() } = options;
    const encoded = await encodeArguments(task, args);
    const params: CallParams = { task, run, ...encoded, ...defined({ timeoutMs, lossless }) };
    const connection = await this.#link.connection();
    // From here to the request nothing is awaited: an abort is seen either by this line or by the listener.
    if (signal?.aborted) throw cancelled({ run, task }, { state: "not-started" });
    const listening = listen(connection, run, options);
    const answer = connection.request<CallResult>(this.#outgoingCall(params, { run, task }));
    const stopCancelling = signal && this.#cancelOn(signal, run);
    try {
      return await decodeResult(await (listening ? Promise.race([answer, listening.broken]) : answer));
    } finally {
      stopCancelling?.();
      listening?.stop();
    }
  }

  ping(params: PingParams = {}): Promise<PingResult> {
    return this.#ask("ping", params, limitAfter(params.timeoutMs, ANSWER_LIMIT_MS));
  }

  describe(): Promise<DescribeResult> {
    return this.#ask("describe", {});
  }

  stack(): Promise<StackResult> {
    return this.#ask("stack", {});
  }

  async runs(): Promise<RunDescription[]> {
    return (await this.#ask<RunsResult>("runs", {})).runs;
  }

  cancel(run: string, { waitMs }: { waitMs?: number } = {}): Promise<CancelResult> {
    return this.#ask("cancel", { run, ...defined({ waitMs }) }, limitAfter(waitMs, ANSWER_LIMIT_MS));
  }

  close(): Promise<void> {
    return this.#link.close();
  }

  async #ask<Result>(method: Method, params: object, limitMs = ANSWER_LIMIT_MS): Promise<Result> {
    const { address } = this.#link;
    const connection = await this.#link.connection();
    return connection.request<Result>({
      method,
      params,
      lost: (_state, cause) => lostAnswer(address, `"${method}"`, cause),
      limit: { ms: limitMs, error: () => silent(address, { timeoutMs: limitMs }) },
    });
  }

  #outgoingCall(params: CallParams, name: RunName): OutgoingRequest {
    const { timeoutMs } = params;
    return {
      method: "call",
      params,
      lost: (state, cause) => connectionLost(this.#link.address.label, name, { state, ...defined({ cause }) }),
      checkSize: (bytes) => this.#checkSize(bytes, name),
      // The agent holds the deadline; this one is for an agent that is itself suspended.
      ...(timeoutMs !== undefined && {
        limit: { ms: limitAfter(timeoutMs, LATE_MS), error: () => timedOut(name, timeoutMs, { state: "unknown" }) },
      }),
    };
  }

  /** @throws RpcError LIMIT_EXCEEDED when the agent would end the connection, and every other call on it, for this one. */
  async #checkSize(bytes: number, { run, task }: RunName): Promise<void> {
    const { messageBytes } = (await this.describe()).limits;
    if (bytes <= messageBytes) return;
    const reason = `its arguments make a message of ${bytes} bytes, the agent takes ${messageBytes}`;
    throw new RpcError("LIMIT_EXCEEDED", `Cannot call "${task}": ${reason}`, { run, state: "not-started" });
  }

  /** Cancels the run when the signal fires, until the returned function is called. */
  #cancelOn(signal: AbortSignal, run: string): () => void {
    let hasEnded = false;
    const cancel = () => {
      const cancelling = cancelUntilKnown(
        () => this.cancel(run),
        () => hasEnded,
      );
      cancelling.catch(() => {}); // the call's own answer tells how it ended, also where the cancel fails
    };
    signal.addEventListener("abort", cancel);
    return () => {
      hasEnded = true;
      signal.removeEventListener("abort", cancel);
    };
  }
}

/** `moreMs` after a time that the agent keeps. One that is no number, as from JavaScript, is the agent's to refuse. */
function limitAfter(timeMs: number | undefined, moreMs: number): number {
  return Number.isFinite(timeMs) ? Number(timeMs) + moreMs : moreMs;
}

/** Hands the run's notifications to the caller's listeners; `broken` rejects with what one of them throws. */
function listen(
  connection: Connection,
  run: string,
  { onOutput, onProgress }: CallOptions,
): { stop: () => void; broken: Promise<never> } | undefined {
  if (!onOutput && !onProgress) return undefined;
  let fail: (reason: unknown) => void = () => {};
  const broken = new Promise<never>((_resolve, reject) => (fail = reject));
  const guarded =
    <Message>(hear: ((message: Message) => void) | undefined) =>
    (message: Message) => {
      try {
        hear?.(message);
      } catch (error) {
        fail(error);
      }
    };
  const stop = connection.listen(run, { onOutput: guarded(onOutput), onProgress: guarded(onProgress) });
  return { stop, broken };
}
