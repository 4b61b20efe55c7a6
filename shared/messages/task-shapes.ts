// The shapes of `describe`, by which it is checked.
import { time } from "./run-shapes.ts";
import { SUBPROTOCOL } from "./rpc-messages.ts";
import { anyObject, flag, list, number, object, oneOf, optional, orElse, text, type Shape } from "./shape.ts";
import type {
  DescribeParams,
  DescribeResult,
  JsonSchema,
  Limits,
  ParameterDescription,
  TaskDescription,
} from "./task-messages.ts";

/** Parameters of `describe`. */
export const describeParams = object<DescribeParams>({ retry: optional(flag), timeoutMs: optional(time) });

/** Schema libraries decide what a schema contains: a keyword is checked only when it is read. */
const jsonSchema: Shape<JsonSchema> = anyObject;

const parameterDescription = object<ParameterDescription>({
  name: optional(text),
  optional: optional(flag),
  rest: optional(flag),
  flag: optional(flag),
  options: optional(list(text)),
  open: optional(flag),
});

const taskDescription = object<TaskDescription>({
  name: text,
  description: optional(text),
  parameters: optional(jsonSchema),
  usage: orElse(text, () => ""),
  positional: optional(list(parameterDescription)),
  maxArgs: optional(number),
});

/** A limit that older agents do not have. */
const laterLimit = orElse(number, () => Infinity);

const limits = object<Limits>({
  connections: number,
  inFlight: number,
  messageBytes: number,
  depth: number,
  values: laterLimit,
  callsPerSecond: laterLimit,
  allCallsPerSecond: laterLimit,
  resultChars: number,
  outputChars: number,
});

/** Result of `describe`. */
export const describeResult = object<DescribeResult>({
  app: text,
  version: text,
  instance: text,
  protocol: oneOf(SUBPROTOCOL),
  tasks: list(taskDescription),
  limits,
});
