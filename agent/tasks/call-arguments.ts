// Decodes the arguments of a call: a list as it came, or devalue's text of a list.
import { RpcError } from "../../shared/errors.ts";
import { decode } from "../../shared/messages/values.ts";
import { ownPart } from "../instance/own-part.ts";
import type { NamedCall } from "./passed-requests.ts";
import { look } from "./thrown.ts";

/**
 * Synchronous if nothing has to be decoded: while output is captured, every await costs the app more.
 *
 * @throws RpcError BAD_ARGUMENTS when they are not a list.
 */
export function callArguments(call: NamedCall): unknown[] | Promise<unknown[]> {
  const { args = [], encoding } = call;
  return encoding === undefined ? checkList(call, args) : decodeArguments(call);
}

async function decodeArguments(call: NamedCall): Promise<unknown[]> {
  const { args: value, encoding = "devalue" } = call;
  const devalue = await ownPart(() => import("devalue"));
  try {
    return checkList(call, decode({ value, encoding }, devalue));
  } catch (error) {
    throw error instanceof RpcError ? error : badArguments(call, error);
  }
}

function checkList(call: NamedCall, args: unknown): unknown[] {
  if (Array.isArray(args)) return args;
  throw badArguments(call, new TypeError('"args" must be an array'));
}

function badArguments({ task }: NamedCall, cause: unknown): RpcError {
  const reason = cause instanceof Error ? cause.message : look(cause);
  return new RpcError("BAD_ARGUMENTS", `Cannot call "${task}": ${reason}`, { cause });
}
