// Wraps vm2; no other file uses it. Only text passes into and out of a sandbox. Inside, our program (guest.ts) makes
// tasks callable and turns values into data, so that an expression never sees an object of this process.
import { createRequire } from "node:module";
import type * as Acorn from "acorn";
import type * as Vm2 from "vm2";
import { messageOf } from "../../shared/message-of.ts";
import type { FromSandbox, OutputStream, ToSandbox } from "../border/sandbox-messages.ts";
import { aloneText, isEmpty, mentionText, uncalledMention, uncalledStatement } from "../tasks/uncalled.ts";
import { ExpressionCourse } from "./expression-course.ts";
import type { Ears, Guest } from "./guest.ts";
import { parseCode, toProgram, type AsyncProgram } from "./program.ts";
import type { UnhandledRejections } from "./unhandled-rejections.ts";

/** The bundled guest.ts, which build.mjs inserts here. */
declare const GUEST_PROGRAM: string;

/** The most bytes that one Buffer of an expression may have. */
const BUFFER_BYTES = 32 * 1024 * 1024;

/** Receives a sandbox's messages. */
export interface SandboxEars {
  rejections: UnhandledRejections;
  /** Takes a {@link FromSandbox} as JSON. */
  say(json: string): void;
  /** Takes an array of the values that were printed to a stream, as JSON or devalue's text. */
  print(stream: OutputStream, values: string, encoding: "devalue" | ""): void;
}

/** The expression to evaluate: see {@link ToSandbox}. */
export type Expression = Omit<Extract<ToSandbox, { type: "evaluate" }>, "type">;

/** What the programs in the sandbox return; for vm2 that is `any`. */
interface GuestVm {
  /** guest.ts exports `start`. */
  run(code: string, name: "guest"): (ears: Ears) => Guest;
  run(code: string, name: "expression"): AsyncProgram;
}

/** A sandbox; it keeps the variables of its expressions. It reports to {@link SandboxEars}. */
export class Sandbox {
  readonly #ears: SandboxEars;
  readonly #vm: GuestVm;
  readonly #parser: typeof Acorn.Parser;
  readonly #guest: Guest;
  #lastCall = 0;
  #course: ExpressionCourse | undefined;

  /** Loads vm2 from the path. */
  constructor(vm2: string, ears: SandboxEars) {
    this.#ears = ears;
    const load: (path: string) => typeof Vm2 = createRequire(__filename);
    const loadParser: (name: "acorn") => typeof Acorn = createRequire(vm2);
    const { VM } = load(vm2);
    this.#parser = loadParser("acorn").Parser;
    // vm2's types do not declare its `bufferAllocLimit`.
    const options: Vm2.VMOptions & { bufferAllocLimit: number } = {
      eval: false,
      wasm: false,
      bufferAllocLimit: BUFFER_BYTES,
    };
    this.#vm = new VM(options);
    const start = this.#vm.run(`(() => {${GUEST_PROGRAM}; return guest.start;})()`, "guest");
    this.#guest = start(this.#heard());
  }

  evaluate({ code, tasks, isWhole }: Expression): void {
    try {
      const parsed = parseCode(code, this.#parser);
      const uncalled = uncalledStatement(parsed, tasks);
      if (uncalled !== undefined) throw new SyntaxError(aloneText(uncalled, tasks));
      if (isWhole && isEmpty(parsed)) throw new SyntaxError("there is nothing in it to evaluate");
      const mention = isWhole ? uncalledMention(parsed, tasks) : undefined;
      const { rejections } = this.#ears;
      const say = (json: string) => this.#ears.say(json);
      const program = this.#vm.run(toProgram(code, parsed), "expression");
      this.#course = new ExpressionCourse(
        { guest: this.#guest, say, rejections },
        mention && mentionText(mention, tasks),
      );
      // Not when the last expression ended: V8 reports a rejection after the code that ran, and that expression's throw
      // had been reported by then.
      rejections.clear();
      this.#guest.evaluate(program, JSON.stringify(tasks));
    } catch (error) {
      const message: FromSandbox = { type: "unreadable", reason: messageOf(error) };
      this.#ears.say(JSON.stringify(message));
    }
  }

  /** Takes the response to a call. */
  answer(response: string): void {
    this.#course?.answer(response);
  }

  /**
   * Ends an expression that has nothing left to wait for, and otherwise reports that it waits. Called when all code
   * that could continue after `heard` messages has done so.
   */
  checkForEnd(heard: number): void {
    this.#course?.goOn(heard);
  }

  /** Passes the guest's reports to the expression in progress. */
  #heard(): Ears {
    return {
      call: (task, text, encoding) => {
        this.#course?.call(++this.#lastCall, task, { text, encoding });
        return this.#lastCall;
      },
      print: (stream, values, encoding) => this.#ears.print(stream, values, encoding),
      returned: () => this.#course?.told.returned(),
      value: (encoded, encoding, text) => this.#course?.told.value(encoded, encoding, text),
      unserializable: (reason, text) => this.#course?.told.unserializable(reason, text),
      uncalled: (reason) => this.#course?.told.uncalled(reason),
      threw: (thrown, call, exitCode) => this.#course?.told.threw(thrown, call, exitCode),
    };
  }
}
