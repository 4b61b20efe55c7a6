// The messages on a connection's port, between the gateway and the runner on the main thread. Each is one text: its kind, the
// ticket of the request that it is about, and a body, with a space between them.
import type { Answer } from "../../shared/messages/answer.ts";

/** What the gateway says. */
export type ToRunnerKind =
  /** A call; the body is the moment by which it must have begun, or `-`, then a space, and the text that the client sent. */
  | "call"
  /** Any other request; the body is its text, as the client sent it. */
  | "request"
  /** The request's deadline has passed, or it was taken back: the run is to end. */
  | "abort"
  /** The console's evaluation that this request asked for is to stop waiting. */
  | "interrupt"
  /** A large answer has left the gateway; the body is its length. */
  | "answer-left"
  /** There is room for output again. */
  | "resume"
  /** The caller is gone: output is no longer wanted. */
  | "unheard"
  /** All consoles are to close. */
  | "close-consoles";

/** What the runner says. */
export type FromRunnerKind =
  /** The one answer, as JSON; the ticket is free. */
  | Answer["kind"]
  /** The result of `console.open`, as JSON; the ticket stays in use for the console's output. */
  | "opened"
  /** The runner has done with the ticket: its request was taken back, or its console is closed. */
  | "released"
  /** Output: `1` for stdout or `2` for stderr, then the text. */
  | "output"
  /** Output was dropped: the stream's number, lines and bytes, with spaces between them. */
  | "gap"
  /** How far the run has come, as JSON. */
  | "progress"
  /** Asks whether the gateway is there; it answers in the table. */
  | "alive?";

/** The ticket of a message that is about no request. */
const NO_TICKET = 0;

/** One message, taken apart. */
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

/** Writes a call to the runner. `beginsBy` is a moment on `monotonicMs`; undefined: it may begin whenever it can. */
export function callToRunner(ticket: number, text: string, beginsBy: number | undefined): string {
  return toRunner("call", ticket, `${beginsBy ?? "-"} ${text}`);
}

/** Takes the body of a call apart. */
export function takeCallApart(body: string): { beginsBy: number | undefined; text: string } {
  const space = body.indexOf(" ");
  const beginsBy = Number(body.slice(0, space));
  return { beginsBy: Number.isNaN(beginsBy) ? undefined : beginsBy, text: body.slice(space + 1) };
}

/** Writes the answer to the request of this ticket. */
export function answerToGateway(ticket: number, { kind, json }: Answer): string {
  return toGateway(kind, ticket, json);
}

/** Takes apart what the gateway wrote. */
export function readFromGateway(text: string): PortMessage<ToRunnerKind> {
  return takeApart<ToRunnerKind>(text);
}

/** Takes apart what the runner wrote. */
export function readFromRunner(text: string): PortMessage<FromRunnerKind> {
  return takeApart<FromRunnerKind>(text);
}

function takeApart<Kind extends string>(text: string): PortMessage<Kind> {
  const first = text.indexOf(" ");
  const second = text.indexOf(" ", first + 1);
  // The functions above wrote it: only they hold an end of the port.
  const kind = text.slice(0, first) as Kind;
  return { kind, ticket: Number(text.slice(first + 1, second)), body: text.slice(second + 1) };
}
