// The messages that client and agent exchange: JSON-RPC 2.0, one interface per message, named as in PROTOCOL.md. protocol.ts
// reads and writes them; the console's and the expressions' are in files of their own.
import type { RpcCode, RpcErrorDetails } from "./errors.ts";

/** The WebSocket subprotocol, and the one version of the protocol there is. */
export const SUBPROTOCOL = "remsh.v1";

/** Header of the answer to an upgrade: how many requests may be in flight on the connection. */
export const IN_FLIGHT_HEADER = "Remsh-In-Flight";

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
  "ready",
  "end",
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
  /** The app's folder, without symbolic links. */
  root: string;
  /** Where that pid is the process: `pid:[4026531836]`. Left out where the system has no pid namespaces. */
  pidNamespace?: string;
  /** When that process began, in the system's own count: on Linux the clock ticks from its boot. Left out elsewhere. */
  processStart?: string;
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
  /** The parameters of a plain function, in their order; left out of a task with a schema, and where the source does not tell. */
  positional?: ParameterDescription[];
  /** How many arguments it takes at most; left out where that is not certain, as of a function with rest parameters. */
  maxArgs?: number;
}

/** A parameter of a plain function, as far as its source tells. */
export interface ParameterDescription {
  /** Left out of one that the function takes apart: `{ days }`. */
  name?: string;
  /** It has a default, or takes what is left. */
  optional?: boolean;
  /** It takes all arguments that are left. */
  rest?: boolean;
  /** Its default is true or false. */
  flag?: boolean;
  /** The properties that the function looks for in it: options that make an object. */
  options?: string[];
  /** An object whose properties cannot be known. */
  open?: boolean;
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

/** Parameters of what the main thread answers at once when it can: `runs`, and part of the others'. */
export interface WaitParams {
  /** How long the caller waits, in milliseconds; default and at most 5000. Then it is told why there is no answer. */
  timeoutMs?: number;
}

/** Parameters of `describe`. */
export interface DescribeParams extends WaitParams {
  /** Load the app's tasks again that could not be loaded a few seconds ago; default false: then the failure is told again. */
  retry?: boolean;
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

/** Parameters of `reload`. */
export interface ReloadParams {
  /** How long it may take, in milliseconds; default 5000. Then the app is told, and its tasks stay as they are. */
  timeoutMs?: number;
}

/** Result of `reload`. */
export interface ReloadResult {
  /** How many tasks there are now. */
  tasks: number;
}

/** Parameters of `drain`. */
export interface DrainParams {
  /** The holder's own name for its lease, 1 to 64 of `A-Z a-z 0-9 _ -`. Default: none; then it is drained by hand. */
  lease?: string;
  /** For how long, in milliseconds, unless it is sent again. Default: until `ready`. */
  forMs?: number;
}

/** Parameters of `ready`. */
export interface ReadyParams {
  /** Only this lease is given back. Default: nothing keeps the app from being ready any more. */
  lease?: string;
}

/** Parameters of `end`. */
export interface EndParams extends DrainParams {
  /** How long runs in flight may go on before their signal fires, in milliseconds; default 5000. */
  graceMs?: number;
}

/** Result of `drain`, `ready` and `end`: why the app is not ready now, whatever it says itself. */
export interface DrainResult {
  /** Left out when the app's own word counts. */
  ready?: Readiness;
  reason?: string;
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
  /** Whatever prints waits for a reader that is behind, and the app with it; nothing is dropped. Default: false. */
  lossless?: boolean;
  /** Refuse the call where a plain function has a parameter without a default and there is no argument for it. Default: false. */
  complete?: boolean;
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
  /** `queued`: the event loop does not turn, and has not begun it. */
  state: "queued" | "running" | "cancelling";
  progress?: { done: number; total?: number; message?: string };
}

/** Result of `runs`: the runs in flight, oldest first. */
export interface RunsResult {
  runs: RunDescription[];
  /** Only while the event loop does not turn, and for how long: the runs are then those that the gateway has passed on. */
  stalledMs?: number;
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

/** Parameters of the notification `run.output`. Either `text`, or `dropped` in the place of what was dropped of the stream. */
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
export type Thrown = { error: ThrownError } | ({ text: string; isUndefined?: true } & Encoded);

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
