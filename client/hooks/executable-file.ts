// Checks an executable file of the app: its first lines, and why it could not be run. The system's own messages for
// that mislead.
import { closeSync, openSync, readSync, statSync } from "node:fs";
import path from "node:path";
import { hasCode } from "../../shared/has-code.ts";
import { messageOf } from "../../shared/message-of.ts";
import { writableBy } from "../../shared/writable-by.ts";
import { isExecutable } from "../project/file-access.ts";

/** How much of a file is searched for its first comment. */
const HEAD_BYTES = 2048;

/**
 * Why the file cannot be executed; undefined if it can. {@link fileFault} has found no fault in it. It need not be
 * readable.
 */
export function executableFault(file: string): string | undefined {
  const head = readHead(file);
  if (/^[^\n]*\r\n/.test(head)) return "its lines end in CRLF (save it with LF)";
  if (!isExecutable(file)) return `it is not executable (chmod +x "${file}")`;
  const [, interpreter] = /^#! *(\/\S+)/.exec(head) ?? [];
  if (interpreter === undefined || isExecutable(interpreter)) return undefined;
  return `its interpreter "${interpreter}" does not exist`;
}

/** Why it is not a usable file; undefined if it is one. */
export function fileFault(file: string): string | undefined {
  try {
    return statSync(file).isFile() ? undefined : "it is not a file";
  } catch (error) {
    // The folder lists it, so the target of the link is missing.
    if (hasCode(error, "ENOENT")) return "it is a link to a file that does not exist";
    return messageOf(error);
  }
}

/** Why the file cannot be trusted: other users may change it, or a folder above it, up to `root`. */
export function openFault(file: string, root: string): string | undefined {
  for (let each = file; each.startsWith(root); each = path.dirname(each)) {
    const writer = writableBy(statSync(each));
    if (writer) return `${writer.who} may write to "${each}" (chmod ${writer.chmod} "${each}")`;
    if (each === root) break;
  }
  return undefined;
}

/** The first comment line in the text, or empty. */
export function commentIn(head: string): string {
  const lines = head.split(/\r?\n/).filter((line) => !line.startsWith("#!") && line.trim() !== "");
  const [, text = ""] = /^\s*(?:#|\/\/|\/\*+)\s*(.*?)\s*(?:\*\/)?$/.exec(lines[0] ?? "") ?? [];
  return text;
}

/** The beginning of the file; empty if it cannot be read, as for a program that may only be executed. */
export function readHead(file: string): string {
  let descriptor: number | undefined;
  try {
    // Opening a pipe would wait for a writer.
    if (!statSync(file).isFile()) return "";
    descriptor = openSync(file, "r");
    const buffer = Buffer.alloc(HEAD_BYTES);
    return buffer.toString("utf8", 0, readSync(descriptor, buffer));
  } catch {
    return "";
  } finally {
    if (descriptor !== undefined) closeSync(descriptor);
  }
}
