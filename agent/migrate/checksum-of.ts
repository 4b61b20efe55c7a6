// The checksum by which an engine knows the text of a migration that it applied.
import { createHash } from "node:crypto";

/** As Prisma and drizzle compute it: SHA-256 in hexadecimal. */
export function checksumOf(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}

/** Whether the checksum is this text's, however its lines end: git may have changed that, and nobody has edited it. */
export function isChecksumOf(checksum: string, text: string): boolean {
  const unix = text.replaceAll("\r\n", "\n");
  return [text, unix, unix.replaceAll("\n", "\r\n")].some((variant) => checksumOf(variant) === checksum);
}
