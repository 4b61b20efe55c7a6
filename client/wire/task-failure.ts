// Builds the error that a call rejects with: a TaskError, from what the task threw, or an RpcError.
import { RpcError, type TaskError } from "../../shared/errors.ts";
import { read } from "../../shared/messages/shape.ts";
import { taskErrorData } from "../../shared/messages/thrown-shapes.ts";
import { isEncoded, toTaskError } from "../../shared/messages/thrown.ts";
import { toError, type ReceivedError } from "./answers.ts";

/**
 * The error for an error object. What was thrown may need devalue, which is then loaded.
 *
 * @throws RpcError BAD_MESSAGE when the object does not say what was thrown.
 */
export async function errorOf(error: ReceivedError): Promise<RpcError | TaskError> {
  if (error.data === undefined || !("thrown" in error.data)) return toError(error);
  const data = read(taskErrorData, error.data, (reason) => unreadable(error, reason));
  // Without devalue, a thrown value is represented by its text.
  return toTaskError(data, isEncoded(data.thrown) ? await import("devalue").catch(() => undefined) : undefined);
}

/** The task threw, but what it threw cannot be read. */
function unreadable({ message }: ReceivedError, reason: string): RpcError {
  return new RpcError("BAD_MESSAGE", `Cannot read what the task threw (${message}): ${reason}`, { state: "stopped" });
}
