// The one file that knows vm2. A sandbox is entered by text and left by text: inside it a program of ours (guest.ts) makes
// tasks callable and values into data, so that no object of this process is ever shown to an expression.
import { createRequire } from "node:module";
import type * as Acorn from "acorn";
import type * as Vm2 from "vm2";
import { messageOf } from "../../shared/message-of.ts";
import type { FromEvaluator, OutputStream, ToEvaluator } from "../gateway/evaluator-messages.ts";
import type { Guest } from "./guest.ts";
import { aloneText, isEmpty, mentionText, uncalledMention, uncalledStatement } from "../uncalled.ts";
import { parseCode, toProgram } from "./program.ts";

/** guest.ts, bundled: build.mjs puts it here. */
declare const GUEST_PROGRAM: string;

/** Bytes that one Buffer of an expression may have. */
const BUFFER_BYTES = 32 * 1024 * 1024;

/** Where a sandbox's messages go. */
export interface SandboxEars {
  /** Hears a {@link FromEvaluator} as JSON. */
  say(json: string): void;
  /** Hears the values that were printed to a stream, as devalue's text of an array. */
  print(stream: OutputStream, values: string): void;
}

/** What is to be evaluated: see {@link ToEvaluator}. */
export type Expression = Omit<Extract<ToEvaluator, { type: "evaluate" }>, "type">;

/** A sandbox; what becomes of an expression is told to the {@link SandboxEars}. */
export interface Sandbox {
  evaluate(expression: Expression): void;
  /** Takes the response to a call. */
  answer(response: string): void;
  /** Ends an expression that has nothing more to wait for; asked when all that could go on has gone on. */
  checkForEnd(): void;
}

/** Loads vm2 from the path and opens a sandbox that keeps the variables of its expressions. */
export function openSandbox(vm2: string, ears: SandboxEars): Sandbox {
  const { VM } = createRequire(__filename)(vm2) as typeof Vm2;
  const { Parser } = createRequire(vm2)("acorn") as typeof Acorn;
  // vm2's types do not know its `bufferAllocLimit`.
  const options: Vm2.VMOptions & { bufferAllocLimit: number } = {
    eval: false,
    wasm: false,
    bufferAllocLimit: BUFFER_BYTES,
  };
  const vm = new VM(options);
  // What vm2 returns is typed `any`: guest.ts exports `start`, which returns a Guest.
  const start = vm.run(`(() => {${GUEST_PROGRAM}; return guest.start;})()`, "guest") as (
    send: (kind: string, body: string) => void,
  ) => Guest;
  const guest = start((kind, body) => {
    if (kind === "stdout" || kind === "stderr") ears.print(kind, body);
    else ears.say(body);
  });
  return {
    answer: (response) => guest.answer(response),
    checkForEnd: () => guest.checkForEnd(),
    evaluate({ code, tasks, isWhole }) {
      try {
        const parsed = parseCode(code, Parser);
        const uncalled = uncalledStatement(parsed, tasks);
        if (uncalled !== undefined) throw new SyntaxError(aloneText(uncalled, tasks));
        if (isWhole && isEmpty(parsed)) throw new SyntaxError("there is nothing in it to evaluate");
        const program = vm.run(toProgram(code, parsed), "expression") as () => Promise<unknown>;
        const mention = isWhole ? uncalledMention(parsed, tasks) : undefined;
        guest.evaluate(program, JSON.stringify(tasks), mention && mentionText(mention, tasks));
      } catch (error) {
        const message: FromEvaluator = { type: "unreadable", reason: messageOf(error) };
        ears.say(JSON.stringify(message));
      }
    },
  };
}
