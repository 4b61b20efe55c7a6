// The messages between `remsh start` and the app that it has started: one JSON object a line, on a descriptor that the
// app inherits. It is not Node's own IPC channel, because an app may use that to find out whether it is a child
// process.

import { either, fits, flag, number, object, oneOf, orElse, text } from "./messages/shape.ts";

/**
 * The variable that names the descriptor. The app's preload removes it, because it is not for the app's own children.
 */
export const SUPERVISOR_FD = "REMSH_SUPERVISOR_FD";

/** The variable's value for a child of this process that has the line at the descriptor. */
export function lineForChildren(descriptor: number): string {
  return `${descriptor} from ${process.pid}`;
}

/**
 * The descriptor that the variable names; undefined if it was meant for another process. Programs inherit the variable
 * without the line, as the child of `node --watch` does, and then use the descriptor for something else. So an open
 * descriptor alone proves nothing.
 */
export function lineDescriptor(said: string | undefined): number | undefined {
  const [, descriptor, supervisor] = /^(\d+) from (\d+)$/.exec(said ?? "") ?? [];
  return supervisor === String(process.ppid) ? Number(descriptor) : undefined;
}

/**
 * From the app: its agent listens, and says whether it will send `serving`, as an older agent will not; its entry has been evaluated to its end, or is not waited for; it serves; what it
 * waits for until then; there will be no agent, for example because another process has its place; it has received that
 * its runs must end; they have ended or ignore the signal.
 */
export type FromApp =
  | { type: "listening"; socket: string; instance: string; saysServing: boolean }
  | { type: "loaded" }
  | { type: "serving" }
  | { type: "waits"; reason: string }
  | { type: "failed"; reason: string; isTaken: boolean }
  | { type: "ending" }
  | { type: "idle" };

/**
 * To the app: this post_start hook runs; from now on it decides itself whether it is ready; it is about to be stopped;
 * its runs must end. To the process of `eval`: end, with this code.
 */
export type ToApp =
  | { type: "hook"; name: string }
  | { type: "ready" }
  | { type: "stopping" }
  | { type: "ending"; graceMs: number }
  | { type: "end"; exitCode: number };

/** The reason why an app is not ready whose supervisor was killed before its post_start hooks had ended. */
export const START_LOST =
  "remsh start was killed before its post_start hooks had ended (start --adopt takes over; or restart the app, or call it ready with remsh ready)";

type Message<Messages extends { type: string }, Type> = Extract<Messages, { type: Type }>;

const FROM_APP = either<FromApp>(
  object<Message<FromApp, "listening">>({
    type: oneOf("listening"),
    socket: text,
    instance: text,
    saysServing: orElse(flag, () => false),
  }),
  object<Message<FromApp, "loaded">>({ type: oneOf("loaded") }),
  object<Message<FromApp, "serving">>({ type: oneOf("serving") }),
  object<Message<FromApp, "waits">>({ type: oneOf("waits"), reason: text }),
  object<Message<FromApp, "failed">>({ type: oneOf("failed"), reason: text, isTaken: orElse(flag, () => false) }),
  object<Message<FromApp, "ending">>({ type: oneOf("ending") }),
  object<Message<FromApp, "idle">>({ type: oneOf("idle") }),
);

const TO_APP = either<ToApp>(
  object<Message<ToApp, "hook">>({ type: oneOf("hook"), name: text }),
  object<Message<ToApp, "ready">>({ type: oneOf("ready") }),
  object<Message<ToApp, "stopping">>({ type: oneOf("stopping") }),
  object<Message<ToApp, "ending">>({ type: oneOf("ending"), graceMs: number }),
  object<Message<ToApp, "end">>({ type: oneOf("end"), exitCode: number }),
);

/** A message of the app; undefined if it is of an unknown type, because the app may have another version of remsh. */
export function readFromApp(line: string): FromApp | undefined {
  const message: unknown = JSON.parse(line);
  return fits(FROM_APP, message) ? message : undefined;
}

/** A message to the app; undefined if it is of an unknown type, as of a supervisor of another version of remsh. */
export function readToApp(line: string): ToApp | undefined {
  const message: unknown = JSON.parse(line);
  return fits(TO_APP, message) ? message : undefined;
}

/** One message as it is sent. */
export function messageLine(message: FromApp | ToApp): string {
  return `${JSON.stringify(message)}\n`;
}

/** Splits a stream into such lines. Call the result with each piece of text as it arrives. */
export function lineReader(onLine: (line: string) => void): (text: string) => void {
  let rest = "";
  return (text) => {
    const lines = (rest + text).split("\n");
    rest = lines.pop() ?? "";
    for (const line of lines) onLine(line);
  };
}
