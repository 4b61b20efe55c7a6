// Evaluates code in the live process through the main thread's own inspector session. Its replMode allows top-level
// await, and a const that is declared again. Anything that may run the app's code, including the rendering of a value,
// runs inside `evaluateForConsole`: only there can the gateway stop it without ending the process.
import type { Runtime, Session } from "node:inspector";
import { mayInspect, noInspector } from "../border/inspector-access.ts";
import type { Awaits } from "./awaits.ts";
import type { StopReason } from "./executing.ts";
import { holdUntilAnswered } from "./held-promises.ts";
import { HOOK, type PreparedSource } from "./source.ts";
import { TypedPlaces } from "./typed-places.ts";

/** The outcome of an evaluation. */
export type Evaluated = { value: unknown } | { threw: unknown } | { stopped: StopReason };

/** Marks the time in which evaluated code executes: see ./executing.ts. */
export interface Marks {
  execute(code: () => void): void;
  readonly stoppedBy: StopReason;
}

/** The options of {@link ConsoleEngine}. */
export interface ConsoleEngineOptions {
  /** Replaces import(). */
  import: (specifier: string, options?: ImportCallOptions) => Promise<unknown>;
  /** Replaces await. */
  awaits: Awaits;
}

type Answer = Runtime.EvaluateReturnType | { terminated: true };

/** Evaluated code reaches this only by a symbol. Each import() and await becomes a call of it. */
interface Hook extends Pick<Awaits, "pass" | "passEach" | "hold" | "holdEach" | "resume"> {
  import: (specifier: string, options?: ImportCallOptions) => Promise<unknown>;
  take: (value: unknown) => void;
  /** The code inside the boundary: what {@link ConsoleEngine.guard} runs. */
  enclosed: () => void;
  render: () => void;
}

const HOOK_SYMBOL = Symbol.for("remsh.console");
const OBJECTS = "remsh";

/** A global that exists only during one look: V8 counts a lookup of the hook's symbol as a side effect. */
const LOOKED_AT = "__remshLooksAt";

/**
 * The options for a look. Without replMode the answer comes synchronously. The types of Node 20 do not declare all of
 * them.
 */
const LOOK: Omit<Runtime.EvaluateParameterType, "expression"> & { throwOnSideEffect: boolean; timeout: number } = {
  throwOnSideEffect: true,
  silent: true,
  objectGroup: OBJECTS,
  // The app waits meanwhile. A simple look is faster than this.
  timeout: 50,
};

/**
 * The one frame by which the gateway knows that evaluated code can be stopped: ../gateway/inspection/stop-execution.ts
 * looks for its name. A termination ends here, and never above.
 */
function evaluateForConsole(
  session: Session,
  params: Runtime.EvaluateParameterType,
  done: (answer: Answer) => void,
): void {
  session.post("Runtime.evaluate", params, (error, answer) => done(error ? { terminated: true } : answer));
}

/** Evaluates for all consoles of one agent. */
export class ConsoleEngine {
  readonly #session: Session;
  readonly #boundary: Session;
  readonly #hook: Hook;
  readonly #contextObject: string;
  readonly #places = new TypedPlaces();
  #taken: unknown;
  #count = 0;

  private constructor([session, boundary]: readonly [Session, Session], hook: ConsoleEngineOptions) {
    this.#session = session;
    this.#boundary = boundary;
    const { pass, passEach, hold, holdEach, resume } = hook.awaits;
    this.#hook = {
      import: hook.import,
      ...{ pass, passEach, hold, holdEach, resume },
      take: (value) => (this.#taken = value),
      enclosed: () => {},
      render: () => {},
    };
    Object.defineProperty(globalThis, HOOK_SYMBOL, { value: this.#hook, configurable: true, enumerable: false });
    this.#contextObject = this.#globalObject();
  }

  /**
   * Opens the inspector session. It costs the app nothing between evaluations.
   *
   * @throws RpcError NOT_SUPPORTED if the process may not use the inspector.
   */
  static async open(options: ConsoleEngineOptions): Promise<ConsoleEngine> {
    if (!mayInspect()) throw noInspector("open a console");
    const { Session } = await import("node:inspector");
    const sessions = [new Session(), new Session()] as const;
    for (const session of sessions) session.connect();
    try {
      return new ConsoleEngine(sessions, options);
    } catch (error) {
      for (const session of sessions) session.disconnect();
      throw error;
    }
  }

  /** Evaluates the source; resolves when its last promise has settled. */
  async evaluate({ source, mayAwait, insertions }: PreparedSource, marks: Marks): Promise<Evaluated> {
    const name = `console/${++this.#count}`;
    this.#places.add(this.#count, insertions);
    // replMode always waits for a promise, even when it is not asked to.
    const answer = await this.#execute(`${source}\n//# sourceURL=${name}`, { replMode: mayAwait }, marks);
    if ("terminated" in answer) return { stopped: marks.stoppedBy };
    const { exceptionDetails, result } = answer;
    if (exceptionDetails) return { threw: this.#take(exceptionDetails.exception ?? result) };
    return { value: this.#take(result) };
  }

  /**
   * Runs our own code that may call the app's, such as inspect, so that it can be stopped. Returns the reason if it was
   * stopped.
   */
  async guard(code: () => void, marks: Marks): Promise<StopReason | undefined> {
    this.#hook.render = code;
    const answer = await this.#execute(`${HOOK}.render()\n//# sourceURL=console/show`, {}, marks);
    this.#hook.render = () => {};
    return "terminated" in answer ? marks.stoppedBy : undefined;
  }

  /** The text with the places in consoles' sources mapped back to the typed code. */
  asTyped(text: string): string {
    return this.#places.asTyped(text);
  }

  /** The lexical bindings that consoles and scripts of the app have declared. */
  lexicalNames(): string[] {
    let names: string[] = [];
    this.#session.post("Runtime.globalLexicalScopeNames", {}, (error, answer) => {
      if (!error) names = answer.names;
    });
    return names;
  }

  /** The value of a property, also behind a getter. Undefined if reading it might change something, or takes long. */
  readQuietly(object: object, name: string): { value: unknown } | undefined {
    Object.defineProperty(globalThis, LOOKED_AT, { value: object, configurable: true });
    try {
      return this.lookUp(`${LOOKED_AT}[${JSON.stringify(name)}]`);
    } finally {
      Reflect.deleteProperty(globalThis, LOOKED_AT);
    }
  }

  /** The value of an expression, most often a name, without side effects. Undefined when there is none. */
  lookUp(expression: string): { value: unknown } | undefined {
    let found: { value: unknown } | undefined;
    const params = { ...LOOK, expression };
    this.#session.post("Runtime.evaluate", params, (error, answer) => {
      if (!error && !answer.exceptionDetails) found = { value: this.#take(answer.result) };
    });
    return found;
  }

  /** Ends the session. Declared names stay, and import() in functions that were defined still works. */
  close(): void {
    this.#session.disconnect();
    this.#boundary.disconnect();
  }

  #execute(expression: string, options: Runtime.EvaluateParameterType | object, marks: Marks): Promise<Answer> {
    const params = { ...options, expression, objectGroup: OBJECTS, silent: true };
    return new Promise((resolve) => {
      this.#hook.enclosed = () =>
        holdUntilAnswered((answered) => {
          evaluateForConsole(this.#session, params, (answer) => {
            answered();
            resolve(answer);
          });
        });
      marks.execute(() => this.#enclose(() => resolve({ terminated: true })));
    });
  }

  /**
   * V8 acts on a termination at the next function call or turn of a loop. Code that was stopped in its last statement
   * may end before that. The termination would then hit the delivery of its result and everything above it, which ends
   * the process. So a second evaluation encloses the first one, and a late termination ends there.
   */
  #enclose(terminated: () => void): void {
    const expression = `${HOOK}.enclosed()\n//# sourceURL=remsh/boundary`;
    this.#boundary.post("Runtime.evaluate", { expression, silent: true }, (error) => {
      if (error) terminated();
    });
  }

  /** The value that a remote object stands for: it lives in this process. */
  #take(remote: Runtime.RemoteObject): unknown {
    const { objectId, unserializableValue } = remote;
    const value: unknown = remote.value;
    const argument = objectId ? { objectId } : unserializableValue ? { unserializableValue } : { value };
    this.#session.post("Runtime.callFunctionOn", {
      functionDeclaration: `function (value) { ${HOOK}.take(value); }`,
      objectId: this.#contextObject,
      arguments: [remote.type === "undefined" ? {} : argument],
      silent: true,
    });
    const taken = this.#taken;
    this.#taken = undefined;
    this.#session.post("Runtime.releaseObjectGroup", { objectGroup: OBJECTS });
    return taken;
  }

  #globalObject(): string {
    let id: string | undefined;
    // A session on the same thread answers synchronously.
    this.#session.post("Runtime.evaluate", { expression: "globalThis" }, (error, answer) => {
      if (!error) id = answer.result.objectId;
    });
    if (id === undefined) throw new Error("Cannot open a console: the inspector does not answer");
    return id;
  }
}
