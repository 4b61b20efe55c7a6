// Asks the app whether it is ready, one check at a time: probes come every few seconds, and checks that hang must not
// pile up.
import { reasonOf } from "../tasks/thrown.ts";
import type { ReadyRule, Verdict } from "./ready-rule.ts";

/** A check that has not answered for this long is abandoned, and the next probe starts a new one. */
const GIVE_UP_MS = 30_000;

/** The app's own readiness check. */
export class CheckRule implements ReadyRule {
  readonly when = "its own check says so";
  readonly #ask: () => unknown;
  #asking: Promise<Verdict> | undefined;
  #askedAt = 0;

  constructor(ask: () => unknown) {
    this.#ask = ask;
  }

  /** The app's answer, or the pending answer to an earlier caller. Never rejects. */
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
      const answer = await this.#ask();
      return { ready: answer === false ? "not-ready" : "ready" };
    } catch (error) {
      return { ready: "not-ready", reason: reasonOf(error) };
    }
  }
}
