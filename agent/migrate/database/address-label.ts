// What of a database's address may be said. A "/" or "?" in a password that was not encoded moves the rest of the password to where
// host and database are looked for: such an address is refused as a whole, or not shown, and never shown in part.
import { messageOf } from "../../../shared/message-of.ts";
import { TaskFailure } from "../../tasks/task.ts";

// An example with a password in its place would be masked as one is (../../tasks/secrets.ts).
const HOW =
  'it must be like postgres://user@host:5432/database, with user:password for the user, and "/", "?", "#" and "@" in the password as %2F, %3F, %23 and %40';

/** Host, port and database, for messages. @throws TaskFailure (exit 78) when the address cannot be understood. */
export function addressLabel(address: string): string {
  // pg's own: a socket's folder, and a database. It knows no parameters there: what looks like one is an address misunderstood.
  if (/^\/[^/@?=][^@?=]*$/.test(address)) return address.split(" ", 2).join(" ");
  const url = parse(address);
  if (!url || [url.pathname, url.hash, ...url.searchParams.keys()].some((part) => part.includes("@"))) {
    throw badAddress(HOW);
  }
  if (url.search.includes("@")) return "(address not shown)";
  const host = url.searchParams.get("host") ?? url.hostname;
  return `${host}${url.port && `:${url.port}`}${url.pathname}`;
}

/** The sentence for an address that is of no use. It has no cause, which could hold the address. */
export function badAddress(reason: unknown): TaskFailure {
  return new TaskFailure(`Cannot use the database's address: ${messageOf(reason)}`, {
    exitCode: 78,
    code: "BAD_DATABASE_URL",
  });
}

/** As pg does: without a host the user is read all the same. */
function parse(address: string): URL | undefined {
  const withHost = address.replace(/\/\/[^/?#]*@(?=\/)/, "//");
  return /^(?:[a-z][a-z\d+.-]*:\/\/|socket:)/i.test(address) && URL.canParse(withHost) ? new URL(withHost) : undefined;
}
