// The runner's end of one connection: takes requests from the port, gives each its one answer.
import { errorAnswer, resultAnswer, taskErrorAnswer, type Answer } from "../shared/answer.ts";
import { RpcError } from "../shared/errors.ts";
import type {
  CallParams,
  CancelParams,
  Encoded,
  ReloadParams,
  ReloadResult,
  Request,
  TaskErrorData,
} from "../shared/messages.ts";
import { thrownHeading } from "../shared/thrown.ts";
import { toRpcError } from "../shared/to-rpc-error.ts";
import { decode } from "../shared/values.ts";
import type { ConsoleRequests } from "./console/console-requests.ts";
import {
  FIRST_TICKET,
  HURRIED,
  LARGE_ANSWER_CHARS,
  QUEUED,
  STARTED,
  WITHDRAWN,
  type Channel,
} from "./gateway/channel.ts";
import { QUICK_REQUEST_MS } from "./gateway/limits.ts";
import { answerToGateway, readFromGateway, toGateway } from "./gateway/port-messages.ts";
import { TextPort } from "./gateway/text-port.ts";
import { answerLifecycle } from "./lifecycle-requests.ts";
import { loadConsoleRequests } from "./load-consoles.ts";
import { Outbox } from "./outbox.ts";
import { ownPart } from "./own-part.ts";
import { resultRoom } from "./result-room.ts";
import { Run } from "./run.ts";
import { RunOutput } from "./run-output.ts";
import type { Outcome, Runner } from "./runner.ts";
import { isPromise } from "./tasks.ts";
import { look, reportWhole } from "./thrown.ts";

/** How long `cancel` waits for the task to stop, where the caller does not say. */
const CANCEL_WAIT_MS = 5000;

/** Requests that one turn of the app's event loop takes from a connection: the app's own work comes between. */
const REQUESTS_AT_ONCE = 8;

interface Call {
  run: Run;
  output: RunOutput;
}

/** One connection, seen from the main thread. */
export class Session {
  readonly #runner: Runner;
  readonly #outbox: Outbox;
  readonly #states: Int32Array;
  /** The calls that have not been answered, by ticket. */
  readonly #calls = new Map<number, Call>();
  /** The reloads in flight, by ticket. */
  readonly #reloads = new Map<number, AbortController>();
  readonly #table: SharedArrayBuffer;
  #consoles: Promise<ConsoleRequests> | undefined;
  #gatewayGone = false;
  /** Of large answers that have not left the gateway. */
  #unreadChars = 0;

  constructor({ port, table }: Channel, runner: Runner) {
    this.#runner = runner;
    this.#outbox = new Outbox(new TextPort(port, (text) => this.#receive(text), REQUESTS_AT_ONCE), table);
    this.#table = table;
    this.#states = new Int32Array(table);
    port.on("close", () => this.#close());
    // The agent never keeps the app's process alive.
    port.unref();
  }

  #receive(text: string): void {
    const { kind, ticket, body } = readFromGateway(text);
    switch (kind) {
      case "request":
        return this.#take(ticket, body);
      case "abort":
        return this.#expire(ticket);
      case "answer-left":
        return this.#answersLeft(Number(body));
      case "resume":
        return this.#outbox.resume();
      case "unheard":
        this.#endConsoles();
        return this.#outbox.mute();
      case "close-consoles":
        return this.#endConsoles();
      case "interrupt":
        this.#consoles?.then((consoles) => consoles.interrupt(ticket)).catch(() => {}); // what could not be loaded runs nothing
        return;
    }
  }

  /** The gateway has closed the port, or ended by an error: then runs go on, and their deadlines are kept here. */
  #close(): void {
    this.#gatewayGone = true;
    this.#answersLeft(this.#unreadChars);
    this.#endConsoles();
    this.#outbox.close();
    for (const { run } of this.#calls.values()) run.keepDeadline();
  }

  /** Takes a request, unless the gateway has taken it back meanwhile. */
  #take(ticket: number, text: string): void {
    if (Atomics.load(this.#states, FIRST_TICKET + ticket) === WITHDRAWN)
      return this.#outbox.post(toGateway("released", ticket));
    // The gateway has read this very text and found a request in it.
    const request = JSON.parse(text) as Request;
    const work = this.#work(ticket, request);
    // Nothing that goes wrong in here may end the app, as an unhandled rejection would.
    work.catch((error: unknown) =>
      this.#outbox.post(answerToGateway(ticket, errorAnswer(toRpcError(error, "answer", look)))),
    );
  }

  #work(ticket: number, request: Request): Promise<void> {
    if (request.method === "call") return this.#call(ticket, request);
    return request.method.startsWith("console.") ? this.#console(ticket, request) : this.#ask(ticket, request);
  }

  async #console(ticket: number, request: Request): Promise<void> {
    if (!this.#claim(ticket)) return this.#outbox.post(toGateway("released", ticket));
    this.#consoles ??= this.#openConsoles().catch((error: unknown) => {
      this.#consoles = undefined; // the next who asks tries again
      throw error;
    });
    await (await this.#consoles).answer(ticket, request);
  }

  async #openConsoles(): Promise<ConsoleRequests> {
    const { ConsoleRequests: requests } = await loadConsoleRequests();
    return new requests({ runner: this.#runner, outbox: this.#outbox, table: this.#table });
  }

  #endConsoles(): void {
    this.#consoles?.then((consoles) => consoles.end()).catch(() => {}); // what could not be loaded has nothing to end
  }

  /** From here on the gateway cannot take the request back; false when it has. */
  #claim(ticket: number): boolean {
    return Atomics.compareExchange(this.#states, FIRST_TICKET + ticket, QUEUED, STARTED) === QUEUED;
  }

  /** The deadline has passed: the signal fires, and no output holds the answer back. */
  #expire(ticket: number): void {
    this.#reloads.get(ticket)?.abort(new RpcError("TIMEOUT", "The time of the reload is up"));
    const call = this.#calls.get(ticket);
    call?.run.abort("timeout");
    call?.output.hurry();
  }

  async #call(ticket: number, { params }: Request): Promise<void> {
    // Checked by the gateway, except for the arguments.
    const {
      task,
      run: name,
      timeoutMs,
      lossless = false,
      complete = false,
      ...encoded
    } = params as unknown as CallParams & { run: string };
    const answered = () => void this.#calls.delete(ticket);
    const { limits, context } = this.#runner;
    const output = new RunOutput({ outbox: this.#outbox, ticket, limitChars: limits.outputChars, lossless, answered });
    const claim = () => this.#claim(ticket);
    const run = new Run({ run: name, task, timeoutMs, output, claim, context, complete });
    this.#calls.set(ticket, { run, output });
    if (this.#gatewayGone) run.keepDeadline();
    const outcome = await this.#execute(run, encoded);
    if ("withdrawn" in outcome) return this.#dismiss(ticket);
    const writing = answerTo(run, outcome);
    const answer = isPromise(writing) ? await writing : writing;
    this.#countAnswer(run, answer.json.length);
    output.finish(answer);
  }

  /** The room that the run took becomes that of its answer, until the gateway says that it has left. */
  #countAnswer(run: Run, chars: number): void {
    const isLarge = chars >= LARGE_ANSWER_CHARS && !this.#gatewayGone;
    if (isLarge) resultRoom.count(this.#outbox.share, chars);
    if (isLarge) this.#unreadChars += chars;
    if (run.roomTaken > 0) resultRoom.release(this.#outbox.share, run.roomTaken);
  }

  #answersLeft(chars: number): void {
    this.#unreadChars -= chars;
    resultRoom.release(this.#outbox.share, chars);
  }

  /** The gateway has answered already: it only needs to know that the ticket is free. */
  #dismiss(ticket: number): void {
    const taken = this.#calls.get(ticket)?.run.roomTaken ?? 0;
    if (taken > 0) resultRoom.release(this.#outbox.share, taken);
    this.#calls.delete(ticket);
    this.#outbox.post(toGateway("released", ticket));
  }

  /** At once where nothing has to be decoded: with output being captured every await costs the app more. */
  #execute(run: Run, { args, encoding }: Pick<CallParams, "args" | "encoding">): Promise<Outcome> {
    if (encoding !== undefined) return this.#executeDecoded(run, { value: args, encoding });
    if (args !== undefined && !Array.isArray(args)) return Promise.resolve(badArguments(run, NOT_A_LIST));
    return this.#runner.execute(run, args ?? []);
  }

  async #executeDecoded(run: Run, encoded: Encoded): Promise<Outcome> {
    try {
      const args = decode(encoded, await ownPart(() => import("devalue")));
      return Array.isArray(args) ? await this.#runner.execute(run, args as unknown[]) : badArguments(run, NOT_A_LIST);
    } catch (error) {
      return error instanceof RpcError ? { failed: error } : badArguments(run, error);
    }
  }

  async #ask(ticket: number, request: Request): Promise<void> {
    if (!this.#claim(ticket)) return this.#outbox.post(toGateway("released", ticket));
    let answer: Answer;
    try {
      answer = resultAnswer(await this.#answer(ticket, request));
    } catch (error) {
      answer = errorAnswer(toRpcError(error, "answer", look));
    }
    this.#outbox.post(answerToGateway(ticket, answer));
  }

  #answer(ticket: number, { method, params }: Request): object | Promise<object> {
    if (method === "describe") return this.#runner.describe({ retry: params.retry === true });
    if (method === "runs") return this.#runner.describeRuns();
    if (method === "reload") return this.#reload(ticket, { ...params });
    // Checked by the gateway. A request without parameters has none here either: it comes as the client sent it.
    if (method === "drain" || method === "end" || method === "ready") return answerLifecycle(method, { ...params });
    const { run, waitMs } = params as unknown as CancelParams;
    return this.#runner.cancel(run, waitMs ?? CANCEL_WAIT_MS);
  }

  /** Its deadline is the gateway's, which tells it of its end twice: by the ticket, and by a message. */
  async #reload(ticket: number, { timeoutMs = QUICK_REQUEST_MS }: ReloadParams): Promise<ReloadResult> {
    const over = new AbortController();
    this.#reloads.set(ticket, over);
    const isLate = () => Atomics.load(this.#states, FIRST_TICKET + ticket) === HURRIED;
    try {
      return await this.#runner.reload({ timeoutMs, signal: over.signal, isLate });
    } finally {
      this.#reloads.delete(ticket);
    }
  }
}

const NOT_A_LIST = new TypeError('"args" must be an array');

function badArguments({ task }: Run, cause: unknown): Outcome {
  const reason = cause instanceof Error ? cause.message : look(cause);
  return { failed: new RpcError("BAD_ARGUMENTS", `Cannot call "${task}": ${reason}`, { cause }) };
}

/** The one answer to a call. A run that was told to stop has stopped, whatever the task made of it. */
function answerTo(run: Run, outcome: Exclude<Outcome, { withdrawn: true }>): Answer | Promise<Answer> {
  const stopped = run.stopped("threw" in outcome ? { value: outcome.threw } : undefined);
  if (stopped) return errorAnswer(stopped);
  if ("returned" in outcome) return { kind: "result", json: outcome.returned };
  if ("failed" in outcome) return errorAnswer(outcome.failed);
  const write = (data: TaskErrorData) => taskErrorAnswer(`"${run.task}" threw ${thrownHeading(data.thrown)}`, data);
  const report = reportWhole(run.id, outcome.threw);
  return isPromise(report) ? report.then(write) : write(report);
}
