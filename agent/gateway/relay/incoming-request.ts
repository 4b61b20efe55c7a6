// A request as a client sent it, on its way to whatever answers it.
import { errorAnswer, resultAnswer } from "../../../shared/messages/answer.ts";
import type { CheckedRequest, Method, Result } from "../../../shared/messages/methods.ts";
import { toRpcError } from "../../../shared/to-rpc-error.ts";
import type { Respond } from "./pending.ts";

/** A request of a client. */
export interface IncomingRequest<M extends Method = Method> {
  request: CheckedRequest<M>;
  /** The message that it was read from: passed on as it came. */
  text: string;
  /** Takes the one answer. */
  respond: Respond;
}

/** Answers with what the work comes to. */
export function answerLater<M extends Method>({ respond }: IncomingRequest<M>, work: Promise<Result<M>>): void {
  work.then(
    (result) => respond(resultAnswer(result)),
    (error: unknown) => respond(errorAnswer(toRpcError(error))),
  );
}
