// The messages that client and agent exchange: JSON-RPC 2.0, one interface per message, named as in PROTOCOL.md.
// Both ends write and read through the functions at the end of this file.
import type { ConsoleOutput } from "./console-messages.ts";
import { RPC_CODES, RpcError, type RpcCode, type RpcErrorDetails } from "./errors.ts";

/** The WebSocket subprotocol, and the one version of the protocol there is. */
export const SUBPROTOCOL = "remsh.v1";

/** WebSocket close code for a peer that broke the protocol; the reason says how. */
export const CLOSE_VIOLATION = 4400;

/** A JSON-RPC request id: unique among the requests in flight on one connection. */
export type RequestId = string | number;

/** Every method that a client may call. */
export const METHODS = [
  "ping",
  "describe",
  "call",
  "evaluate",
  "cancel",
  "runs",
  "stack",
  "drain",
  "reload",
  "console.open",
  "console.evaluate",
  "console.more",
  "console.complete",
  "console.interrupt",
  "console.close",
] as const;
/** One of {@link METHODS}. */
export type Method = (typeof METHODS)[number];

/** The notifications that an agent sends while a run is in flight or a console is open. */
export const NOTIFICATIONS = ["run.output", "run.progress", "console.output"] as const;

/** A request as it travels; `params` by method are the interfaces below. */
export interface Request {
  jsonrpc: "2.0";
  id: RequestId;
  method: string;
  params: Record<string, unknown>;
}

/** Where an app stands: `stalled` while its event loop does not turn. */
export type Readiness = "starting" | "ready" | "not-ready" | "stopping" | "stalled";

/** Parameters of `ping`. With `ready` the app is asked whether it is ready; without, its main thread is not needed. */
export interface PingParams {
  ready?: boolean;
  /** How long the main thread may take to answer before it counts as stalled, in milliseconds; default 1000. */
  timeoutMs?: number;
}

/** Result of `ping`, and the body of `GET /livez` and `GET /readyz`. */
export interface PingResult {
  /** `stalled` when the event loop has not turned for longer than the limit. */
  status: "ok" | "stalled";
  /** How long the event loop has not turned, in milliseconds; 0 when it turns. */
  stalledMs: number;
  /** How late the last beat of the event loop came, in milliseconds. */
  loopDelayMs: number;
  /** Only when asked for. */
  ready?: Readiness;
  /** Why the app is not ready, where it said so. */
  reason?: string;
  app: string;
  version: string;
  instance: string;
  pid: number;
  /** The console that keeps the event loop from turning, in words. */
  console?: string;
  node: string;
  uptimeMs: number;
  rssBytes: number;
  protocol: typeof SUBPROTOCOL;
}

/** One task in the result of `describe`. */
export interface TaskDescription {
  name: string;
  description?: string;
  /** JSON Schema of the task's one argument, where its schema library offers that. */
  parameters?: JsonSchema;
  /** How the arguments look in a usage line: `[options]`, `<days>`. */
  usage: string;
}

/** As much of JSON Schema as help and the command line read. */
export interface JsonSchema {
  type?: string | string[];
  description?: string;
  properties?: Record<string, JsonSchema>;
  required?: string[];
  items?: JsonSchema;
  enum?: unknown[];
  const?: unknown;
  anyOf?: JsonSchema[];
  oneOf?: JsonSchema[];
  allOf?: JsonSchema[];
  additionalProperties?: boolean | JsonSchema;
  default?: unknown;
  [keyword: string]: unknown;
}

/** Result of `describe`. */
export interface DescribeResult {
  app: string;
  version: string;
  instance: string;
  protocol: typeof SUBPROTOCOL;
  tasks: TaskDescription[];
  limits: Limits;
}

/** Result of `reload`. */
export interface ReloadResult {
  /** How many tasks there are now. */
  tasks: number;
}

/** Result of `drain`. */
export interface DrainResult {
  ready: "stopping";
}

/** The limits of an agent, as `describe` tells them. */
export interface Limits {
  /** Open connections; one more takes the place of the one that has been silent longest. */
  connections: number;
  /** Requests in flight on one connection. */
  inFlight: number;
  /** Size of one message to the agent, in bytes. */
  messageBytes: number;
  /** Nesting of arrays and objects in one message. */
  depth: number;
  /** Size of one encoded result, in characters. */
  resultChars: number;
  /** Output of one run that waits for a slow reader, in characters; what exceeds it is dropped, and said to be. */
  outputChars: number;
}

/** A value as it travels: plain JSON as it is, anything else as devalue's text; no `value` at all is `undefined`. */
export interface Encoded {
  value?: unknown;
  encoding?: "devalue";
}

/** Parameters of `call`. */
export interface CallParams {
  task: string;
  /** The arguments: an array, or devalue's text of one. Default: none. */
  args?: unknown[] | string;
  encoding?: "devalue";
  /** The deadline, in milliseconds from when the agent receives the call. Default: none. */
  timeoutMs?: number;
  /** The run's id, 1 to 64 of `A-Z a-z 0-9 _ -`. Default: chosen by the agent. */
  run?: string;
}

/** Result of `call`. */
export interface CallResult extends Encoded {
  run: string;
  /** How the task wants its result shown to people, where it defines `format`. */
  text?: string;
}

/** Parameters of `cancel`. */
export interface CancelParams {
  run: string;
  /** How long to wait for the task to stop, in milliseconds; default 5000. */
  waitMs?: number;
}

/** Result of `cancel`: what became of the task. */
export interface CancelResult {
  run: string;
  state: "not-started" | "running" | "stopped";
}

/** One run in the result of `runs`. */
export interface RunDescription {
  run: string;
  task: string;
  elapsedMs: number;
  state: "running" | "cancelling";
  progress?: { done: number; total?: number; message?: string };
}

/** Result of `runs`: the runs in flight, oldest first. */
export interface RunsResult {
  runs: RunDescription[];
}

/** One frame in the result of `stack`; `line` and `column` count from 1. */
export interface StackFrame {
  function: string;
  /** An absolute path, or a URL where there is no file. */
  file: string;
  line: number;
  column: number;
}

/** Result of `stack`: the app's frames on the main thread, innermost first. */
export interface StackResult {
  /** `idle`: no code of the app runs. `native`: it does not come back from native code, as in `execSync`. */
  state: "running" | "idle" | "native";
  frames: StackFrame[];
  stalledMs: number;
  /** The console whose code this is, in words. */
  console?: string;
}

/** Parameters of the notification `run.output`. Either `text`, or `dropped` in the place of what was dropped. */
export interface RunOutput {
  run: string;
  /** Counts a run's notifications from 1. */
  seq: number;
  stream?: "stdout" | "stderr";
  text?: string;
  dropped?: { lines: number; bytes: number };
}

/** Parameters of the notification `run.progress`. */
export interface RunProgress {
  run: string;
  seq: number;
  done: number;
  total?: number;
  message?: string;
}

/** What a task threw, as it travels: an Error in all its parts, or another value with how it looks. */
export type Thrown = { error: ThrownError } | { text: string; value?: unknown };

/** An Error as it travels. */
export interface ThrownError {
  name: string;
  message: string;
  /** The frames only, cut to the task's own. */
  stack?: string;
  cause?: Thrown;
  /** Of an AggregateError. */
  errors?: Thrown[];
  /** The error's own properties, `code` among them; what JSON cannot carry as text. */
  properties?: Record<string, unknown>;
}

/** `data` of an error that says the call failed. */
export interface RpcErrorData extends RpcErrorDetails {
  code: RpcCode;
}

/** `data` of an error that says the task threw. */
export interface TaskErrorData {
  run: string;
  thrown: Thrown;
  exitCode?: number;
}

/** JSON-RPC's number for an error whose data is {@link TaskErrorData}. */
export const TASK_THREW = -32000;

/** A JSON-RPC error object. */
export interface ErrorObject {
  code: number;
  message: string;
  data?: RpcErrorData | TaskErrorData;
}

/** What an agent sends: a response (with `id`) or a notification (with `method`). */
export interface AgentMessage {
  id?: RequestId | null;
  result?: unknown;
  error?: ErrorObject;
  method?: string;
  params?: unknown;
}

/** A run's id, where the caller chooses it. */
export const RUN_ID = /^[A-Za-z0-9_-]{1,64}$/;

/** Writes the response to a request that succeeded. */
export function resultMessage(id: RequestId, result: unknown): string {
  return resultMessageOf(id, JSON.stringify(result));
}

/** Writes the response to a request that succeeded, from the result's JSON. */
export function resultMessageOf(id: RequestId, json: string): string {
  return `{"jsonrpc":"2.0","id":${JSON.stringify(id)},"result":${json}}`;
}

/** Writes the response to a request that failed; `id` is null where it could not be read. */
export function errorMessage(id: RequestId | null, error: RpcError): string {
  const { code, run, state, text } = error;
  const data: RpcErrorData = { code, ...defined({ run, state, text }) };
  return failureMessage(id, { code: RPC_CODES[code][0], message: error.message, data });
}

/** Writes the response to a call whose task threw. */
export function taskErrorMessage(id: RequestId, message: string, data: TaskErrorData): string {
  return failureMessage(id, { code: TASK_THREW, message, data });
}

/** Writes a request. */
export function requestMessage(id: RequestId, method: Method, params: object): string {
  return JSON.stringify({ jsonrpc: "2.0", id, method, params });
}

/** Writes a notification; `seq` counts the notifications of its run. */
export function notificationMessage(
  method: (typeof NOTIFICATIONS)[number],
  params: RunOutput | RunProgress | ConsoleOutput,
): string {
  return `{"jsonrpc":"2.0","method":"${method}","params":${JSON.stringify(params)}}`;
}

/** Writes the notification of what a console's code printed. */
export function consoleOutputMessage(console: string, { seq, stream, text, dropped }: RunOutput): string {
  return notificationMessage("console.output", { console, seq, ...defined({ stream, text, dropped }) });
}

/**
 * Reads a request.
 *
 * @throws BadMessage when the text is not a JSON-RPC 2.0 request with an id; the peer has broken the protocol.
 */
export function parseRequest(text: string, limits: Pick<Limits, "depth">): Request {
  const message = parseJson(text);
  if (!isObject(message)) throw violation("a message must be one JSON object");
  if (isDeeper(message, limits.depth)) {
    throw new RpcError("LIMIT_EXCEEDED", `Cannot read the message: it is nested deeper than ${limits.depth} levels`);
  }
  const { jsonrpc, id, method, params = {} } = message;
  if (jsonrpc !== "2.0") throw violation('"jsonrpc" must be "2.0"');
  if (typeof method !== "string") throw violation('"method" must be a string: only requests are read here');
  if (!isRequestId(id)) throw violation('"id" must be a whole number or a string of at most 128 characters');
  if (!isObject(params)) throw violation('"params" must be an object');
  return { jsonrpc, id, method, params };
}

/** True for a JSON object, which an array is not. */
export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** The object without the keys whose value is undefined: what `exactOptionalPropertyTypes` wants to be given. */
export function defined<T extends object>(object: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  const entries = Object.entries(object).filter(([, value]) => value !== undefined);
  // Object.fromEntries forgets the keys' types; they are those of T.
  return Object.fromEntries(entries) as { [K in keyof T]?: Exclude<T[K], undefined> };
}

function failureMessage(id: RequestId | null, error: ErrorObject): string {
  return `{"jsonrpc":"2.0","id":${JSON.stringify(id)},"error":${JSON.stringify(error)}}`;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw violation("it is not JSON");
  }
}

function violation(reason: string): RpcError {
  return new RpcError("BAD_MESSAGE", `Cannot read the message: ${reason}`);
}

function isRequestId(value: unknown): value is RequestId {
  return typeof value === "string" ? value.length <= 128 : Number.isSafeInteger(value);
}

function isDeeper(value: unknown, levels: number): boolean {
  if (typeof value !== "object" || value === null) return false;
  if (levels === 0) return true;
  return Object.values(value).some((inner) => isDeeper(inner, levels - 1));
}
