// Reads the files by which processes find each other, and tells who owns them: root may read in another user's
// directory, and that user can write any process id into a file there.
import { closeSync, constants, fstatSync, openSync, readFileSync } from "node:fs";
import type { KnownProcess } from "./known-process.ts";

/** A file's content, and its owner. */
export interface OwnedFile {
  text: string;
  owner: number;
}

/**
 * Undefined if it is not a file: a pipe would never end.
 *
 * @throws the system's error when there is none, or a link: its target may have another owner.
 */
export function readOwnedFile(file: string): OwnedFile | undefined {
  const descriptor = openSync(file, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  try {
    const stats = fstatSync(descriptor);
    return stats.isFile() ? { text: readFileSync(descriptor, "utf8"), owner: stats.uid } : undefined;
  } finally {
    closeSync(descriptor);
  }
}

/** True if a file of that owner may name the process: root may name any process, another user only its own. */
export function mayName(owner: number, process: KnownProcess): boolean {
  return owner === 0 || owner === process.user;
}
