// The signed report, written in a hurry: it runs on the main thread. Meanwhile the shop answers no requests, and
// `bin/shop stack` says where it is.
import { createHash } from "node:crypto";
import type { Order } from "./orders.ts";

/** A report with a signature that took `ms` milliseconds to make. */
export function signReport(orders: readonly Order[], ms: number): { orders: number; signature: string } {
  return { orders: orders.length, signature: stretch(JSON.stringify(orders), ms) };
}

/** Hashes the hash of the hash …, until the time is over. */
function stretch(text: string, ms: number): string {
  const end = performance.now() + ms;
  let digest = text;
  do {
    digest = createHash("sha256").update(digest).digest("hex");
  } while (performance.now() < end);
  return digest;
}
