// What the gateway knows of the app without asking it: its name, and whether its event loop turns. With this the
// gateway can explain why a request has no answer.
import { formatDuration } from "../../../shared/duration.ts";
import { RpcError, type TaskState } from "../../../shared/errors.ts";
import type { GatewayData, Identity } from "../../border/channel.ts";
import { STALLED_AFTER_MS } from "./limits.ts";
import { Pulse } from "./pulse.ts";
import { openResidentMemory } from "./resident-memory.ts";

/** The app, as the gateway thread sees it. */
export class AppState {
  readonly identity: Identity;
  readonly #pulse: Pulse;
  readonly #residentBytes = openResidentMemory();

  constructor({ identity, heartbeat }: Pick<GatewayData, "identity" | "heartbeat">) {
    this.identity = identity;
    this.#pulse = new Pulse(heartbeat);
  }

  /** How long the event loop has not turned, in milliseconds; 0 while it turns. */
  get stalledMs(): number {
    return this.#pulse.stalledMs;
  }

  /** How late the last beat of the event loop was, in milliseconds. */
  get loopDelayMs(): number {
    return this.#pulse.loopDelayMs;
  }

  /** How much memory the process has, in bytes. */
  get residentBytes(): number {
    return this.#residentBytes();
  }

  /** True when the event loop has not turned for {@link STALLED_AFTER_MS}. */
  get isStalled(): boolean {
    return this.stalledMs >= STALLED_AFTER_MS;
  }

  /** The error when the main thread has not answered a request that it should answer at once. */
  noAnswer(method: string, limitMs: number): RpcError {
    if (this.isStalled) return new RpcError("STALLED", this.#stalledSentence);
    const sentence = `${this.name} did not answer "${method}" within ${formatDuration(limitMs)}`;
    return new RpcError("TIMEOUT", sentence, { state: "not-started" });
  }

  /** The error when the main thread has begun a request and has not reported its end. */
  noEnd(method: string, limitMs: number): RpcError {
    const { code, message } = this.noAnswer(method, limitMs);
    return new RpcError(code, `${message}; the ${method} has begun, and may still run`, { state: "unknown" });
  }

  /** The error when the main thread does not know yet that the run was cancelled. */
  cancelNotHeard(run: string, state: TaskState): RpcError {
    const { isStalled } = this;
    const when = isStalled ? this.#stalledSentence : `${this.name} has not answered`;
    const code = isStalled ? "STALLED" : "TIMEOUT";
    return new RpcError(code, `${when}; the run is cancelled when it turns`, { run, state });
  }

  get #stalledSentence(): string {
    return `${this.name} is stalled: its event loop has not turned for ${formatDuration(this.stalledMs)}`;
  }

  /** The name in error sentences: `shop 4711`. */
  get name(): string {
    return `${this.identity.app} ${this.identity.instance}`;
  }
}
