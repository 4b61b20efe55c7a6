// What is done with a request, by its method: answered from what the gateway knows, or passed on to the main thread as the text
// that it is.
import { randomBytes } from "node:crypto";
import { errorAnswer, resultAnswer } from "../../shared/answer.ts";
import { MAX_DURATION_MS } from "../../shared/duration.ts";
import { RpcError } from "../../shared/errors.ts";
import { expressionName } from "../../shared/expression-name.ts";
import { METHODS, type Method, type Request } from "../../shared/messages.ts";
import { requestMessage } from "../../shared/protocol.ts";
import { readParams } from "../../shared/readers.ts";
import type { Caller } from "./caller.ts";
import { answerWithin, ask, insist, passCall, passReload } from "./deadlines.ts";
import { answerLater, type IncomingRequest } from "./incoming-request.ts";
import { QUICK_REQUEST_MS, STOP_GRACE_MS } from "./limits.ts";
import { mainThreadStack } from "./main-thread-stack.ts";
import { ping } from "./ping.ts";
import { badParams, flagOf, idOf, isRunId, msOf, quickLimitOf, textOf } from "./request-params.ts";
import { timeToBegin } from "./time-to-begin.ts";

/** Sees to the one answer. @throws RpcError which is then the answer. */
export type RequestHandler = (caller: Caller, incoming: IncomingRequest) => void;

const HANDLERS: Readonly<Record<Method, RequestHandler>> = {
  ping: handlePing,
  stack: ({ gateway }, incoming) => answerLater(incoming, mainThreadStack(gateway)),
  describe: handleDescribe,
  reload: handleReload,
  call: handleCall,
  evaluate: handleEvaluate,
  cancel: handleCancel,
  runs: handleRuns,
  drain: handleDeparture,
  ready: handleDeparture,
  end: handleDeparture,
  "console.open": handleConsole,
  "console.evaluate": handleConsole,
  "console.more": handleConsole,
  "console.complete": handleConsole,
  "console.interrupt": handleConsole,
  "console.close": handleConsole,
};

/** What may take its time; the rest is for probes and operators. */
export function isLong(method: string): boolean {
  return method === "call" || method === "evaluate" || (isMethod(method) && HANDLERS[method] === handleConsole);
}

/** What an operator must be able to ask whatever others do, and what costs the app next to nothing: it counts for no rate. */
export function isForOperators(method: string): boolean {
  if (!isMethod(method)) return false;
  return [handlePing, handleCancel, handleDeparture].includes(HANDLERS[method]) || method === "stack";
}

/** @throws RpcError NOT_SUPPORTED for a method that there is not. */
export function handlerOf(method: string): RequestHandler {
  if (isMethod(method)) return HANDLERS[method];
  throw new RpcError("NOT_SUPPORTED", `Cannot answer "${method}": this agent does not know the method`);
}

function isMethod(method: string): method is Method {
  return METHODS.some((known) => known === method);
}

function handlePing({ gateway }: Caller, incoming: IncomingRequest): void {
  const timeoutMs = msOf(incoming.request, "timeoutMs");
  answerLater(incoming, ping(gateway, { ready: incoming.request.params.ready === true, timeoutMs }));
}

function handleDescribe(caller: Caller, incoming: IncomingRequest): void {
  const { gateway } = caller;
  const { described } = gateway.admission.tasks;
  if (described !== undefined) return incoming.respond({ kind: "result", json: described });
  ask(caller.relay, incoming, answerWithin(gateway.app, "describe", quickLimitOf(incoming.request)));
}

/** What the app does for it is its own, and may take its time. */
function handleReload({ gateway, relay }: Caller, incoming: IncomingRequest): void {
  const ms = Math.min(msOf(incoming.request, "timeoutMs") ?? QUICK_REQUEST_MS, MAX_DURATION_MS);
  const { app } = gateway;
  passReload(relay, incoming, {
    ms,
    noAnswer: () => errorAnswer(app.noAnswer("reload", ms)),
    noEnd: () => errorAnswer(app.noEnd("reload", ms)),
  });
}

function handleCall(caller: Caller, { request, text, respond }: IncomingRequest): void {
  const { admission } = caller.gateway;
  admission.checkOpen("start a run");
  const task = textOf(request, "task");
  const chosen = idOf(request, "run");
  flagOf(request, "lossless");
  const timeoutMs = msOf(request, "timeoutMs");
  admission.checkCall({ ...request.params, task });
  const run = chosen ?? randomBytes(8).toString("hex");
  const beginMs = timeToBegin({ run, task }, readParams("call", request.params));
  const named = chosen === undefined ? withRun(request, run) : text;
  passCall(caller.relay, { text: named, run: { run, task }, respond }, { timeoutMs, beginMs });
}

function withRun(request: Request, run: string): string {
  return requestMessage(request.id, "call", { ...request.params, run });
}

function handleEvaluate(caller: Caller, { request, respond }: IncomingRequest): void {
  caller.gateway.admission.checkOpen("evaluate");
  const code = textOf(request, "code");
  const run = idOf(request, "run") ?? randomBytes(8).toString("hex");
  const session = idOf(request, "session");
  const lossless = flagOf(request, "lossless");
  const timeoutMs = msOf(request, "timeoutMs");
  timeToBegin({ run, task: expressionName(code) }, readParams("evaluate", request.params));
  caller.expressions.evaluate({ code, run, timeoutMs, lossless, isWhole: session === undefined }, session, respond);
}

function handleCancel(caller: Caller, incoming: IncomingRequest): void {
  const { runs } = caller.gateway;
  const { request } = incoming;
  const { run } = request.params;
  if (!isRunId(run)) throw badParams("cancel", '"run" must be the id of a run');
  const waitMs = Math.min(msOf(request, "waitMs") ?? QUICK_REQUEST_MS, MAX_DURATION_MS - STOP_GRACE_MS);
  const cancelling = runs.cancel({ run, waitMs });
  if (cancelling) answerLater(incoming, cancelling);
  else insist(caller.relay, incoming, { ms: waitMs + STOP_GRACE_MS, instead: () => runs.uncancelled(run) });
}

function handleRuns(caller: Caller, incoming: IncomingRequest): void {
  const { runs, expressions } = caller.gateway;
  const stalled = runs.whileStalled;
  if (stalled) return incoming.respond(resultAnswer(stalled));
  if (expressions.size > 0) return answerLater(incoming, runs.list());
  const ms = quickLimitOf(incoming.request);
  ask(caller.relay, incoming, { ms, instead: () => runs.unlisted(ms) });
}

/** By these the app is taken out of its traffic, and put back. */
function handleDeparture({ gateway, relay }: Caller, incoming: IncomingRequest): void {
  const { request } = incoming;
  idOf(request, "lease");
  msOf(request, "forMs");
  const graceMs = msOf(request, "graceMs") ?? QUICK_REQUEST_MS;
  // Those that take no notice of their signal are waited for as long again.
  const patienceMs = request.method === "end" ? 2 * graceMs : 0;
  const ms = Math.min(QUICK_REQUEST_MS + patienceMs, MAX_DURATION_MS);
  ask(relay, incoming, answerWithin(gateway.app, request.method, ms));
}

function handleConsole({ consoles }: Caller, incoming: IncomingRequest): void {
  consoles.take(incoming);
}
