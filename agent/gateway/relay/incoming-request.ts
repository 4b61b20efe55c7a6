// A client's request, on its way to the code that answers it.
import { errorAnswer, resultAnswer } from "../../../shared/messages/answer.ts";
import type { CheckedRequest, Method, Result } from "../../../shared/messages/methods.ts";
import { toRpcError } from "../../../shared/to-rpc-error.ts";
import type { Respond } from "./pending.ts";

/** A request of a client. */
export interface IncomingRequest<M extends Method = Method> {
  request: CheckedRequest<M>;
  /** The message as it came. It is forwarded unchanged. */
  text: string;
  /** Receives the one answer. */
  respond: Respond;
}

/** Answers with the result of the work. */
export function answerLater<M extends Method>({ respond }: IncomingRequest<M>, work: Promise<Result<M>>): void {
  work.then(
    (result) => respond(resultAnswer(result)),
    (error: unknown) => respond(errorAnswer(toRpcError(error))),
  );
}
