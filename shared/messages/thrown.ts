// Turns a received `thrown` back into a TaskError, and into the text that people read.
import { TaskError } from "../errors.ts";
import type { TaskErrorData, Thrown, ThrownError } from "./messages.ts";
import { buildError, decode, type Devalue } from "./values.ts";

/** True if a thrown value is devalue's text: {@link toTaskError} then needs devalue. */
export function isEncoded(thrown: Thrown): boolean {
  if (!("error" in thrown)) return thrown.encoding !== undefined;
  const { cause, errors = [] } = thrown.error;
  return (cause !== undefined && isEncoded(cause)) || errors.some(isEncoded);
}

/** The error that a caller of the library catches. Without devalue, an encoded value is represented by its text. */
export function toTaskError(data: TaskErrorData, devalue?: Devalue): TaskError {
  const { thrown, run, exitCode } = data;
  const summary = "error" in thrown ? thrown.error.message : thrown.text;
  return new TaskError(summary, { run, thrown: rebuild(thrown, devalue), report: thrownText(thrown), exitCode });
}

/** The whole report: name, message, own properties, frames, and, each indented, the causes and the collected errors. */
export function thrownText(thrown: Thrown): string {
  if (!("error" in thrown)) return thrown.text;
  const { error } = thrown;
  const parts = [heading(error)];
  if (error.stack) parts.push(error.stack);
  for (const [key, value] of Object.entries(error.properties ?? {})) parts.push(`    ${key}: ${JSON.stringify(value)}`);
  for (const inner of error.errors ?? []) parts.push(indent(`[error] ${thrownText(inner)}`));
  if (error.cause) parts.push(indent(`[cause] ${thrownText(error.cause)}`));
  return parts.join("\n");
}

/** `Error: the message`, or the text of the thrown value. */
export function thrownHeading(thrown: Thrown): string {
  return "error" in thrown ? heading(thrown.error) : thrown.text;
}

function heading({ name, message }: ThrownError): string {
  if (name === "") return message;
  return message === "" ? name : `${name}: ${message}`;
}

function indent(text: string): string {
  return text.replaceAll(/^/gm, "  ");
}

function rebuild(thrown: Thrown, devalue: Devalue | undefined): unknown {
  if (!("error" in thrown)) return thrown.isUndefined ? undefined : valueOf(thrown, devalue);
  const { name, message, stack, cause, errors, properties } = thrown.error;
  return buildError({
    ...properties,
    name,
    message,
    stack: stack === undefined ? heading(thrown.error) : `${heading(thrown.error)}\n${stack}`,
    ...(cause && { cause: rebuild(cause, devalue) }),
    ...(errors && { errors: errors.map((inner) => rebuild(inner, devalue)) }),
  });
}

function valueOf({ text, ...encoded }: Exclude<Thrown, { error: ThrownError }>, devalue: Devalue | undefined): unknown {
  if (!("value" in encoded)) return text;
  try {
    return decode(encoded, devalue);
  } catch {
    return text; // a fault in the error's own text must not hide the failure itself
  }
}
