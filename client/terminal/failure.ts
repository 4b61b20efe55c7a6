// Reports a failure, to a person or with --json to a program, and decides the exit code.
import { RpcError, TaskError } from "../../shared/errors.ts";
import { messageOf } from "../../shared/message-of.ts";
import { defined } from "../../shared/messages/protocol.ts";
import { CommandFailure, refusedBySystem } from "./command-failure.ts";
import { EXIT_CODE_OF } from "./exit-codes.ts";
import type { Streams } from "./streams.ts";

/** The command was used wrongly: exit code 64. */
export class UsageError extends Error {
  override readonly name = "UsageError";
}

/** The task succeeded; only its result was too large to be sent: exit code 74. */
export class UnsentResult extends RpcError {}

/** Prints the failure and returns the exit code. */
export function reportFailure(reason: unknown, { stdout, stderr }: Streams, json: boolean): number {
  const error = refusedBySystem(reason, "run the command") ?? reason;
  const exitCode = exitCodeOf(error);
  if (json) stdout.write(`${JSON.stringify(failureJson(error, exitCode))}\n`);
  else stderr.write(`${failureText(error)}\n`);
  return exitCode;
}

/** The exit code of a failure. */
export function exitCodeOf(error: unknown): number {
  if (error instanceof TaskError) return error.exitCode ?? 1;
  if (error instanceof UnsentResult) return 74;
  if (error instanceof RpcError) return EXIT_CODE_OF[error.code];
  if (error instanceof CommandFailure) return error.exitCode;
  if (error instanceof UsageError) return 64;
  if (error instanceof SyntaxError) return 78; // a package.json that is not JSON
  return 70;
}

function failureText(error: unknown): string {
  if (error instanceof TaskError) return error.message;
  if (error instanceof RpcError) return error.text === undefined ? error.message : `${error.message}\n${error.text}`;
  if (error instanceof CommandFailure || error instanceof UsageError || error instanceof SyntaxError)
    return error.message;
  const fault = error instanceof Error ? (error.stack ?? error.message) : String(error);
  return `remsh has a fault (please report it): ${fault}`;
}

/** The one form of every failure: docs/json.md. */
function failureJson(error: unknown, exitCode: number): object {
  return { event: "error", error: errorJson(error, exitCode), exitCode };
}

function errorJson(error: unknown, exitCode: number): object {
  if (error instanceof TaskError) {
    const { run, message, code, thrown, report } = error;
    const name = thrown instanceof Error ? thrown.name : undefined;
    return { family: "task", message, ...defined({ run, name, code }), report };
  }
  if (error instanceof RpcError) {
    const { code, message, run, state, text } = error;
    return { family: "rpc", code, message, ...defined({ run, state, text }) };
  }
  const code =
    exitCode === 64 ? "USAGE" : exitCode === 78 ? "CONFIG" : error instanceof CommandFailure ? "FAILED" : "FAULT";
  return { family: "command", code, message: messageOf(error) };
}
