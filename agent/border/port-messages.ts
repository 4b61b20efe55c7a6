// Encodes the messages on a connection's port, between the gateway and the runner on the main thread. Each message is
// one text: its kind, the ticket of its request, and a body, separated by spaces.
import type { Answer } from "../../shared/messages/answer.ts";

/** The kinds of message that the gateway sends. */
export type ToRunnerKind =
  /**
   * A call. The body is the moment by which the task must have begun, or `-`, then a space, then the request's text, in
   * which the run has an id.
   */
  | "call"
  /**
   * Any other request. The body is the client's text. For `console.open`, `console.evaluate` and the gateway's own
   * questions, the gateway writes the text.
   */
  | "request"
  /** The request's deadline has passed, or the request was withdrawn: the run must end. */
  | "abort"
  /** The console's evaluation that belongs to this request must stop waiting. */
  | "interrupt"
  /** A large answer has left the gateway. The body is its length. */
  | "answer-left"
  /** There is room for output again. */
  | "resume"
  /** The caller has disconnected: its output is no longer needed. */
  | "unheard"
  /** All consoles must close. */
  | "close-consoles";

/** The kinds of message that the runner sends. */
export type FromRunnerKind =
  /** The one answer, as JSON; the ticket is free. */
  | Answer["kind"]
  /** The result of `console.open`, as JSON; the ticket stays in use for the console's output. */
  | "opened"
  /** The runner no longer needs the ticket: its request was withdrawn, or its console is closed. */
  | "released"
  /** Output. The body is `1` for stdout or `2` for stderr, then the text. */
  | "output"
  /** Output was dropped. The body is the stream's number, lines and bytes, separated by spaces. */
  | "gap"
  /** How far the run has come, as JSON. */
  | "progress"
  /** Asks whether the gateway is still alive. The gateway answers in the table. */
  | "alive?";

/** The ticket of a message that belongs to no request. */
const NO_TICKET = 0;

/** One decoded message. */
export interface PortMessage<Kind extends string> {
  kind: Kind;
  ticket: number;
  body: string;
}

/** Writes a message to the runner. */
export function toRunner(kind: ToRunnerKind, ticket = NO_TICKET, body = ""): string {
  return `${kind} ${ticket} ${body}`;
}

/** Writes a message to the gateway. */
export function toGateway(kind: FromRunnerKind, ticket = NO_TICKET, body = ""): string {
  return `${kind} ${ticket} ${body}`;
}

/**
 * Writes a call to the runner. `beginsBy` is a moment on `monotonicMs`; undefined when the task may begin at any time.
 */
export function callToRunner(ticket: number, text: string, beginsBy: number | undefined): string {
  return toRunner("call", ticket, `${beginsBy ?? "-"} ${text}`);
}

/** Splits the body of a call. */
export function takeCallApart(body: string): { beginsBy: number | undefined; text: string } {
  const space = body.indexOf(" ");
  const beginsBy = Number(body.slice(0, space));
  return { beginsBy: Number.isNaN(beginsBy) ? undefined : beginsBy, text: body.slice(space + 1) };
}

/** Writes the answer to the request of this ticket. */
export function answerToGateway(ticket: number, { kind, json }: Answer): string {
  return toGateway(kind, ticket, json);
}

/** Decodes a message from the gateway. */
export function readFromGateway(text: string): PortMessage<ToRunnerKind> {
  return takeApart<ToRunnerKind>(text);
}

/** Decodes a message from the runner. */
export function readFromRunner(text: string): PortMessage<FromRunnerKind> {
  return takeApart<FromRunnerKind>(text);
}

function takeApart<Kind extends string>(text: string): PortMessage<Kind> {
  const first = text.indexOf(" ");
  const second = text.indexOf(" ", first + 1);
  // Safe: only the functions above write to the port.
  const kind = text.slice(0, first) as Kind;
  return { kind, ticket: Number(text.slice(first + 1, second)), body: text.slice(second + 1) };
}
