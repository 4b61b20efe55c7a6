// The error that a call rejects with: a TaskError, built anew from what the task threw, or an RpcError.
import { RpcError, type TaskError } from "../../shared/errors.ts";
import { read } from "../../shared/messages/shape.ts";
import { taskErrorData } from "../../shared/messages/thrown-shapes.ts";
import { isEncoded, toTaskError } from "../../shared/messages/thrown.ts";
import { toError, type ReceivedError } from "./answers.ts";

/**
 * The error that an error object stands for. What was thrown may need devalue, which is then loaded.
 *
 * @throws RpcError BAD_MESSAGE when it does not tell what was thrown.
 */
export async function errorOf(error: ReceivedError): Promise<RpcError | TaskError> {
  if (error.data === undefined || !("thrown" in error.data)) return toError(error);
  const data = read(taskErrorData, error.data, (reason) => unreadable(error, reason));
  // Without devalue a thrown value is told by its text.
  return toTaskError(data, isEncoded(data.thrown) ? await import("devalue").catch(() => undefined) : undefined);
}

/** The task has thrown: only what it threw cannot be told. */
function unreadable({ message }: ReceivedError, reason: string): RpcError {
  return new RpcError("BAD_MESSAGE", `Cannot read what the task threw (${message}): ${reason}`, { state: "stopped" });
}
