// The checksum by which an engine knows the text of a migration that it applied.
import { createHash } from "node:crypto";

/** As Prisma and drizzle compute it: SHA-256 in hexadecimal. */
export function checksumOf(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}

/** Whether the checksum is this text's, whatever its line ends: git may have changed those, which is no edit. */
export function isChecksumOf(checksum: string, text: string): boolean {
  const unix = text.replaceAll("\r\n", "\n");
  return [text, unix, unix.replaceAll("\n", "\r\n")].some((variant) => checksumOf(variant) === checksum);
}
