// The default rule: an app that opens a server is ready when the first one listens. An app without a server is ready a
// few seconds after its entry has been evaluated, or while its entry awaits for ever, as a consumer's loop does.
import { formatDuration } from "../../shared/duration.ts";
import { PATIENCE_MS } from "./entry-state.ts";
import { nothingListens, type Observed, type ReadyRule, type Verdict } from "./ready-rule.ts";
import { addressText } from "./servers.ts";

const READY: Verdict = { ready: "ready" };

/** The rule "listening". */
export class ListeningRule implements ReadyRule {
  readonly #observed: Observed;
  readonly #always: boolean;
  /** Where it listened when that was last seen. */
  #address: string | undefined;
  #listensSince = 0;
  #hasNoServer = false;

  /** With `always`, an app without a server is never ready. */
  constructor(observed: Observed, { always }: { always: boolean }) {
    this.#observed = observed;
    this.#always = always;
  }

  get when(): string {
    if (this.#address !== undefined) return `its first server listens (${this.#address})`;
    if (!this.#hasNoServer) return "its first server listens";
    const isEvaluated = this.#observed.entry.evaluatedAt !== undefined;
    const state = isEvaluated ? "its entry has been evaluated" : "its entry awaits";
    return `${state}, and no server listened within ${formatDuration(PATIENCE_MS)}`;
  }

  verdict(): Verdict | Promise<Verdict> {
    if (this.#hasNoServer) return READY;
    const [first] = this.#observed.servers.listening;
    if (first) return this.#listening(addressText(first.address));
    if (this.#address === undefined) return this.#silent();
    return { ready: "not-ready", reason: `its server does not listen any longer (${this.#address})` };
  }

  /** An entry that has not ended may be about to do more, but not for ever. */
  #listening(address: string): Verdict {
    this.#listensSince ||= performance.now();
    const { evaluatedAt } = this.#observed.entry;
    if (evaluatedAt === undefined && performance.now() - this.#listensSince < PATIENCE_MS) return { ready: "starting" };
    this.#address = address;
    return READY;
  }

  async #silent(): Promise<Verdict> {
    const { entry, servers } = this.#observed;
    const reason = nothingListens(servers);
    if (this.#always || !entry.isOld) return { ready: "starting", reason };
    const { opensServer, awaits } = await entry.sources;
    if (opensServer !== undefined) {
      const remedy = `"ready": "evaluated" in package.json does not wait for it`;
      return { ready: "starting", reason: `${reason}: ${opensServer} opens a server (${remedy})` };
    }
    // Without a top-level await, its modules are still being loaded.
    if (entry.evaluatedAt === undefined && awaits.length === 0) return { ready: "starting", reason };
    this.#hasNoServer = true;
    return READY;
  }
}
