// The object that `connect()` returns: it asks the agent questions, and ./calls.ts makes the calls for it.
import { RpcError } from "../shared/errors.ts";
import type { EvaluateParams } from "../shared/messages/evaluate-messages.ts";
import { expressionName } from "../shared/expression-name.ts";
import type {
  CallParams,
  CancelResult,
  DescribeResult,
  PingParams,
  PingResult,
  RunDescription,
  StackResult,
} from "../shared/messages/messages.ts";
import type { Method, Params, Result } from "../shared/messages/methods.ts";
import { defined } from "../shared/messages/protocol.ts";
import { lostAnswer, silent } from "./wire/address.ts";
import { encodeArguments } from "./call-values.ts";
import { Calls, type Subject } from "./calls.ts";
import type { AnswerOptions, CallOptions, Client } from "./client.ts";
import { ANSWER_LIMIT_MS, LATE_MS } from "./wire/limits.ts";
import type { Link } from "./link.ts";
import { RunIds } from "./run-ids.ts";
import type { AnyTasks } from "./typed.ts";

/** A client over a link. */
export class AgentClient implements Client<AnyTasks> {
  readonly #link: Link;
  readonly #calls: Calls;
  readonly #runIds = new RunIds();

  /** `timeoutMs` is the deadline of calls that name none. */
  constructor(link: Link, timeoutMs: number | undefined) {
    this.#link = link;
    const messageBytes = async () => (await this.describe()).limits.messageBytes;
    this.#calls = new Calls(link, { messageBytes, timeoutMs });
  }

  async call(task: string, args?: readonly unknown[], options: CallOptions = {}): Promise<unknown> {
    return this.#calls.perform(await this.#subject(task, args, options), options);
  }

  async cast(task: string, args?: readonly unknown[], options: CallOptions = {}): Promise<string> {
    const subject = await this.#subject(task, args, options);
    await this.#calls.begin(subject, options);
    return subject.name.run;
  }

  async evaluate(code: string, options: CallOptions = {}): Promise<unknown> {
    const { run = this.#runIds.next(), lossless } = options;
    const params: EvaluateParams = { code, run, ...defined({ lossless }) };
    return this.#calls.perform(
      { method: "evaluate", name: { run, task: expressionName(String(code)) }, params },
      options,
    );
  }

  ping(params: PingParams = {}): Promise<PingResult> {
    return this.#ask("ping", params, limitAfter(params.timeoutMs));
  }

  describe(options: AnswerOptions = {}): Promise<DescribeResult> {
    return this.#answer("describe", options);
  }

  stack({ timeoutMs = ANSWER_LIMIT_MS }: AnswerOptions = {}): Promise<StackResult> {
    return this.#ask("stack", {}, timeoutMs);
  }

  async runs(options: AnswerOptions = {}): Promise<RunDescription[]> {
    return (await this.#answer("runs", options)).runs;
  }

  async cancel(run: string, { waitMs }: { waitMs?: number } = {}): Promise<CancelResult> {
    try {
      return await this.#ask("cancel", { run, ...defined({ waitMs }) }, limitAfter(waitMs));
    } catch (error) {
      // The call was already answered, and its run has ended since.
      const hasEnded = error instanceof RpcError && error.code === "UNKNOWN_RUN" && this.#calls.isLeft(run);
      if (hasEnded) return { run, state: "stopped" };
      throw error;
    }
  }

  close(): Promise<void> {
    return this.#link.close();
  }

  async #subject(task: string, args: readonly unknown[] = [], options: CallOptions): Promise<Subject> {
    const { run = this.#runIds.next(), lossless } = options;
    checkList(task, args);
    const params: CallParams = { task, run, ...(await encodeArguments(task, args)), ...defined({ lossless }) };
    return { method: "call", name: { run, task }, params };
  }

  #answer<M extends "describe" | "runs">(
    method: M,
    { timeoutMs = ANSWER_LIMIT_MS }: AnswerOptions,
  ): Promise<Result<M>> {
    return this.#ask(method, { timeoutMs }, timeoutMs);
  }

  async #ask<M extends Method>(method: M, params: Params<M>, timeoutMs: number): Promise<Result<M>> {
    const { address } = this.#link;
    const connection = await this.#link.connection();
    const { silentMs } = connection;
    if (silentMs !== undefined) throw silent(address, { timeoutMs: silentMs });
    return connection.request({
      method,
      params,
      lost: (_state, cause) => lostAnswer(address, `"${method}"`, cause),
      limit: { ms: timeoutMs + LATE_MS, error: () => silent(address, { timeoutMs }) },
    });
  }
}

/** Refuses a plain string, which would become one argument per letter. @throws RpcError BAD_ARGUMENTS */
function checkList(task: string, args: unknown): void {
  if (Array.isArray(args)) return;
  const given = typeof args === "string" ? JSON.stringify(args.slice(0, 60)) : args === null ? "null" : typeof args;
  const reason = `its arguments must be a list, as in call("${task}", [1, 2]), not ${given}`;
  throw new RpcError("BAD_ARGUMENTS", `Cannot call "${task}": ${reason}`, { state: "not-started" });
}

/** The usual limit, plus a time that the agent keeps. The agent itself refuses a time that is not a number. */
function limitAfter(timeMs: number | undefined): number {
  return Number.isFinite(timeMs) ? Number(timeMs) : ANSWER_LIMIT_MS;
}
