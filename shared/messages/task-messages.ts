// The messages of `describe`: the tasks of an app, and the limits of its agent. Named as in PROTOCOL.md.
import type { SUBPROTOCOL, WaitParams } from "./rpc-messages.ts";

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
  /** Values in one message: items of lists, members of objects. */
  values: number;
  /** Calls and other questions to the app on one connection, a second, over ten seconds. */
  callsPerSecond: number;
  /** The same on all connections together. */
  allCallsPerSecond: number;
  /** Size of one encoded result, in characters. */
  resultChars: number;
  /** Output of one run that waits for a slow reader, in characters; what exceeds it is dropped, and said to be. */
  outputChars: number;
}
