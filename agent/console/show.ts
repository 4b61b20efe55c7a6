// Renders a value for a console, with limits on depth, length and width, so that a huge object neither blocks the app
// nor floods the terminal. Each `.more` raises the limits.
import { types } from "node:util";
import { bounded } from "../../shared/bounded-value.ts";
import { RpcError } from "../../shared/errors.ts";
import type { ConsoleDisplay } from "../../shared/messages/console-messages.ts";
import { inspectValue } from "../tasks/inspect-value.ts";
import { withoutOwnFrames } from "../tasks/own-frames.ts";
import { reasonOf } from "../tasks/thrown.ts";

/** The limits at first, and those for each `.more`. */
const LEVELS = [
  { depth: 3, items: 100, stringChars: 4000, chars: 16 * 1024 },
  { depth: 6, items: 1000, stringChars: 100_000, chars: 256 * 1024 },
  { depth: 12, items: 10_000, stringChars: 1_000_000, chars: 1024 * 1024 },
] as const;

/** A program that reads the result gets the second level from the beginning. */
export const BARE_LEVEL = 1;

/** The rendering of a value. */
export interface Shown {
  text: string;
  /** True when something was omitted that the next level shows. */
  more: boolean;
}

/** The value as text at this level. */
export function show(value: unknown, level: number, { columns = 80, colors = false }: ConsoleDisplay): Shown {
  const { depth, items, stringChars, chars } = LEVELS[Math.min(level, LEVELS.length - 1)] ?? LEVELS[0];
  const shown = bounded(value, { depth, items });
  const looks = inspectValue(shown.value, {
    depth: shown.depth,
    colors,
    breakLength: columns,
    maxArrayLength: items,
    maxStringLength: stringChars,
  });
  const text = withoutOwnFrames(looks);
  const hidden = shown.hidden > 0 ? `\n… ${shown.hidden} more properties` : "";
  const cut = text.length > chars ? `${text.slice(0, chars)}${colors ? "\u001b[39m" : ""} …` : text;
  const more = level < LEVELS.length - 1 && (hidden !== "" || text.length > chars || isAbridged(text));
  return { text: cut + hidden, more };
}

/** A thrown value as text, with only the evaluated code's part of the stack. */
export function showThrown(value: unknown, display: ConsoleDisplay): string {
  // Our own errors are shown by sentence and code: a stack in the agent's code does not help.
  if (value instanceof RpcError) return `Uncaught ${value.message} [${value.code}]`;
  return `Uncaught ${withMessage(value, show(value, 0, display).text)}`;
}

/** The text with the error's message, if the app's own `Error.prepareStackTrace` has left it out of the stack. */
function withMessage(value: unknown, text: string): string {
  if (!types.isNativeError(value)) return text;
  const [line = ""] = reasonOf(value).split("\n");
  return text.includes(line.slice(0, 200)) ? text : `${line}\n${text}`;
}

function isAbridged(text: string): boolean {
  return /\.\.\. \d+ more (item|character)s?|\[(?!Getter\]|Setter\])[A-Z]\w*\]/.test(text);
}
