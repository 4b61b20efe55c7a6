// Decides what the agent accepts: places for connections, budgets for requests that wait, and whether it still takes
// calls.
import { RpcError } from "../../../shared/errors.ts";
import type { Limits } from "../../../shared/messages/messages.ts";
import { checkArgumentBudget } from "./argument-budget.ts";
import { CallRates } from "./call-rates.ts";
import { HalfSent } from "./half-sent.ts";
import { KnownTasks } from "./known-tasks.ts";
import { Places } from "./places.ts";
import { UnreadAnswers } from "./unread-answers.ts";
import { WaitingRequests } from "./waiting-requests.ts";

/** The parts of a call that decide here whether it may begin. */
interface AskedCall {
  task: string;
  args?: unknown;
  encoding?: unknown;
}

/** Admits connections and calls. */
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

  /** Accepts nothing new from now on. */
  close(): void {
    this.#isClosing = true;
  }

  /** @throws RpcError CLOSING when the agent is closing; `action` completes "Cannot …". */
  checkOpen(action: string): void {
    if (this.#isClosing) throw new RpcError("CLOSING", `Cannot ${action}: the app is stopping`);
  }

  /** Checks a call of a client or of an expression. @throws RpcError when the call may not begin. */
  checkCall(call: AskedCall): void {
    this.tasks.check(call.task);
    checkArgumentBudget(call.task, call, this.limits);
  }
}
