// Sets how long a request waits for the main thread, and what it is answered after that. The timers belong to the
// gateway, so they work when the main thread is stuck.
import { errorAnswer, type Answer } from "../../../shared/messages/answer.ts";
import { timedOut, type RunName } from "../../../shared/outcomes.ts";
import type { AppState } from "../admission/app-state.ts";
import { RELOAD_GRACE_MS, STOP_GRACE_MS } from "../admission/limits.ts";
import type { Pending, RelayedRequest } from "./pending.ts";
import { monotonicMs } from "../../../shared/boot-clock.ts";
import type { Relay } from "./relay.ts";

/** How long a request may wait for the main thread, and its answer if the time is up. */
export interface Deadline {
  ms: number;
  instead: () => Answer;
}

/** The same for a reload, which may have begun by then. */
export interface ReloadDeadline {
  ms: number;
  /** The answer when the reload had not begun, and never will. */
  noAnswer: () => Answer;
  noEnd: () => Answer;
}

/** The times of a call, in milliseconds. A call has both or neither. */
export interface CallTimes {
  /** The deadline that the caller has set. */
  timeoutMs?: number | undefined;
  /** What is left of the deadline: see ../admission/time-to-begin.ts. */
  beginMs?: number | undefined;
}

/** What becomes of a request whose time is up. */
interface GiveUp {
  ms: number;
  /** How long the main thread's own answer is waited for: that answer says more. */
  graceMs: number;
  /** The answer when the request had not begun, and never will. */
  notBegun: () => Answer;
  begun: () => Answer;
}

/** A request that begins a run. */
export type RelayedCall = RelayedRequest & { run: RunName };

/** Forwards a call. When its time is up, the answer says what became of the task, whatever the main thread does. */
export function passCall(relay: Relay, request: RelayedCall, { timeoutMs, beginMs }: CallTimes): void {
  const pending = relay.forwardCall(request, beginMs === undefined ? undefined : monotonicMs() + beginMs);
  if (timeoutMs === undefined || beginMs === undefined) return;
  const late = (state: "not-started" | "running") => errorAnswer(timedOut(request.run, timeoutMs, { state }));
  giveUpAfter(relay, pending, {
    ms: beginMs,
    graceMs: STOP_GRACE_MS,
    notBegun: () => late("not-started"),
    // The runner's own answer would say that the task stopped. Without that answer the task still runs.
    begun: () => late("running"),
  });
}

/** Forwards a request that the main thread answers at once if it can. When the time is up, the request is withdrawn. */
export function ask(relay: Relay, request: RelayedRequest, { ms, instead }: Deadline): void {
  const pending = relay.forward(request);
  pending.timer = setTimeout(() => {
    relay.withdraw(pending);
    relay.answer(pending, instead());
  }, ms);
}

/** Forwards a request that is never withdrawn: the main thread handles it when its event loop turns again. */
export function insist(relay: Relay, request: RelayedRequest, { ms, instead }: Deadline): void {
  const pending = relay.forward(request);
  pending.timer = setTimeout(() => relay.answer(pending, instead()), ms);
}

/** Forwards a reload. When its time is up, the reload is aborted and changes no task after that. */
export function passReload(relay: Relay, request: RelayedRequest, { ms, noAnswer, noEnd }: ReloadDeadline): void {
  const pending = relay.forward(request);
  giveUpAfter(relay, pending, { ms, graceMs: RELOAD_GRACE_MS, notBegun: noAnswer, begun: noEnd });
}

function giveUpAfter(relay: Relay, pending: Pending, { ms, graceMs, notBegun, begun }: GiveUp): void {
  pending.timer = setTimeout(() => {
    if (relay.withdraw(pending)) return relay.answer(pending, notBegun());
    relay.abort(pending);
    pending.timer = setTimeout(() => relay.answer(pending, begun()), graceMs);
  }, ms);
}

/** The deadline of a request. If the time is up, the answer says why the main thread has not answered. */
export function answerWithin(app: AppState, method: string, ms: number): Deadline {
  return { ms, instead: () => errorAnswer(app.noAnswer(method, ms)) };
}
