// What all rules of readiness have in common.
import type { Readiness } from "../../shared/messages/messages.ts";
import type { EntryState } from "./entry-state.ts";
import type { Servers } from "./servers.ts";

/** Whether the app is ready, and why not. */
export interface Verdict {
  ready: Readiness;
  reason?: string;
}

/** What decides whether the app is ready. */
export interface ReadyRule {
  /** In words that follow "ready when": `its first server listens (127.0.0.1:3000)`. */
  readonly when: string;
  /** Never rejects. */
  verdict(): Verdict | Promise<Verdict>;
}

/** What the rules look at. */
export interface Observed {
  servers: Servers;
  entry: EntryState;
}

/** `nothing listens yet`, and why if that is known. */
export function nothingListens({ failure }: Servers, where = ""): string {
  return `nothing listens${where} yet${failure === undefined ? "" : ` (${failure})`}`;
}
