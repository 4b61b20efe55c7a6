// Splits text into chunks for output. Each chunk can be turned into bytes on its own.

/** A chunk holds at most this many characters. */
export const CHUNK_CHARS = 64 * 1024;

/** Splits the text. No chunk ends between the two halves of a surrogate pair. */
export function chunksOf(text: string): string[] {
  if (text.length <= CHUNK_CHARS) return text === "" ? [] : [text];
  const chunks: string[] = [];
  for (let from = 0; from < text.length;) {
    const chunk = chunkAt(text, from);
    chunks.push(chunk);
    from += chunk.length;
  }
  return chunks;
}

/** The chunk that begins at this index. */
export function chunkAt(text: string, from: number): string {
  return from === 0 && text.length <= CHUNK_CHARS ? text : text.slice(from, chunkEnd(text, from));
}

function chunkEnd(text: string, from: number): number {
  const end = Math.min(from + CHUNK_CHARS, text.length);
  const last = text.charCodeAt(end - 1);
  const splits = end < text.length && last >= 0xd800 && last <= 0xdbff;
  return splits ? end - 1 : end;
}
