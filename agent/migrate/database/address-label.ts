// Shows a database's address without its secrets. A "/" or "?" in a password that was not encoded moves the rest of the
// password to the places of host and database. Such an address is refused as a whole or not shown; a part of it is
// never shown.
import { badAddress } from "./bad-address.ts";

// An example with a password would be masked like a real one (../../tasks/secrets.ts).
const HOW =
  'it must be like postgres://user@host:5432/database, with user:password for the user, and "/", "?", "#" and "@" in the password as %2F, %3F, %23 and %40';

/** Host, port and database, for messages. @throws TaskFailure (exit 78) when the address cannot be understood. */
export function addressLabel(address: string, how = HOW): string {
  // The form of pg itself: a socket's folder, and a database. pg knows no parameters there, so text that looks like
  // parameters means that the address was misunderstood.
  if (/^\/[^/@?=][^@?=]*$/.test(address)) return address.split(" ", 2).join(" ");
  const url = parse(address);
  if (!url || [url.pathname, url.hash, ...url.searchParams.keys()].some((part) => part.includes("@"))) {
    throw badAddress(how);
  }
  if (url.search.includes("@")) return "(address not shown)";
  const host = url.searchParams.get("host") ?? url.hostname;
  return `${host}${url.port && `:${url.port}`}${url.pathname}`;
}

/** As pg does: without a host, the user is still read. */
function parse(address: string): URL | undefined {
  const withHost = address.replace(/\/\/[^/?#]*@(?=\/)/, "//");
  return /^(?:[a-z][a-z\d+.-]*:\/\/|socket:)/i.test(address) && URL.canParse(withHost) ? new URL(withHost) : undefined;
}
