// The messages of `describe`: the tasks of an app, and the limits of its agent. Named as in PROTOCOL.md.
import type { SUBPROTOCOL, WaitParams } from "./rpc-messages.ts";

/** Parameters of `describe`. */
export interface DescribeParams extends WaitParams {
  /**
   * Load the app's tasks again if they could not be loaded a few seconds ago. Default: false; the same failure is then
   * reported again.
   */
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

/** One task in the result of `describe`. */
export interface TaskDescription {
  name: string;
  description?: string;
  /** JSON Schema of the task's one argument, if its schema library provides it. */
  parameters?: JsonSchema;
  /** How the arguments look in a usage line: `[options]`, `<days>`. */
  usage: string;
  /**
   * The parameters of a plain function, in order. Left out for a task with a schema, and if the source does not show
   * them.
   */
  positional?: ParameterDescription[];
  /** How many arguments it takes at most. Left out if that is not certain, as for a function with rest parameters. */
  maxArgs?: number;
}

/** A parameter of a plain function, as far as its source shows it. */
export interface ParameterDescription {
  /** Left out for a destructured parameter: `{ days }`. */
  name?: string;
  /** It has a default, or takes the remaining arguments. */
  optional?: boolean;
  /** It takes all remaining arguments. */
  rest?: boolean;
  /** Its default is true or false. */
  flag?: boolean;
  /** The properties that the function reads from it: options that form an object. */
  options?: string[];
  /** True for an object whose properties cannot be known. */
  open?: boolean;
}

/** The parts of JSON Schema that help and the command line read. */
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

/** The limits of an agent, as `describe` reports them. */
export interface Limits {
  /** Open connections. One more replaces the one that has been silent longest. */
  connections: number;
  /** Requests in flight on one connection. */
  inFlight: number;
  /** Size of one message to the agent, in bytes. */
  messageBytes: number;
  /** Nesting of arrays and objects in one message. */
  depth: number;
  /** Values in one message: items of lists, members of objects. */
  values: number;
  /** Calls and other questions to the app on one connection, per second, over ten seconds. */
  callsPerSecond: number;
  /** The same on all connections together. */
  allCallsPerSecond: number;
  /** Size of one encoded result, in characters. */
  resultChars: number;
  /**
   * Output of one run that waits for a slow reader, in characters. Output beyond that is dropped and reported as
   * dropped.
   */
  outputChars: number;
}
