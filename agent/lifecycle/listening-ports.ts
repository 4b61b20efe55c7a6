// Finds the TCP ports at which this process listens, in the tables of Linux: a server in a worker thread or in native
// code is known nowhere else. Other systems have no such tables.
import { closeSync, openSync, readdirSync, readlinkSync, readSync } from "node:fs";
import type { AddressInfo } from "node:net";

/** The state of a socket that listens, in /proc/net/tcp. */
const LISTENS = "0A";

const CHUNK_BYTES = 16 * 1024;

/** A system with much memory takes 20 ms to list its connections, so its tables are read this often at most. */
const READ_EVERY_MS = 1000;

/** A socket that does not listen at its second sight is a connection. */
const SIGHTS = 2;

/** The ports of this process. */
export class ListeningPorts {
  readonly #before: ReadonlySet<string>;
  /** How often the tables were read for each socket. */
  #sights = new Map<string, number>();
  #found = new Map<string, AddressInfo>();
  #readAt = -READ_EVERY_MS;

  /** With `onlyNew`, sockets that are open now are left out later, too. */
  constructor(onlyNew: boolean) {
    this.#before = new Set(onlyNew ? ownSockets() : []);
  }

  /** Where the process listens now; none if the system does not tell. A new socket is found within a second. */
  look(): AddressInfo[] {
    const own = ownSockets().filter((inode) => !this.#before.has(inode));
    this.#found = new Map([...this.#found].filter(([inode]) => own.includes(inode)));
    if (this.#found.size === 0 && this.#isDue(own)) this.#read(own);
    return [...this.#found.values()];
  }

  #isDue(own: readonly string[]): boolean {
    const isNew = own.some((inode) => (this.#sights.get(inode) ?? 0) < SIGHTS);
    return isNew && performance.now() - this.#readAt >= READ_EVERY_MS;
  }

  #read(own: readonly string[]): void {
    this.#found = listeningOf(own);
    this.#sights = new Map(own.map((inode) => [inode, (this.#sights.get(inode) ?? 0) + 1]));
    this.#readAt = performance.now();
  }
}

function listeningOf(own: readonly string[]): Map<string, AddressInfo> {
  try {
    const all = ["tcp", "tcp6"].flatMap((table) => listeningIn(`/proc/self/net/${table}`));
    return new Map(all.filter(([inode]) => own.includes(inode)));
  } catch {
    return new Map(); // no descriptor is left, or the permission model refuses
  }
}

/** The inodes of this process's sockets. */
function ownSockets(): string[] {
  if (process.platform !== "linux") return [];
  try {
    return readdirSync("/proc/self/fd").flatMap((fd) => inodeOf(fd) ?? []);
  } catch {
    return []; // as in listeningOf
  }
}

function inodeOf(fd: string): string | undefined {
  try {
    return /^socket:\[(\d+)\]$/.exec(readlinkSync(`/proc/self/fd/${fd}`))?.[1];
  } catch {
    return undefined; // closed meanwhile
  }
}

/** The kernel lists listening sockets first, so the connections of the whole machine are not read. */
function listeningIn(table: string): [inode: string, address: AddressInfo][] {
  const lines = linesWhile(table, (line) => line.split(/\s+/)[4] === LISTENS);
  return lines.map((line) => {
    const [, , local = "", , , , , , , , inode = ""] = line.split(/\s+/);
    return [inode, addressOf(local)];
  });
}

/** The lines after the first, as long as the condition holds. */
function linesWhile(file: string, condition: (line: string) => boolean): string[] {
  const fd = openSync(file, "r");
  try {
    const found: string[] = [];
    const buffer = Buffer.alloc(CHUNK_BYTES);
    for (let rest = "", isFirst = true; ;) {
      const length = readSync(fd, buffer);
      const lines = (rest + buffer.toString("latin1", 0, length)).split("\n");
      rest = lines.pop() ?? "";
      for (const line of isFirst ? lines.slice(1) : lines) {
        if (!condition(` ${line.trimStart()}`)) return found;
        found.push(` ${line.trimStart()}`);
      }
      isFirst = false;
      if (length === 0) return found;
    }
  } finally {
    closeSync(fd);
  }
}

/** `0100007F:0BB8`: the address in the machine's byte order, and the port. */
function addressOf(local: string): AddressInfo {
  const [hex = "", port = ""] = local.split(":");
  if (hex.length > 8)
    return { address: /^0+$/.test(hex) ? "::" : "localhost", family: "IPv6", port: parseInt(port, 16) };
  const bytes = [...(hex.match(/../g) ?? [])].map((byte) => parseInt(byte, 16));
  if (new Uint8Array(new Uint16Array([1]).buffer)[0] === 1) bytes.reverse();
  return { address: bytes.join("."), family: "IPv4", port: parseInt(port, 16) };
}
