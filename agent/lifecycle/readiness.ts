// Decides whether the app is ready, by the rule that the app has chosen: "ready" in package.json or in `startAgent`.
import type { ReadySetting } from "../../shared/ready-setting.ts";
import { CheckRule } from "./check-rule.ts";
import { entryState, type EntryState } from "./entry-state.ts";
import { HealthRule } from "./health-rule.ts";
import { ListeningRule } from "./listening-rule.ts";
import { nothingListens, type Observed, type ReadyRule, type Verdict } from "./ready-rule.ts";
import { serversOfProcess } from "./servers.ts";

/** What `startAgent` takes as "ready". */
export type Ready = ReadySetting | (() => unknown) | undefined;

/** Whether the app is ready. */
export class Readiness {
  readonly #observed: Observed;
  readonly #rule: ReadyRule;

  /** Without a setting, an app that opens a server is ready when it listens. `healthPort` is the agent's own. */
  constructor(ready: Ready, { healthPort }: { healthPort: number | undefined }) {
    this.#observed = { servers: serversOfProcess(), entry: entryState() };
    this.#observed.servers.healthPort = healthPort;
    this.#rule = ruleOf(ready, this.#observed);
  }

  /** In words that follow "ready when". */
  get when(): string {
    return this.#rule.when;
  }

  /** True if the entry has been evaluated, or if the verdict shows that the app does not wait for that. */
  isUp({ ready }: Verdict): boolean {
    return this.#observed.entry.evaluatedAt !== undefined || (ready === "ready" && !(this.#rule instanceof CheckRule));
  }

  /** Whether the app is ready; of an app that starts, also where its entry is. Never rejects. */
  async verdict(): Promise<Verdict> {
    const verdict = await this.#rule.verdict();
    if (verdict.ready !== "starting") return verdict;
    const reasons = [verdict.reason, await this.#observed.entry.where()].filter((each) => each !== undefined);
    return { ready: "starting", reason: reasons.join(", and ") };
  }

  /** Calls the function whenever the verdict may have changed by an event. */
  onEvent(changed: () => void): void {
    this.#observed.servers.changed = changed;
    void this.#observed.entry.evaluated.then(changed);
  }
}

function ruleOf(ready: Ready, observed: Observed): ReadyRule {
  if (typeof ready === "function") return new CheckRule(ready);
  if (typeof ready === "number") return portRule(ready, observed);
  if (ready === "evaluated") return evaluatedRule(observed.entry);
  if (ready === undefined || ready === "listening") return new ListeningRule(observed, { always: ready !== undefined });
  return new HealthRule(ready, observed.servers);
}

function portRule(port: number, { servers }: Observed): ReadyRule {
  let was: Verdict["ready"] = "starting";
  return {
    when: `port ${port} listens`,
    verdict: () => {
      if (!servers.listensAt(port)) return { ready: was, reason: nothingListens(servers, ` at port ${port}`) };
      was = "not-ready"; // from now on, a port that does not listen is not that of an app that starts
      return { ready: "ready" };
    },
  };
}

function evaluatedRule(entry: EntryState): ReadyRule {
  return {
    when: "its entry has been evaluated",
    verdict: () => ({ ready: entry.evaluatedAt === undefined ? "starting" : "ready" }),
  };
}
