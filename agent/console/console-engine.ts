// Evaluates in the live process through the main thread's own inspector session: replMode gives top-level await and const
// that can be declared again. Everything that may run code of the app, also the rendering of a value, runs inside of
// `evaluateForConsole`: only there can the gateway stop it without ending the process.
import type { Runtime, Session } from "node:inspector";
import { mayInspect, noInspector } from "../gateway/inspection/inspector-access.ts";
import type { Awaits } from "./awaits.ts";
import type { StopReason } from "./executing.ts";
import type { PreparedSource } from "./source.ts";
import { TypedPlaces } from "./typed-places.ts";

/** What an evaluation came to. */
export type Evaluated = { value: unknown } | { threw: unknown } | { stopped: StopReason };

/** Marks the time in which evaluated code executes: see ./executing.ts. */
export interface Marks {
  execute(code: () => void): void;
  readonly stoppedBy: StopReason;
}

/** What makes a {@link ConsoleEngine}. */
export interface ConsoleEngineOptions {
  /** Takes the place of import(). */
  import: (specifier: string, options?: ImportCallOptions) => Promise<unknown>;
  /** Take the places of await. */
  awaits: Awaits;
}

type Answer = Runtime.EvaluateReturnType | { terminated: true };

/** Reachable for evaluated code by a symbol only; import() becomes a call of it, and of each await one. */
interface Hook extends Pick<Awaits, "pass" | "passEach" | "hold" | "holdEach" | "resume"> {
  import: (specifier: string, options?: ImportCallOptions) => Promise<unknown>;
  take: (value: unknown) => void;
  /** What the boundary encloses, and what {@link ConsoleEngine.guard} runs. */
  enclosed: () => void;
  render: () => void;
}

const HOOK = Symbol.for("remsh.console");
const HOOK_SOURCE = 'globalThis[Symbol.for("remsh.console")]';
const OBJECTS = "remsh";

/** A global for the moment of one look: V8 takes looking the hook's symbol up for a side effect. */
const LOOKED_AT = "__remshLooksAt";

/** How something is looked at. Without replMode the answer comes at once; the types of Node 20 do not know all of it. */
const LOOK: Omit<Runtime.EvaluateParameterType, "expression"> & { throwOnSideEffect: boolean; timeout: number } = {
  throwOnSideEffect: true,
  silent: true,
  objectGroup: OBJECTS,
  // The app waits meanwhile. What takes longer is no plain look.
  timeout: 50,
};

/**
 * The one frame by which the gateway knows that evaluated code can be stopped (gateway/stop-execution.ts looks for its
 * name): a termination ends here, and nowhere above.
 */
function evaluateForConsole(
  session: Session,
  params: Runtime.EvaluateParameterType,
  done: (answer: Answer) => void,
): void {
  session.post("Runtime.evaluate", params, (error, answer) => done(error ? { terminated: true } : answer));
}

/** What all consoles of one agent evaluate with. */
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
    Object.defineProperty(globalThis, HOOK, { value: this.#hook, configurable: true, enumerable: false });
    this.#contextObject = this.#globalObject();
  }

  /**
   * Opens the inspector session; it costs the app nothing while nothing is evaluated.
   *
   * @throws RpcError NOT_SUPPORTED where the process may not use the inspector.
   */
  static async open(options: ConsoleEngineOptions): Promise<ConsoleEngine> {
    if (!mayInspect()) throw noInspector("open a console");
    const { Session } = await import("node:inspector");
    const sessions = [new Session(), new Session()] as const;
    for (const session of sessions) session.connect();
    return new ConsoleEngine(sessions, options);
  }

  /** Evaluates the source; resolves when its last promise has settled. */
  async evaluate({ source, mayAwait, insertions }: PreparedSource, marks: Marks): Promise<Evaluated> {
    const name = `console/${++this.#count}`;
    this.#places.add(this.#count, insertions);
    // replMode always waits for a promise, whether or not it is asked to.
    const answer = await this.#execute(`${source}\n//# sourceURL=${name}`, { replMode: mayAwait }, marks);
    if ("terminated" in answer) return { stopped: marks.stoppedBy };
    const { exceptionDetails, result } = answer;
    if (exceptionDetails) return { threw: this.#take(exceptionDetails.exception ?? result) };
    return { value: this.#take(result) };
  }

  /** Runs our own code that may call the app's, as inspect does, so that it can be stopped; tells why when it was. */
  async guard(code: () => void, marks: Marks): Promise<StopReason | undefined> {
    this.#hook.render = code;
    const answer = await this.#execute(`${HOOK_SOURCE}.render()\n//# sourceURL=console/show`, {}, marks);
    this.#hook.render = () => {};
    return "terminated" in answer ? marks.stoppedBy : undefined;
  }

  /** A text with stacks, whose places in consoles' sources become those in what was typed. */
  asTyped(text: string): string {
    return this.#places.asTyped(text);
  }

  /** The lexical bindings that consoles have declared, and scripts of the app. */
  lexicalNames(): string[] {
    let names: string[] = [];
    this.#session.post("Runtime.globalLexicalScopeNames", {}, (error, answer) => {
      if (!error) names = answer.names;
    });
    return names;
  }

  /** The value of a property, also behind a getter; undefined where reading it might change something, or takes long. */
  readQuietly(object: object, name: string): { value: unknown } | undefined {
    Object.defineProperty(globalThis, LOOKED_AT, { value: object, configurable: true });
    try {
      return this.lookUp(`${LOOKED_AT}[${JSON.stringify(name)}]`);
    } finally {
      Reflect.deleteProperty(globalThis, LOOKED_AT);
    }
  }

  /** The value of an expression, most often a name, without side effects; undefined when there is none. */
  lookUp(expression: string): { value: unknown } | undefined {
    let found: { value: unknown } | undefined;
    const params = { ...LOOK, expression };
    this.#session.post("Runtime.evaluate", params, (error, answer) => {
      if (!error && !answer.exceptionDetails) found = { value: this.#take(answer.result) };
    });
    return found;
  }

  /** Ends the session. What was declared stays; import() in functions that were defined goes on working. */
  close(): void {
    this.#session.disconnect();
    this.#boundary.disconnect();
  }

  #execute(expression: string, options: Runtime.EvaluateParameterType | object, marks: Marks): Promise<Answer> {
    const params = { ...options, expression, objectGroup: OBJECTS, silent: true };
    return new Promise((resolve) => {
      this.#hook.enclosed = () => evaluateForConsole(this.#session, params, resolve);
      marks.execute(() => this.#enclose(() => resolve({ terminated: true })));
    });
  }

  /**
   * V8 acts on a termination at the next function call or turn of a loop. Code that was stopped in its last statement may
   * end before that, and what would be terminated is the delivery of its result, and all above: the process. So there is
   * a second evaluation around the first, in which such a late termination ends.
   */
  #enclose(terminated: () => void): void {
    const expression = `${HOOK_SOURCE}.enclosed()\n//# sourceURL=remsh/boundary`;
    this.#boundary.post("Runtime.evaluate", { expression, silent: true }, (error) => {
      if (error) terminated();
    });
  }

  /** The value itself that a remote object stands for: it lives in this very process. */
  #take(remote: Runtime.RemoteObject): unknown {
    const { objectId, unserializableValue } = remote;
    const value: unknown = remote.value;
    const argument = objectId ? { objectId } : unserializableValue ? { unserializableValue } : { value };
    this.#session.post("Runtime.callFunctionOn", {
      functionDeclaration: `function (value) { ${HOOK_SOURCE}.take(value); }`,
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
    // On a session of the same thread the answer comes at once.
    this.#session.post("Runtime.evaluate", { expression: "globalThis" }, (error, answer) => {
      if (!error) id = answer.result.objectId;
    });
    if (id === undefined) throw new Error("Cannot open a console: the inspector does not answer");
    return id;
  }
}
