// The consoles of one connection, seen from the gateway: who opened them, and which of them executes right now.
import { randomBytes } from "node:crypto";
import { EVALUATION_LIMIT_MS } from "../../shared/console-messages.ts";
import { MAX_DURATION_MS } from "../../shared/duration.ts";
import { RpcError } from "../../shared/errors.ts";
import { expressionName } from "../../shared/expression-name.ts";
import type { Request } from "../../shared/messages.ts";
import { RUN_ID, requestMessage } from "../../shared/protocol.ts";
import type { ConsoleEvaluation } from "./console-evaluation.ts";
import type { BusyConsole, Gateway } from "./gateway.ts";
import { QUICK_REQUEST_MS } from "./limits.ts";
import type { Relay } from "./relay.ts";

/** Names in the list of those who block an app are short. */
const WHO_CHARS = 100;

/** The consoles of one connection. */
export class Consoles {
  readonly #relay: Relay;
  readonly #gateway: Gateway;
  readonly #who = new Map<string, string>();

  constructor(relay: Relay, gateway: Gateway) {
    this.#relay = relay;
    this.#gateway = gateway;
  }

  /** The console that keeps the main thread busy, if one of these does. */
  get busy(): BusyConsole | undefined {
    const busy = this.#relay.busyConsole;
    return busy && { who: this.#who.get(busy.console) ?? "somebody", executingMs: busy.ms };
  }

  /** Takes a request about a console; undefined when it answers itself, later. */
  dispatch(request: Request, text: string): Promise<object> | undefined {
    switch (request.method) {
      case "console.open":
        return this.#open(request);
      case "console.evaluate":
        return this.#evaluate(request);
      case "console.interrupt":
        return this.#interrupt(textOf(request, "console"));
      case "console.close":
        this.#who.delete(textOf(request, "console"));
        break;
      case "console.complete":
        textOf(request, "line");
        break;
    }
    textOf(request, "console");
    this.#relay.ask(request, text, QUICK_REQUEST_MS);
    return undefined;
  }

  #open(request: Request): undefined {
    if (this.#gateway.closing) throw new RpcError("CLOSING", "Cannot open a console: the app is stopping");
    const who = textOf(request, "who").slice(0, WHO_CHARS);
    const console = this.#idOf(request.params.console);
    this.#who.set(console, who);
    this.#relay.open(request, requestMessage(request.id, "console.open", { ...request.params, who, console }));
  }

  #idOf(chosen: unknown): string {
    if (chosen === undefined) return randomBytes(4).toString("hex");
    if (typeof chosen !== "string" || !RUN_ID.test(chosen) || this.#who.has(chosen))
      throw new RpcError(
        "BAD_ARGUMENTS",
        'Cannot open a console: "console" must be 1 to 64 of A-Z a-z 0-9 _ - and not be open',
      );
    return chosen;
  }

  #evaluate(request: Request): undefined {
    if (this.#gateway.closing) throw new RpcError("CLOSING", "Cannot evaluate: the app is stopping");
    const source = textOf(request, "source");
    const console = textOf(request, "console");
    const limitMs = limitOf(request);
    const named = {
      run: randomBytes(5).toString("hex"),
      task: `console of ${this.#who.get(console) ?? "somebody"}: ${expressionName(source)}`,
    };
    const text = requestMessage(request.id, "console.evaluate", { ...request.params, ...named });
    this.#relay.evaluate(request, text, { ...named, console, limitMs });
  }

  async #interrupt(console: string): Promise<object> {
    const evaluation: ConsoleEvaluation | undefined = this.#relay.evaluations.find(
      (found) => found.console === console,
    );
    if (!evaluation) return { state: "idle" };
    await evaluation.interrupt();
    return { state: "interrupted" };
  }
}

function textOf({ method, params }: Request, name: string): string {
  const value = params[name];
  if (typeof value === "string") return value;
  throw new RpcError("BAD_ARGUMENTS", `Cannot read the parameters of "${method}": "${name}" must be a string`);
}

function limitOf({ params: { timeoutMs = EVALUATION_LIMIT_MS } }: Request): number {
  const limitMs = Number(timeoutMs);
  if (typeof timeoutMs === "number" && Number.isInteger(limitMs) && limitMs > 0 && limitMs <= MAX_DURATION_MS)
    return limitMs;
  throw new RpcError("BAD_ARGUMENTS", `Cannot evaluate: "timeoutMs" must be a whole number of milliseconds`);
}
