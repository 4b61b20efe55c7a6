// Whether the app is on its way out. It is drained while somebody says so: by hand until that is taken back, or under a lease
// that its holder must renew, so that a `stop` which dies leaves no app behind that serves nobody. Whoever is about to end the
// app lets its runs end first; and once a signal has told the app to end, nothing lapses any more.
import { MAX_DURATION_MS } from "../../shared/duration.ts";
import type { DrainParams, EndParams, ReadyParams } from "../../shared/messages/messages.ts";
import type { Verdict } from "./readiness.ts";

/** How long runs in flight may go on before they get their signal, where nothing else is said. */
const GRACE_MS = 5000;

/** What has to do with the app's end. */
export interface Departing {
  /** Takes no new calls, and resolves when the runs in flight have ended, after the grace period by their signal. */
  end: (graceMs: number) => Promise<void>;
  /** The app does not end after all: takes calls again. */
  stay: () => void;
}

interface Drain {
  /** Ends one that nobody renews. */
  timer: NodeJS.Timeout | undefined;
  /** New calls are refused, too. */
  endsRuns: boolean;
}

/** The lease of the `start` that stands beside the app: none that a client could name. */
export const START_LEASE = "remsh start";

/** Names a drain that has no lease. */
const BY_HAND = "";

const DRAINED = "it was drained by hand (remsh ready ends that)";

const drains = new Map<string, Drain>();
const departing = new Set<Departing>();
let isTold = false;

/** Has somebody take part in the app's end, until the returned function is called. */
export function takePart(part: Departing): () => void {
  departing.add(part);
  return () => void departing.delete(part);
}

/** From now on the app is not ready; with a lease for so long, unless it is renewed. */
export function drain({ lease = BY_HAND, forMs }: DrainParams): void {
  const before = drains.get(lease);
  clearTimeout(before?.timer);
  const timer = forMs === undefined ? undefined : setTimeout(() => release(lease), Math.min(forMs, MAX_DURATION_MS));
  drains.set(lease, { timer: timer?.unref(), endsRuns: before?.endsRuns ?? false });
}

/** The same; and the runs in flight end, which this resolves after. New calls are refused meanwhile, and while that holds. */
export function endRuns({ graceMs, ...params }: EndParams): Promise<void> {
  drain(params);
  const held = drains.get(params.lease ?? BY_HAND);
  if (held) held.endsRuns = true;
  return endAll(graceMs);
}

/** A signal has told the app to end: its runs end, and only `ready` without a lease changes that any more. */
export function toldToEnd(): void {
  isTold = true;
  void endAll();
}

/** One lease is given back; without one, nothing of all this holds any more. */
export function undrain({ lease }: ReadyParams): void {
  if (lease !== undefined) return release(lease);
  isTold = false;
  for (const each of [...drains.keys()]) drop(each);
  stayUnlessEnding();
}

/** What is to be said of the app's readiness for that; undefined where nothing of it is under way. */
export function departureVerdict(): Verdict | undefined {
  if (isTold || [...drains.keys()].some((lease) => lease !== BY_HAND)) return { ready: "stopping" };
  return drains.has(BY_HAND) ? { ready: "not-ready", reason: DRAINED } : undefined;
}

async function endAll(graceMs = GRACE_MS): Promise<void> {
  await Promise.all([...departing].map((part) => part.end(graceMs)));
}

function release(lease: string): void {
  if (drop(lease)?.endsRuns) stayUnlessEnding();
}

function drop(lease: string): Drain | undefined {
  const held = drains.get(lease);
  clearTimeout(held?.timer);
  drains.delete(lease);
  return held;
}

function stayUnlessEnding(): void {
  if (isTold || [...drains.values()].some(({ endsRuns }) => endsRuns)) return;
  for (const part of departing) part.stay();
}
