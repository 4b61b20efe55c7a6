// One console: its names, its last value, and the one evaluation that may be in progress.
import { randomBytes } from "node:crypto";
import { types } from "node:util";
import { RpcError } from "../../shared/errors.ts";
import {
  EVALUATION_LIMIT_MS,
  type ConsoleCompleteResult,
  type ConsoleDisplay,
  type ConsoleEvaluateParams,
  type ConsoleEvaluateResult,
  type ConsoleMoreResult,
} from "../../shared/messages/console-messages.ts";
import { expressionName } from "../../shared/expression-name.ts";
import { ObservedPromise } from "../runs/observed-promise.ts";
import { withoutOwnFrames } from "../tasks/own-frames.ts";
import type { NamedConsoleRun } from "../tasks/passed-requests.ts";
import { Run } from "../runs/run.ts";
import type { Runner } from "../runs/runner.ts";
import { look } from "../tasks/thrown.ts";
import type { Awaiting } from "./awaits.ts";
import { complete } from "./completion.ts";
import { ConsoleAnswers, refused } from "./console-answers.ts";
import type { ConsoleOutput } from "./console-output.ts";
import { Call, ConsoleRun, stopped } from "./console-run.ts";
import type { ConsoleEngine, Marks } from "./console-engine.ts";
import type { Scope } from "./globals.ts";
import { prepareSource, type PreparedSource } from "./source.ts";
import { thenableName } from "./thenable-name.ts";
import type { Turn } from "./turn.ts";
import { uncalledSource, uncalledValue } from "./uncalled.ts";

/** What all consoles of an agent share. */
export interface Shared {
  runner: Runner;
  engine: ConsoleEngine;
  isGlobal(name: string): boolean;
  /** These names belong to consoles from now on. */
  claim(names: readonly string[]): void;
  /** The console whose code a run executes, as long as the run exists. */
  owners: WeakMap<Run, Console>;
}

/** The options of {@link Console}. */
export interface ConsoleOptions {
  id: string;
  output: ConsoleOutput;
  turn: Turn;
  shared: Shared;
}

/** An open console. */
export class Console implements Scope, Awaiting {
  readonly id: string;
  readonly values = new Map<string, unknown>();
  /** The names of the tasks in scope. */
  tasks: readonly string[] = [];
  readonly output: ConsoleOutput;
  readonly #turn: Turn;
  readonly #shared: Shared;
  readonly #stopAttribution: () => void;
  #consoleRun: ConsoleRun | undefined;
  readonly #answers: ConsoleAnswers;

  constructor({ id, output, turn, shared }: ConsoleOptions) {
    this.id = id;
    this.output = output;
    this.#turn = turn;
    this.#shared = shared;
    this.#stopAttribution = shared.runner.keepAttribution();
    this.#answers = new ConsoleAnswers(shared.engine, this.values);
  }

  /**
   * Evaluates code and returns the outcome. An interrupt ends the evaluation at once, however the code reacts.
   *
   * @throws RpcError TOO_MANY while another evaluation is in progress.
   */
  async evaluate(params: NamedConsoleRun, marks: Marks): Promise<ConsoleEvaluateResult> {
    if (this.#consoleRun) throw new RpcError("TOO_MANY", "Cannot evaluate: this console is evaluating already");
    const consoleRun = new ConsoleRun(this.#newRun(params.task, params.run), params);
    this.#consoleRun = consoleRun;
    this.#shared.owners.set(consoleRun.run, this);
    this.#turn.limitMs = params.timeoutMs ?? EVALUATION_LIMIT_MS;
    this.#turn.enter();
    const work = this.#shared.runner.track(consoleRun.run, () =>
      Promise.race([this.#evaluate(consoleRun, params, marks), consoleRun.stopped]),
    );
    try {
      return (await Promise.race([work, consoleRun.run.aborted(), consoleRun.left])) ?? consoleRun.abandoned();
    } finally {
      this.#consoleRun = undefined;
    }
  }

  /** Whether the code may continue at an `await`. If not, the evaluation is answered, and the event loop turns. */
  mayGoOn(): boolean {
    const verdict = this.#turn.verdict;
    if (verdict === undefined) return true;
    if (this.#consoleRun?.run === this.#shared.runner.current) this.#consoleRun?.stop(verdict);
    else if (!this.#turn.isTold) this.output.write(2, `${stopped(verdict).text}\n`);
    this.#turn.isTold = true;
    return false;
  }

  /** Called when the code continues after an `await`. */
  goesOn(): void {
    this.#turn.enter();
  }

  /** Calls a task as a separate run. If the call is not awaited and fails, the failure is printed. */
  call(task: string, args: unknown[]): Promise<unknown> {
    const { runner } = this.#shared;
    const run = this.#newRun(task);
    const consoleRun = this.#consoleRun?.run === runner.current ? this.#consoleRun : undefined;
    const call = new Call(run, runner.call(run, args));
    consoleRun?.calls.push(call);
    // The promise may fail one turn of the event loop before an `await` of it becomes visible.
    void call.ended.then(() => setImmediate(() => this.#tellUnheard(call, consoleRun)));
    return call.promise;
  }

  /** Abandons what the evaluation awaits, and fires the signals of the tasks that it called. */
  interrupt(): void {
    for (const run of this.#consoleRun?.underWay ?? []) run.abort("cancel");
    this.#consoleRun?.run.abort("cancel");
  }

  /** Shows the last value again, less abridged than before. */
  more(display: ConsoleDisplay, marks: Marks): Promise<ConsoleMoreResult> {
    return this.#answers.more(display, marks);
  }

  /** Completes the end of the line. Returns nothing if the lookup fails. */
  complete(line: string): ConsoleCompleteResult {
    try {
      return complete(line, {
        names: () => [...this.values.keys(), ...this.#shared.engine.lexicalNames()],
        lookUp: (name) => this.#lookUp(name),
        readQuietly: (object, name) => this.#shared.engine.readQuietly(object, name),
      });
    } catch {
      return { fragment: "", completions: [] }; // a completion cannot report an error
    }
  }

  /** Closes the console. Work in progress continues as runs. Returns the ids of those runs. */
  close(): string[] {
    this.output.close();
    this.#stopAttribution();
    this.#consoleRun?.leave();
    const left = this.#consoleRun ? [this.#consoleRun.run, ...this.#consoleRun.underWay] : [];
    return left.filter((run) => this.#shared.runner.runs.all.includes(run)).map(({ id }) => id);
  }

  async #evaluate(consoleRun: ConsoleRun, params: ConsoleEvaluateParams, marks: Marks): Promise<ConsoleEvaluateResult> {
    let source: PreparedSource;
    try {
      source = prepareSource(params.source, (name) => this.#shared.isGlobal(name));
      this.#shared.claim(source.declares);
    } catch (error) {
      return this.#answers.threw(error, params, marks);
    }
    const alone = params.bare ? uncalledSource(source.program, this.tasks) : undefined;
    if (alone !== undefined) return refused(`Cannot evaluate "${expressionName(params.source)}": ${alone}`);
    const answer = await this.#shared.engine.evaluate(source, marks);
    const thenable = "value" in answer ? await this.#thenable(answer.value, marks) : undefined;
    const evaluated = await consoleRun.settled(answer, thenable !== undefined);
    if ("stopped" in evaluated) return stopped(evaluated.stopped);
    if ("threw" in evaluated) return this.#answers.threw(evaluated.threw, params, marks);
    const looked = { program: source.program, tasks: this.tasks, calls: consoleRun.calls.length };
    const uncalled = params.bare ? uncalledValue(evaluated.value, looked) : undefined;
    if (uncalled !== undefined) return refused(`Evaluated "${expressionName(params.source)}", but ${uncalled}`);
    if (thenable !== undefined && !params.bare) return this.#answers.notAwaited(evaluated.value, thenable);
    this.#hear(evaluated.value);
    return this.#answers.returned(evaluated.value, params, marks);
  }

  /**
   * The name of a value that is not a promise but can be awaited like one, such as a query builder; undefined for other
   * values.
   */
  async #thenable(value: unknown, marks: Marks): Promise<string | undefined> {
    if (types.isPromise(value) || (typeof value !== "object" && typeof value !== "function")) return undefined;
    let name: string | undefined;
    // Looking at the value may run the app's code.
    await this.#shared.engine.guard(() => (name = thenableName(value)), marks);
    return name;
  }

  /**
   * If a promise that was not awaited rejects, that must not end the app: the error is printed here, like a call's
   * failure.
   */
  #hear(value: unknown): void {
    if (!types.isPromise(value) || value instanceof ObservedPromise) return;
    void Promise.prototype.then.call(value, undefined, (error: unknown) => this.#tell(error));
  }

  #tellUnheard(call: Call, consoleRun: ConsoleRun | undefined): void {
    if (call.unheard && !consoleRun?.isBare) this.#tell(call.unheard.threw);
  }

  #tell(error: unknown): void {
    this.output.write(2, `Uncaught (in promise) ${this.#shared.engine.asTyped(withoutOwnFrames(look(error)))}\n`);
  }

  #lookUp(name: string): { value: unknown } | undefined {
    if (this.values.has(name)) return { value: this.values.get(name) };
    return this.#shared.engine.lookUp(name);
  }

  #newRun(task: string, run = randomBytes(5).toString("hex")): Run {
    return new Run({
      run,
      task,
      timeoutMs: undefined,
      output: this.output,
      claim: () => true,
      context: this.#shared.runner.context,
    });
  }
}
