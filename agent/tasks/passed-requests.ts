// Reads the requests that the gateway forwards to the main thread, which checks their parameters as the gateway does.
// The gateway has added an id where the client sent none.
import type { ConsoleEvaluateParams, ConsoleOpenParams } from "../../shared/messages/console-messages.ts";
import { consoleEvaluateMembers, consoleOpenMembers } from "../../shared/messages/console-shapes.ts";
import { RpcError } from "../../shared/errors.ts";
import { PARAMS } from "../../shared/messages/method-shapes.ts";
import type { Params } from "../../shared/messages/methods.ts";
import { callMembers } from "../../shared/messages/run-shapes.ts";
import type { CallParams } from "../../shared/messages/run-messages.ts";
import { isObject, object, read, text, type Shape } from "../../shared/messages/shape.ts";

/** A call with the id of its run. */
export interface NamedCall extends CallParams {
  run: string;
}

/** A console's evaluation with the id of its run: the gateway lists it while the main thread is stuck. */
export interface NamedConsoleRun extends ConsoleEvaluateParams {
  run: string;
  task: string;
}

/** A console to open, by its id. */
export interface NamedConsole extends ConsoleOpenParams {
  console: string;
}

const namedCall = object<NamedCall>({ ...callMembers, run: text });

const QUESTIONS = {
  describe: PARAMS.describe,
  runs: PARAMS.runs,
  cancel: PARAMS.cancel,
  reload: PARAMS.reload,
  drain: PARAMS.drain,
  ready: PARAMS.ready,
  end: PARAMS.end,
} as const;

const CONSOLE = {
  "console.open": object<NamedConsole>({ ...consoleOpenMembers, console: text }),
  "console.evaluate": object<NamedConsoleRun>({ ...consoleEvaluateMembers, run: text, task: text }),
  "console.more": PARAMS["console.more"],
  "console.complete": PARAMS["console.complete"],
  "console.close": PARAMS["console.close"],
} as const;

type QuestionMethod = keyof typeof QUESTIONS;
type Passed = { [M in QuestionMethod]: Params<M> } & {
  "console.open": NamedConsole;
  "console.evaluate": NamedConsoleRun;
  "console.more": Params<"console.more">;
  "console.complete": Params<"console.complete">;
  "console.close": Params<"console.close">;
};

/** A request that the runner answers. */
export type Question = { [M in QuestionMethod]: { method: M; params: Passed[M] } }[QuestionMethod];

/** A request that a console answers. */
export type ConsoleRequest = { [M in keyof typeof CONSOLE]: { method: M; params: Passed[M] } }[keyof typeof CONSOLE];

const SHAPES: { readonly [M in keyof Passed]: Shape<Passed[M]> } = { ...QUESTIONS, ...CONSOLE };

/** @throws RpcError BAD_ARGUMENTS when the parameters do not fit. */
export function readCall(json: string): NamedCall {
  return read(namedCall, envelope(json).params, unfit("call"));
}

/** @throws RpcError NOT_SUPPORTED or BAD_ARGUMENTS. */
export function readRequest(json: string): Question | ConsoleRequest {
  const { method, params } = envelope(json);
  if (!isPassed(method)) throw new RpcError("NOT_SUPPORTED", `Cannot answer "${method}": the app does not know it`);
  // The compiler does not know that method and parameters belong together. The shape has just checked them.
  return { method, params: read<object>(SHAPES[method], params, unfit(method)) } as Question | ConsoleRequest;
}

/** True for a request that a console answers. */
export function isConsoleRequest(request: Question | ConsoleRequest): request is ConsoleRequest {
  return Object.hasOwn(CONSOLE, request.method);
}

/** The gateway has already parsed this text as a request. If it has no parameters, they are undefined here too. */
function envelope(json: string): { method: string; params: unknown } {
  const { method, params = {} } = read(anyRequest, JSON.parse(json), unfit("request"));
  return { method, params };
}

const anyRequest: Shape<{ method: string; params?: unknown }> = (value) =>
  isObject(value) && typeof value.method === "string" ? undefined : { at: "", must: "be a request" };

function isPassed(method: string): method is keyof Passed {
  return Object.hasOwn(SHAPES, method);
}

function unfit(method: string): (reason: string) => RpcError {
  return (reason) => new RpcError("BAD_ARGUMENTS", `Cannot read the parameters of "${method}": ${reason}`);
}
