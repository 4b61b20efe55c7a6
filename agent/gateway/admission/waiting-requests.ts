// Limits the text of requests that wait for the main thread, on all connections. This bounds what a stuck app is sent.
import { RpcError } from "../../../shared/errors.ts";
import { WAITING_CHARS } from "./limits.ts";

/** The requests that wait for the main thread or run. */
export class WaitingRequests {
  #chars = 0;

  /** Counts a request. @throws RpcError TOO_MANY when too much is waiting already. */
  add(chars: number): void {
    if (this.#chars + chars > WAITING_CHARS)
      throw new RpcError("TOO_MANY", "Cannot take the request: too much waits for the app already");
    this.#chars += chars;
  }

  /** Called when the request has ended. */
  delete(chars: number): void {
    this.#chars -= chars;
  }
}
