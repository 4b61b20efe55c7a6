// Encodes and decodes the values of a call: plain JSON as it is, anything else through devalue. devalue is loaded with
// the first such value.
import { RpcError } from "../shared/errors.ts";
import { messageOf } from "../shared/message-of.ts";
import type { CallParams, Encoded } from "../shared/messages/messages.ts";
import { decode, encodeRich, isPlain } from "../shared/messages/values.ts";

/**
 * @throws RpcError NOT_SERIALIZABLE when an argument contains a function, a symbol or anything else that is not data.
 */
export async function encodeArguments(
  task: string,
  args: readonly unknown[],
): Promise<Pick<CallParams, "args" | "encoding">> {
  if (args.length === 0) return {};
  if (isPlain(args)) return { args: [...args] };
  const devalue = await import("devalue");
  try {
    const { value } = encodeRich(args, devalue);
    return { args: value, encoding: "devalue" };
  } catch (error) {
    const reason = messageOf(error);
    const message = `Cannot call "${task}": an argument cannot be sent (${reason})`;
    throw new RpcError("NOT_SERIALIZABLE", message, { state: "not-started", cause: error });
  }
}

/** The value that a task returned. */
export async function decodeResult({ value, encoding }: Encoded): Promise<unknown> {
  return encoding === undefined ? value : decode({ value, encoding }, await import("devalue"));
}
