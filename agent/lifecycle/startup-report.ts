// Reports to `remsh start` how far the app is: its entry has been evaluated, it serves, and what it waits for meanwhile.
import type { Readiness } from "./readiness.ts";
import { tellSupervisor } from "./supervision.ts";

/** What no event announces is looked at this often: a health path, the app's own check, a server of another thread. */
const LOOK_EVERY_MS = 250;

/** The report of one agent, until the app serves. */
export class StartupReport {
  readonly #readiness: () => Readiness;
  readonly #timer: NodeJS.Timeout;
  #isUp = false;
  #waitsFor = "";
  #isOver = false;

  constructor(readiness: () => Readiness) {
    this.#readiness = readiness;
    this.#timer = setInterval(() => void this.#look(), LOOK_EVERY_MS).unref();
    this.watch();
  }

  /** Begins to watch the current readiness, after it was replaced. */
  watch(): void {
    if (!this.#isOver) this.#readiness().onEvent(() => void this.#look());
  }

  end(): void {
    this.#isOver = true;
    clearInterval(this.#timer);
  }

  async #look(): Promise<void> {
    const readiness = this.#readiness();
    const verdict = await readiness.verdict();
    if (this.#isOver || readiness !== this.#readiness()) return;
    if (!this.#isUp && readiness.isUp(verdict)) {
      this.#isUp = true;
      tellSupervisor({ type: "loaded" });
    }
    if (verdict.ready === "ready") {
      tellSupervisor({ type: "serving" });
      return this.end();
    }
    const { reason = `ready when ${readiness.when}` } = verdict;
    if (reason === this.#waitsFor) return;
    this.#waitsFor = reason;
    tellSupervisor({ type: "waits", reason });
  }
}
