// Refuses a request whose caller has given it up. A process that was suspended reads such requests when it resumes.
import { clockName, monotonicMs } from "../../shared/boot-clock.ts";
import { RpcError } from "../../shared/errors.ts";
import type { ConsoleRequest, Question } from "../tasks/passed-requests.ts";

/**
 * Checks the request right before it begins. A time on another clock, such as another machine's, means nothing here.
 *
 * @throws RpcError TIMEOUT, state not-started, when its time has passed.
 */
export function checkExpiry({ method, params }: Question | ConsoleRequest): void {
  const expiry = "expiry" in params ? params.expiry : undefined;
  if (expiry === undefined || expiry.clock !== clockName() || monotonicMs() < expiry.atMs) return;
  throw new RpcError("TIMEOUT", `Cannot begin "${method}": its caller has given up`, { state: "not-started" });
}
