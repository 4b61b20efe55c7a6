// Executes the calls of one connection on the main thread: each call becomes a run, and its one answer comes after its
// output.
import { toRpcError } from "../../shared/to-rpc-error.ts";
import { callAnswer } from "./call-answer.ts";
import { callArguments } from "../tasks/call-arguments.ts";
import type { Claims } from "./claims.ts";
import { LARGE_ANSWER_CHARS } from "../border/channel.ts";
import { toGateway } from "../border/port-messages.ts";
import type { Outbox } from "./outbox.ts";
import type { NamedCall } from "../tasks/passed-requests.ts";
import { resultRoom } from "./result-room.ts";
import { Run } from "./run.ts";
import { RunOutput } from "./run-output.ts";
import type { Outcome, Runner } from "./runner.ts";
import { isPromise } from "./tasks.ts";
import { look } from "../tasks/thrown.ts";

/** The options of {@link SessionCalls}. */
export interface SessionCallsOptions {
  runner: Runner;
  outbox: Outbox;
  claims: Claims;
}

interface Call {
  run: Run;
  output: RunOutput;
}

/** The calls that have not been answered. */
export class SessionCalls {
  readonly #runner: Runner;
  readonly #outbox: Outbox;
  readonly #claims: Claims;
  readonly #calls = new Map<number, Call>();
  #gatewayGone = false;
  /** Characters of large answers that have not left the gateway. */
  #unreadChars = 0;

  constructor({ runner, outbox, claims }: SessionCallsOptions) {
    this.#runner = runner;
    this.#outbox = outbox;
    this.#claims = claims;
  }

  /** Executes a call and answers it. `beginsBy` is the moment, on `monotonicMs`, after which its task must not begin. */
  async take(ticket: number, call: NamedCall, beginsBy: number | undefined): Promise<void> {
    const { run, output } = this.#open(ticket, call, beginsBy);
    const { results } = this.#runner;
    let outcome: Outcome<string>;
    try {
      // Before the first call the gateway knows no names, and arguments may take long to decode.
      if (call.encoding !== undefined) await this.#runner.find(run);
      const args = callArguments(call);
      const list = isPromise(args) ? await args : args;
      const room = results.roomFor(run);
      if (room) await room;
      outcome = await this.#runner.execute(run, list, results.write);
    } catch (error) {
      outcome = { failed: toRpcError(error, "execute the task", look) };
    }
    if ("withdrawn" in outcome) return this.#dismiss(ticket, run);
    const writing = callAnswer(run, outcome);
    const answer = isPromise(writing) ? await writing : writing;
    this.#countAnswer(run, answer.json.length);
    output.finish(answer);
  }

  /** The deadline has passed: fires the signal, and lets no output delay the answer. */
  expire(ticket: number): void {
    const call = this.#calls.get(ticket);
    call?.run.abort("timeout");
    call?.output.hurry();
  }

  /** This many characters of large answers have left the gateway. */
  answersLeft(chars: number): void {
    this.#unreadChars -= chars;
    resultRoom.release(this.#outbox.share, chars);
  }

  /** The caller is gone, and the outbox muted: runs that wait for room continue, since they make no result now. */
  letGo(): void {
    resultRoom.letGo();
  }

  /**
   * The gateway is gone, perhaps because of an error: the runs continue, and their deadlines are enforced here. Called
   * when the outbox is closed, or the room would be given to results that reach no one.
   */
  keepDeadlines(): void {
    this.#gatewayGone = true;
    this.answersLeft(this.#unreadChars);
    for (const { run } of this.#calls.values()) run.keepDeadline();
  }

  #open(ticket: number, call: NamedCall, beginsBy: number | undefined): Call {
    const { task, run: name, timeoutMs, lossless = false, complete } = call;
    const { limits, context } = this.#runner;
    const answered = () => void this.#calls.delete(ticket);
    const output = new RunOutput({ outbox: this.#outbox, ticket, limitChars: limits.outputChars, lossless, answered });
    const claim = () => this.#claims.claim(ticket);
    const run = new Run({ run: name, task, timeoutMs, beginsBy, output, claim, context, complete });
    this.#calls.set(ticket, { run, output });
    if (this.#gatewayGone) run.keepDeadline();
    return { run, output };
  }

  /** The run's room becomes the room of its answer, until the gateway reports that the answer has left. */
  #countAnswer(run: Run, chars: number): void {
    const isLarge = chars >= LARGE_ANSWER_CHARS && !this.#gatewayGone;
    if (isLarge) resultRoom.count(this.#outbox.share, chars);
    if (isLarge) this.#unreadChars += chars;
    if (run.roomTaken > 0) resultRoom.release(this.#outbox.share, run.roomTaken);
  }

  /** The gateway has already answered. It only needs to know that the ticket is free. */
  #dismiss(ticket: number, { roomTaken }: Run): void {
    if (roomTaken > 0) resultRoom.release(this.#outbox.share, roomTaken);
    this.#calls.delete(ticket);
    this.#outbox.post(toGateway("released", ticket));
  }
}
