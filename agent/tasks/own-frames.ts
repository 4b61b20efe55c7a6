// An error as `inspect` shows it, with the frames that are the user's: ours, and what lies below them, help nobody.
import { fileURLToPath } from "node:url";
import { stripVTControlCharacters } from "node:util";

/** Where our own frames are. A loader of TypeScript may show paths in the place of URLs. */
const OWN_FOLDERS: readonly string[] = [
  new URL(".", import.meta.url).href,
  `(${fileURLToPath(new URL(".", import.meta.url))}`,
];

/** True for a line of a stack that is ours. */
export function isOwnFrame(line: string): boolean {
  return OWN_FOLDERS.some((folder) => line.includes(folder));
}

/** Leaves out of every stack in the text our frames, what called us, and Node's own below the user's last. */
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
  // The last frame opens the list of the error's own properties.
  const last = users.length < frames.length ? /( [{}[\]()]+)$/.exec(frames.at(-1) ?? "")?.[1] : undefined;
  if (last !== undefined) kept.push(`${kept.pop() ?? ""}${last}`);
}

/** A frame, or what inspect puts in the place of frames that the error's cause has too. */
function isFrame(line: string): boolean {
  return /^\s*(at |\.\.\. \d+ lines matching )/.test(stripVTControlCharacters(line));
}
