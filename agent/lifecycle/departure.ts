// Tracks whether the app is being stopped. A drain by hand lasts until it is taken back. A drain with a lease lasts
// while its holder renews it, so that a `stop` that dies does not leave an app without traffic. `end` first lets the
// app's runs end. Once a signal has told the app to end, nothing expires.
import { MAX_DURATION_MS } from "../../shared/duration.ts";
import type { DrainParams, EndParams, ReadyParams } from "../../shared/messages/messages.ts";
import type { Verdict } from "./ready-rule.ts";

/** How long runs in flight may continue before their signal fires, by default. */
const GRACE_MS = 5000;

/** A part of the agent that is involved when the app ends. */
export interface Departing {
  /** Refuses new calls, and resolves when the runs in flight have ended. After the grace period their signal fires. */
  end: (graceMs: number) => Promise<void>;
  /** The app does not end after all: accepts calls again. */
  stay: () => void;
}

interface Drain {
  /** Ends a drain that is not renewed. */
  timer: NodeJS.Timeout | undefined;
  /** True if new calls are refused, too. */
  endsRuns: boolean;
}

/** The lease of the app's own `remsh start`. No client can use this name. */
export const START_LEASE = "remsh start";

/** The key of a drain without a lease. */
const BY_HAND = "";

const DRAINED = "it was drained by hand (remsh ready ends that)";

const drains = new Map<string, Drain>();
const departing = new Set<Departing>();
let isTold = false;

/** Registers a part in the app's end, until the returned function is called. */
export function takePart(part: Departing): () => void {
  departing.add(part);
  return () => void departing.delete(part);
}

/** The app is not ready from now on. With `forMs`, this ends after that time unless it is renewed. */
export function drain({ lease = BY_HAND, forMs }: DrainParams): void {
  const before = drains.get(lease);
  clearTimeout(before?.timer);
  const timer = forMs === undefined ? undefined : setTimeout(() => release(lease), Math.min(forMs, MAX_DURATION_MS));
  drains.set(lease, { timer: timer?.unref(), endsRuns: before?.endsRuns ?? false });
}

/** The same, and the runs in flight end; resolves after that. New calls are refused as long as this holds. */
export function endRuns({ graceMs, ...params }: EndParams): Promise<void> {
  drain(params);
  const held = drains.get(params.lease ?? BY_HAND);
  if (held) held.endsRuns = true;
  return endAll(graceMs);
}

/** A signal has told the app to end: its runs end, and only `ready` without a lease can undo that. */
export function toldToEnd(): void {
  isTold = true;
  void endAll();
}

/** Ends the drain with this lease; without a lease, ends all drains and the effect of a signal. */
export function undrain({ lease }: ReadyParams): void {
  if (lease !== undefined) return release(lease);
  isTold = false;
  for (const each of [...drains.keys()]) drop(each);
  stayUnlessEnding();
}

/** The readiness that follows from drains and signals; undefined when there are none. */
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
