// The shape of an error object that says what a task threw.
import type { TaskErrorData, Thrown, ThrownError } from "./answer-messages.ts";
import { anyObject, anything, isObject, list, number, object, oneOf, optional, text, type Shape } from "./shape.ts";

const thrown: Shape<Thrown> = (value) => (isObject(value) && "error" in value ? thrownError : thrownValue)(value);

const thrownError = object<Extract<Thrown, { error: ThrownError }>>({
  error: object<ThrownError>({
    name: text,
    message: text,
    stack: optional(text),
    cause: optional(thrown),
    errors: optional(list(thrown)),
    properties: optional(anyObject),
  }),
});

const thrownValue = object<Exclude<Thrown, { error: ThrownError }>>({
  text,
  isUndefined: optional(oneOf(true)),
  value: optional(anything),
  encoding: optional(oneOf("devalue")),
});

/** `data` of an error which says that the task threw. */
export const taskErrorData = object<TaskErrorData>({
  run: text,
  thrown,
  exitCode: optional(number),
});
