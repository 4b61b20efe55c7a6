// Reads a migration's SQL file. PostgreSQL is spoken to in UTF-8: a file in another encoding is refused by name, since
// it would end as a syntax error at best, and as wrong text in the database at worst.
import { isUtf8 } from "node:buffer";
import { readFile } from "node:fs/promises";
import path from "node:path";
import { messageOf } from "../../../shared/message-of.ts";
import { TaskFailure } from "../../tasks/task.ts";

/** A byte order mark, as some editors write it in front of UTF-8. PostgreSQL takes it for a syntax error. */
const BYTE_ORDER_MARK = "\ufeff";

/**
 * The file's text, a byte order mark included. @throws TaskFailure (exit 78) when it cannot be read or is not UTF-8.
 */
export async function readSqlFile(file: string): Promise<string> {
  const bytes = await readFile(file).catch((cause: unknown) => {
    throw new TaskFailure(`Cannot read the migration "${shown(file)}": ${messageOf(cause)}`, { exitCode: 78, cause });
  });
  const fault = encodingFault(bytes);
  if (fault === undefined) return bytes.toString("utf8");
  throw new TaskFailure(`Cannot read the migration "${shown(file)}": ${fault} (save it as UTF-8)`, {
    exitCode: 78,
    code: "BAD_ENCODING",
  });
}

/**
 * For an engine that reads the file itself and hands all of it on. @throws TaskFailure (exit 78), also where a byte
 * order mark is in front.
 */
export async function requireSqlFile(file: string): Promise<void> {
  if (!(await readSqlFile(file)).startsWith(BYTE_ORDER_MARK)) return;
  throw new TaskFailure(
    `Cannot read the migration "${shown(file)}": it begins with a byte order mark (BOM), which PostgreSQL refuses (save it as UTF-8 without BOM)`,
    { exitCode: 78, code: "BAD_ENCODING" },
  );
}

/** The text as PostgreSQL takes it. */
export function withoutMark(text: string): string {
  return text.startsWith(BYTE_ORDER_MARK) ? text.slice(1) : text;
}

function encodingFault(bytes: Buffer): string | undefined {
  const start = bytes.subarray(0, 2).toString("hex");
  if (start === "fffe" || start === "feff") return "it is UTF-16";
  const zero = bytes.indexOf(0);
  if (zero >= 0) return `it is UTF-16, or no text: there is a byte 0 in line ${lineOf(bytes, zero)}`;
  const bad = firstBadByte(bytes);
  if (bad === undefined) return undefined;
  const byte = bytes[bad]?.toString(16).padStart(2, "0");
  return `it is not UTF-8, perhaps Latin-1: line ${lineOf(bytes, bad)} has the byte 0x${byte}`;
}

/** Where the text stops being UTF-8: there what was read is not what would be written. */
function firstBadByte(bytes: Buffer): number | undefined {
  if (isUtf8(bytes)) return undefined;
  const written = Buffer.from(bytes.toString("utf8"));
  return bytes.findIndex((byte, index) => byte !== written[index]);
}

function lineOf(bytes: Buffer, offset: number): number {
  let line = 1;
  for (let at = bytes.indexOf(10); at >= 0 && at < offset; at = bytes.indexOf(10, at + 1)) line += 1;
  return line;
}

function shown(file: string): string {
  return path.relative("", file);
}
