// Handles each request by its method: answers from what the gateway knows, or forwards the request to the main thread.
// The client's text is forwarded unchanged, with two exceptions: a call without a run id gets one, and
// consoles/connection-consoles.ts writes `console.open` and `console.evaluate` anew.
import { checkExpressions } from "../border/other-runtime.ts";
import { randomBytes } from "node:crypto";
import { errorAnswer, resultAnswer } from "../../shared/messages/answer.ts";
import { MAX_DURATION_MS } from "../../shared/duration.ts";
import { expressionName } from "../../shared/expression-name.ts";
import type { CheckedRequest, Method } from "../../shared/messages/methods.ts";
import { requestMessage } from "../../shared/messages/protocol.ts";
import type { Caller } from "./caller.ts";
import { answerWithin, ask, insist, passCall, passReload } from "./relay/deadlines.ts";
import { answerLater, type IncomingRequest } from "./relay/incoming-request.ts";
import { QUICK_REQUEST_MS } from "../border/limits.ts";
import { STOP_GRACE_MS } from "./admission/limits.ts";
import { mainThreadStack } from "./main-thread-stack.ts";
import { ping } from "./ping.ts";
import { timeToBegin } from "./admission/time-to-begin.ts";

/** Does for the requests of one method what {@link handleRequest} does for all. */
type RequestHandler<M extends Method> = (caller: Caller, incoming: IncomingRequest<M>) => void;

const HANDLERS: { readonly [M in Method]: RequestHandler<M> } = {
  ping: ({ gateway }, incoming) => answerLater(incoming, ping(gateway, incoming.request.params)),
  stack: ({ gateway }, incoming) => answerLater(incoming, mainThreadStack(gateway)),
  describe: handleDescribe,
  reload: handleReload,
  call: handleCall,
  evaluate: handleEvaluate,
  cancel: handleCancel,
  runs: handleRuns,
  drain: handleDeparture,
  ready: handleDeparture,
  end: handleEnd,
  "console.open": ({ consoles }, incoming) => consoles.open(incoming),
  "console.evaluate": ({ consoles }, incoming) => consoles.evaluate(incoming),
  "console.interrupt": ({ consoles }, incoming) => answerLater(incoming, consoles.interrupt(incoming.request.params)),
  "console.close": ({ consoles }, incoming) => consoles.close(incoming),
  "console.more": ({ consoles }, incoming) => consoles.pass(incoming),
  "console.complete": ({ consoles }, incoming) => consoles.pass(incoming),
};

/** Makes sure that the request gets its one answer. @throws RpcError which becomes the answer. */
export function handleRequest<M extends Method>(caller: Caller, incoming: IncomingRequest<M>): void {
  const handle: RequestHandler<M> = HANDLERS[incoming.request.method];
  handle(caller, incoming);
}

function handleDescribe(caller: Caller, incoming: IncomingRequest<"describe">): void {
  const { app, admission } = caller.gateway;
  const { described } = admission.tasks;
  if (described !== undefined) return incoming.respond({ kind: "result", json: described });
  ask(caller.relay, incoming, answerWithin(app, "describe", quickLimit(incoming.request)));
}

/** A reload runs the app's own code, which may take long. */
function handleReload({ gateway, relay }: Caller, incoming: IncomingRequest<"reload">): void {
  const { timeoutMs: ms = QUICK_REQUEST_MS } = incoming.request.params;
  const { app } = gateway;
  passReload(relay, incoming, {
    ms,
    noAnswer: () => errorAnswer(app.noAnswer("reload", ms)),
    noEnd: () => errorAnswer(app.noEnd("reload", ms)),
  });
}

function handleCall(caller: Caller, { request: { id, params }, text, respond }: IncomingRequest<"call">): void {
  const { admission } = caller.gateway;
  admission.checkOpen("start a run");
  admission.checkCall(params);
  const { task, run = randomBytes(8).toString("hex"), timeoutMs } = params;
  const beginMs = timeToBegin({ run, task }, params);
  const named = params.run === undefined ? requestMessage(id, "call", { ...params, run }) : text;
  passCall(caller.relay, { text: named, run: { run, task }, respond }, { timeoutMs, beginMs });
}

function handleEvaluate(caller: Caller, { request: { params }, respond }: IncomingRequest<"evaluate">): void {
  caller.gateway.admission.checkOpen("evaluate");
  checkExpressions();
  const { code, run = randomBytes(8).toString("hex"), session, lossless, timeoutMs } = params;
  timeToBegin({ run, task: expressionName(code) }, params);
  caller.expressions.evaluate({ code, run, timeoutMs, lossless, isWhole: session === undefined }, session, respond);
}

function handleCancel(caller: Caller, incoming: IncomingRequest<"cancel">): void {
  const { runs } = caller.gateway;
  const { run, waitMs: asked = QUICK_REQUEST_MS } = incoming.request.params;
  const waitMs = Math.min(asked, MAX_DURATION_MS - STOP_GRACE_MS);
  const cancelling = runs.cancel({ run, waitMs });
  if (cancelling) answerLater(incoming, cancelling);
  else insist(caller.relay, incoming, { ms: waitMs + STOP_GRACE_MS, instead: () => runs.uncancelled(run) });
}

function handleRuns(caller: Caller, incoming: IncomingRequest<"runs">): void {
  const { runs, expressions } = caller.gateway;
  const stalled = runs.whileStalled;
  if (stalled) return incoming.respond(resultAnswer(stalled));
  if (expressions.size > 0) return answerLater(incoming, runs.list());
  const ms = quickLimit(incoming.request);
  ask(caller.relay, incoming, { ms, instead: () => runs.unlisted(ms) });
}

/** `drain` takes the app out of its traffic; `ready` puts it back. */
function handleDeparture({ gateway, relay }: Caller, incoming: IncomingRequest<"drain" | "ready">): void {
  ask(relay, incoming, answerWithin(gateway.app, incoming.request.method, QUICK_REQUEST_MS));
}

function handleEnd({ gateway, relay }: Caller, incoming: IncomingRequest<"end">): void {
  const { graceMs = QUICK_REQUEST_MS } = incoming.request.params;
  // Runs that ignore their signal are waited for as long again.
  const ms = Math.min(QUICK_REQUEST_MS + 2 * graceMs, MAX_DURATION_MS);
  ask(relay, incoming, answerWithin(gateway.app, "end", ms));
}

/** How long the caller waits for an answer that should come at once. */
function quickLimit({ params }: CheckedRequest<"describe" | "runs">): number {
  return Math.min(params.timeoutMs ?? QUICK_REQUEST_MS, QUICK_REQUEST_MS);
}
