// Decides how one expression proceeds and ends, outside the sandbox: which calls are in flight, which have failed, and
// whether anything is left to wait for. The evaluated code cannot reach this.
import type { AgentMessage } from "../../shared/messages/messages.ts";
import type { FromSandbox } from "../border/sandbox-messages.ts";
import { TASK_CALLS } from "../border/limits.ts";
import type { Ears, Guest } from "./guest.ts";
import type { UnhandledRejections } from "./unhandled-rejections.ts";

/** The parts around an expression. */
export interface Around {
  guest: Guest;
  rejections: UnhandledRejections;
  /** Sends a {@link FromSandbox} as JSON. */
  say(json: string): void;
}

/** An expression in progress. */
export class ExpressionCourse {
  readonly #around: Around;
  readonly #mention: string | undefined;
  /** Calls that have not been answered. `#unsent` has the messages of the latest ones, which have not been sent yet. */
  readonly #inFlight = new Set<number>();
  readonly #unsent: string[] = [];
  readonly #failed = new Set<number>();
  #stage: "running" | "returned" | "looked" | "told" | "ended" = "running";
  /** The message about its value, to be sent when its calls have ended. */
  #ending = "";
  #hasCalled = false;
  #heard = 0;

  /** `mention` is the message for an expression that names a task but calls none. */
  constructor(around: Around, mention: string | undefined) {
    this.#around = around;
    this.#mention = mention;
  }

  get hasEnded(): boolean {
    return this.#stage === "ended";
  }

  /** Takes the response to a call, as the runner wrote it. */
  answer(response: string): void {
    const { id, result, error } = JSON.parse(response) as AgentMessage;
    const call = Number(id);
    if (!this.#inFlight.delete(call)) return;
    this.#sendCalls();
    if (error) this.#failed.add(call);
    this.#around.guest.settle(call, error !== undefined, JSON.stringify(error ?? result));
  }

  /** Begins a call; `args` is JSON or devalue's text. */
  call(call: number, task: string, args: { text: string; encoding: string }): void {
    this.#hasCalled = true;
    this.#inFlight.add(call);
    this.#unsent.push(
      `{"type":"call","call":${call},"task":${JSON.stringify(task)},"args":${argumentsOf(args.text, args.encoding)}}`,
    );
    this.#sendCalls();
  }

  #sendCalls(): void {
    while (this.#inFlight.size - this.#unsent.length < TASK_CALLS) {
      const call = this.#unsent.shift();
      if (call === undefined) return;
      this.#around.say(call);
    }
  }

  /**
   * Takes the next step if the expression has nothing to wait for. Called when all code that could continue after
   * `heard` messages has done so.
   */
  goOn(heard: number): void {
    if (this.#stage === "ended") return;
    if (this.#inFlight.size > 0) return this.#around.say(toJson({ type: "waiting", heard }));
    this.#heard = heard;
    // An expression ends when its calls have ended: a call that was not awaited counts, and so does its failure.
    if (this.#tellUnhandled()) return;
    if (this.#stage === "told") return this.#end(this.#ending);
    if (this.#stage === "running") return this.#around.guest.tellStuck();
    if (this.#stage === "looked") return this.#around.guest.tellValue();
    this.#stage = "looked";
    this.#around.guest.look();
    this.#goOnSoon();
  }

  /** The reports of the guest about this expression. */
  readonly told: Omit<Ears, "call" | "print"> = {
    returned: () => {
      this.#stage = "returned";
    },
    value: (encoded, encoding, text) => {
      const value =
        encoding === "devalue" ? `"value":${JSON.stringify(encoded)},"encoding":"devalue"` : `"value":${encoded}`;
      const shown = text === undefined ? "" : `,"text":${JSON.stringify(text)}`;
      this.#tell(`{"type":"returned","result":{${encoded === undefined ? "" : value}}${shown}}`);
    },
    unserializable: (reason, text) => this.#tell(toJson({ type: "unserializable", reason, text })),
    uncalled: (reason) => this.#tell(toJson({ type: "uncalled", reason })),
    threw: (thrown, call, exitCode) => {
      const which = call === 0 ? "" : `,"call":${call}`;
      this.#end(
        `{"type":"threw","thrown":${thrown}${which}${exitCode === undefined ? "" : `,"exitCode":${exitCode}`}}`,
      );
    },
  };

  #tellUnhandled(): boolean {
    if (this.#around.guest.tellUnheard()) return true;
    const unhandled = this.#around.rejections.first();
    if (unhandled === undefined) return false;
    const { call, thrown } = unhandled;
    const isFailed = call !== undefined && this.#failed.has(call);
    this.#end(toJson({ type: "threw", thrown, ...(isFailed && { call }) }));
    return true;
  }

  /**
   * Turning a value into text may run the expression's own code, which may call tasks. The end waits for those calls,
   * too.
   */
  #tell(message: string): void {
    const isMention = !this.#hasCalled && this.#mention !== undefined && !message.startsWith('{"type":"uncalled"');
    this.#ending = isMention ? toJson({ type: "uncalled", reason: this.#mention }) : message;
    this.#stage = "told";
    this.#goOnSoon();
  }

  #goOnSoon(): void {
    setImmediate(() => this.goOn(this.#heard));
  }

  #end(message: string): void {
    if (this.#stage === "ended") return;
    this.#stage = "ended";
    this.#around.guest.forget();
    this.#around.say(message);
  }
}

function argumentsOf(text: string, encoding: string): string {
  if (text === "") return "{}";
  return encoding === "devalue" ? `{"args":${JSON.stringify(text)},"encoding":"devalue"}` : `{"args":${text}}`;
}

function toJson(message: FromSandbox): string {
  return JSON.stringify(message);
}
