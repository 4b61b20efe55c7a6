// Removes the agent's own frames from an inspected error, and the frames below them: only the user's frames help.
import path from "node:path";
import { pathToFileURL } from "node:url";
import { stripVTControlCharacters } from "node:util";
import { OWN_FOLDER } from "../instance/own-files.ts";

/**
 * The agent's own folders; none in an app's bundle, which holds the app's own frames, too. A TypeScript loader may show
 * paths instead of URLs.
 */
const OWN_FOLDERS: readonly string[] =
  OWN_FOLDER === undefined ? [] : [pathToFileURL(OWN_FOLDER + path.sep).href, `(${OWN_FOLDER}${path.sep}`];

/** True for a line of a stack that is the agent's own. */
export function isOwnFrame(line: string): boolean {
  return OWN_FOLDERS.some((folder) => line.includes(folder));
}

/**
 * Removes from every stack in the text the agent's frames, the frames below them, and Node's frames below the user's
 * last.
 */
export function withoutOwnFrames(text: string): string {
  if (!text.includes(" at ")) return text;
  const kept: string[] = [];
  let frames: string[] = [];
  for (const line of [...text.split("\n"), ""]) {
    if (isFrame(line)) {
      frames.push(line);
      continue;
    }
    appendFrames(kept, frames);
    frames = [];
    kept.push(line);
  }
  return kept.slice(0, -1).join("\n");
}

function appendFrames(kept: string[], frames: string[]): void {
  const own = frames.findIndex((line) => {
    const bare = stripVTControlCharacters(line);
    return bare.includes("node:inspector:") || isOwnFrame(bare);
  });
  const users = frames.slice(0, own === -1 ? frames.length : own);
  while (/\(?node:/.test(stripVTControlCharacters(users.at(-1) ?? ""))) users.pop();
  kept.push(...users);
  // The last frame's line ends with the bracket that opens the list of the error's own properties.
  const last = users.length < frames.length ? /( [{}[\]()]+)$/.exec(frames.at(-1) ?? "")?.[1] : undefined;
  if (last !== undefined) kept.push(`${kept.pop() ?? ""}${last}`);
}

/** True for a frame, or for the line by which inspect replaces frames that the error shares with its cause. */
function isFrame(line: string): boolean {
  return /^\s*(at |\.\.\. \d+ lines matching )/.test(stripVTControlCharacters(line));
}
