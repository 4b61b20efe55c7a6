// What `describe` has to look like.
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

export const describeParams = object<DescribeParams>({ retry: optional(flag), timeoutMs: optional(time) });

/** What schema libraries write is theirs: a keyword is looked at where it is read. */
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

const limits = object<Limits>({
  connections: number,
  inFlight: number,
  messageBytes: number,
  depth: number,
  values: number,
  callsPerSecond: number,
  allCallsPerSecond: number,
  resultChars: number,
  outputChars: number,
});

export const describeResult = object<DescribeResult>({
  app: text,
  version: text,
  instance: text,
  protocol: oneOf(SUBPROTOCOL),
  tasks: list(taskDescription),
  limits,
});
