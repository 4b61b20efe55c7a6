// Makes the calls of one client. Each call is one request over the link, with its run's output, its deadline and its
// signal.
import { formatDuration } from "../shared/duration.ts";
import { RpcError } from "../shared/errors.ts";
import type { EvaluateParams } from "../shared/messages/evaluate-messages.ts";
import type { CallParams, CallResult, CancelResult, RunsResult } from "../shared/messages/messages.ts";
import { cancelled, connectionLost, timedOut, withDeadline, type RunName } from "../shared/outcomes.ts";
import { defined } from "../shared/messages/protocol.ts";
import { beforeSent, checkNotOver, deadlineOf, type Ending } from "./call-deadline.ts";
import { decodeResult } from "./call-values.ts";
import { cancelUntilKnown } from "./wire/cancel-until-known.ts";
import type { CallOptions } from "./client.ts";
import type { Deadline } from "./wire/deadline.ts";
import { expiryOf } from "./expiry.ts";
import type { Connection, OutgoingRequest } from "./connection.ts";
import { ANSWER_LIMIT_MS, FATE_LIMIT_MS, LATE_MS } from "./wire/limits.ts";
import type { Link } from "./link.ts";

/** What is called: a task, or an expression over tasks. */
export interface Subject {
  method: "call" | "evaluate";
  name: RunName;
  params: CallParams | EvaluateParams;
}

/** What a call asks the agent besides, on its own connection. */
export interface Questions {
  /** The size in bytes of the largest message that the agent accepts. */
  messageBytes: () => Promise<number>;
}

interface Sent {
  connection: Connection;
  answer: Promise<CallResult>;
  /** Rejects with what one of the caller's listeners throws. */
  broken: Promise<never> | undefined;
  stop: () => void;
}

/** How many runs are remembered whose callers no longer wait for them. */
const REMEMBERED = 1000;

/** Makes calls. */
export class Calls {
  readonly #link: Link;
  readonly #defaultMs: number | undefined;
  readonly #questions: Questions;
  /** Runs that continued after their callers were answered. */
  readonly #left = new Set<string>();

  constructor(link: Link, { timeoutMs, ...questions }: Questions & { timeoutMs: number | undefined }) {
    this.#link = link;
    this.#defaultMs = timeoutMs;
    this.#questions = questions;
  }

  /** Makes the call and resolves to its value. */
  async perform(subject: Subject, options: CallOptions): Promise<unknown> {
    const { name } = subject;
    const ending = { deadline: deadlineOf(name, options, this.#defaultMs), signal: options.signal };
    const sent = await this.#send(subject, options, ending);
    try {
      const answer = ending.signal ? this.#untilAborted(sent, name, ending.signal) : sent.answer;
      return await decodeResult(await (sent.broken ? Promise.race([answer, sent.broken]) : answer));
    } catch (error) {
      this.#remember(error);
      throw error;
    } finally {
      sent.stop();
    }
  }

  /** Resolves when the agent has accepted the call. The run then continues without its caller. */
  async begin(subject: Subject, options: CallOptions): Promise<void> {
    const { name } = subject;
    const ending = { deadline: deadlineOf(name, options, this.#defaultMs), signal: options.signal };
    const { answer, connection } = await this.#send(subject, options, ending);
    answer.catch(() => {}); // how the run ends does not matter to `cast`
    await Promise.race([answer, this.#taken(connection, name, ending.deadline)]);
  }

  /**
   * Resolves when the call is among the runs, or when a refusal would have arrived. The agent answers in order, so a
   * question sent after the call is answered after it. A call that the second question does not find either waits for
   * the tasks to load.
   */
  async #taken(connection: Connection, name: RunName, deadline: Deadline): Promise<void> {
    const { timeoutMs = ANSWER_LIMIT_MS, leftMs = ANSWER_LIMIT_MS } = deadline;
    const question: OutgoingRequest<"runs"> = {
      method: "runs",
      params: { timeoutMs: leftMs },
      lost: (state, cause) => this.#lost(name, state, cause),
      limit: { ms: leftMs + LATE_MS, error: () => timedOut(name, timeoutMs, { state: "unknown" }) },
    };
    for (let count = 0; count < 2; count++) {
      const { runs } = await connection.request(question).catch(unlessAnswered);
      if (runs.some(({ run }) => run === name.run)) return;
    }
  }

  /** True for a run that a call of this client has left running. */
  isLeft(run: string): boolean {
    return this.#left.has(run);
  }

  async #send(subject: Subject, options: CallOptions, ending: Ending): Promise<Sent> {
    const { name } = subject;
    const connection = await beforeSent(name, ending, this.#link.connection());
    const { silentMs } = connection;
    if (silentMs !== undefined) throw this.#silent(name, silentMs);
    const turn = connection.places.take(name);
    try {
      if (turn.comes) await beforeSent(name, ending, turn.comes);
      // Nothing is awaited between here and the request: either this line or the listener sees an abort.
      checkNotOver(name, ending);
    } catch (error) {
      turn.leave();
      throw error;
    }
    const listening = listen(connection, name.run, options);
    const answer = this.#request(connection, subject, ending);
    return { connection, answer, broken: listening?.broken, stop: () => listening?.stop() };
  }

  async #request(connection: Connection, { method, name, params }: Subject, { deadline }: Ending): Promise<CallResult> {
    const { leftMs, timeoutMs } = deadline;
    const request: OutgoingRequest<Subject["method"]> = {
      method,
      params: { ...params, ...expiryOf({ leftMs }) },
      lost: (state, cause) => this.#lost(name, state, cause),
      checkSize: (bytes) => this.#checkSize(bytes, name),
      // The agent keeps the deadline. This limit is for an agent that is suspended itself.
      limit: deadline.limit(() => timedOut(name, timeoutMs ?? 0, { state: "unknown" })),
      settled: () => connection.places.giveBack(),
    };
    if (leftMs === undefined) return connection.request(request);
    try {
      return await connection.request(request);
    } catch (error) {
      throw withDeadline(error, name, { sentMs: leftMs, timeoutMs });
    }
  }

  #lost(name: RunName, state: "not-started" | "unknown", cause?: Error): RpcError {
    return connectionLost(this.#link.address.label, name, { state, ...defined({ cause }) });
  }

  #silent({ run, task }: RunName, ms: number): RpcError {
    const reason = `${this.#link.address.label} has owed an answer for ${formatDuration(ms)}`;
    return new RpcError("TIMEOUT", `Cannot call "${task}": ${reason}`, { run, state: "not-started" });
  }

  /**
   * Asks before a large message is sent: the agent would end the connection, with every other call on it. @throws
   * RpcError LIMIT_EXCEEDED
   */
  async #checkSize(bytes: number, { run, task }: RunName): Promise<void> {
    const messageBytes = await this.#questions.messageBytes();
    if (bytes <= messageBytes) return;
    const reason = `its arguments make a message of ${bytes} bytes, the agent takes ${messageBytes}`;
    throw new RpcError("LIMIT_EXCEEDED", `Cannot call "${task}": ${reason}`, { run, state: "not-started" });
  }

  /**
   * The answer. If the signal fires first: what the agent says of the run at that moment; the run is then asked to
   * stop.
   */
  #untilAborted({ answer, connection }: Sent, name: RunName, signal: AbortSignal): Promise<CallResult> {
    return new Promise((resolve, reject) => {
      let hasEnded = false;
      const abort = () => {
        const fate = fateOf(connection, name.run, () => hasEnded);
        void fate.then((state) => reject(cancelled(name, { state })));
      };
      signal.addEventListener("abort", abort);
      answer.then(resolve, reject).finally(() => {
        hasEnded = true;
        signal.removeEventListener("abort", abort);
      });
    });
  }

  #remember(error: unknown): void {
    if (!(error instanceof RpcError) || error.state !== "running" || error.run === undefined) return;
    this.#left.add(error.run);
    const [oldest] = this.#left;
    if (this.#left.size > REMEMBERED && oldest !== undefined) this.#left.delete(oldest);
  }
}

/** An agent which says that its app is stalled has accepted the call. @throws any other error. */
function unlessAnswered(error: unknown): RunsResult {
  if (error instanceof RpcError && error.code === "STALLED") return { runs: [] };
  throw error;
}

/** Cancels a run and reports its state, as far as the agent knows it at once. Never rejects. */
async function fateOf(
  connection: Connection,
  run: string,
  hasEnded: () => boolean,
): Promise<CancelResult["state"] | "unknown"> {
  let state: CancelResult["state"] | "unknown" = "unknown";
  const cancel = async () => {
    const asked = { method: "cancel", params: { run, waitMs: 1 } } as const;
    const lost = () => new RpcError("CONNECTION_LOST", "Cannot cancel: the connection ended");
    ({ state } = await connection.request({ ...asked, lost, limit: { ms: FATE_LIMIT_MS, error: lost } }));
  };
  try {
    await cancelUntilKnown(cancel, hasEnded);
  } catch (error) {
    // A stalled app receives the cancel later, but its gateway knows whether the run has begun.
    if (error instanceof RpcError && error.state === "running") state = "running";
  }
  return state;
}

/** Passes the run's notifications to the caller's listeners; `broken` rejects with what one of them throws. */
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
