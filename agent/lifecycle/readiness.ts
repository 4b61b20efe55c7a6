// Asks the app whether it is ready, and never asks twice at once: probes come every few seconds, and a check that hangs
// must not pile up.
import type { Readiness } from "../../shared/messages/messages.ts";
import { reasonOf } from "../tasks/thrown.ts";

/** A check that has not answered for so long is given up, and the next probe asks anew. */
const GIVE_UP_MS = 30_000;

/** What the app says. */
export interface Verdict {
  ready: Readiness;
  reason?: string;
}

/** The app's own word on whether it is ready. */
export class ReadinessCheck {
  readonly #ask: (() => unknown) | undefined;
  #asking: Promise<Verdict> | undefined;
  #askedAt = 0;

  constructor(ask: (() => unknown) | undefined) {
    this.#ask = ask;
  }

  /** What the app says now, or what it is about to say to those who asked before. Never rejects. */
  verdict(): Promise<Verdict> {
    if (this.#asking && performance.now() - this.#askedAt < GIVE_UP_MS) return this.#asking;
    this.#askedAt = performance.now();
    const asking = this.#verdict().finally(() => {
      if (this.#asking === asking) this.#asking = undefined;
    });
    this.#asking = asking;
    return asking;
  }

  async #verdict(): Promise<Verdict> {
    try {
      const answer = await this.#ask?.();
      return { ready: answer === false ? "not-ready" : "ready" };
    } catch (error) {
      return { ready: "not-ready", reason: reasonOf(error) };
    }
  }
}
