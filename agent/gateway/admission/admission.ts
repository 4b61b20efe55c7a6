// Who and what is let in: places for connections, budgets for what waits, and whether the agent still takes calls.
import { RpcError } from "../../../shared/errors.ts";
import type { Limits } from "../../../shared/messages/messages.ts";
import { checkArgumentBudget } from "./argument-budget.ts";
import { CallRates } from "./call-rates.ts";
import { HalfSent } from "./half-sent.ts";
import { KnownTasks } from "./known-tasks.ts";
import { Places } from "./places.ts";
import { UnreadAnswers } from "./unread-answers.ts";
import { WaitingRequests } from "./waiting-requests.ts";

/** A call, as far as it is decided here whether it may begin. */
interface AskedCall {
  task: string;
  args?: unknown;
  encoding?: unknown;
}

/** What the agent lets in. */
export class Admission {
  readonly limits: Limits;
  readonly places: Places;
  readonly unread = new UnreadAnswers();
  readonly halfSent = new HalfSent();
  readonly rates: CallRates;
  readonly waiting = new WaitingRequests();
  readonly tasks = new KnownTasks();
  #isClosing = false;

  constructor(limits: Limits) {
    this.limits = limits;
    this.places = new Places(limits.connections);
    this.rates = new CallRates(limits);
  }

  /** True once the agent is closing. */
  get isClosing(): boolean {
    return this.#isClosing;
  }

  /** From here on nothing new begins. */
  close(): void {
    this.#isClosing = true;
  }

  /** @throws RpcError CLOSING when nothing new begins; `action` completes "Cannot …". */
  checkOpen(action: string): void {
    if (this.#isClosing) throw new RpcError("CLOSING", `Cannot ${action}: the app is stopping`);
  }

  /** Whoever calls, a client or an expression. @throws RpcError when the call may not begin. */
  checkCall(call: AskedCall): void {
    this.tasks.check(call.task);
    checkArgumentBudget(call.task, call, this.limits);
  }
}
