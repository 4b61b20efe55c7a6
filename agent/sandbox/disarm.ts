// Takes from this process what Node's permission model leaves in it: the means to signal the app, to slow it down, to wait
// without end, to open sockets, the agent's own among them, and to open databases. A seat belt as vm2 is, for whoever has left vm2; what the
// kernel refuses besides is in ../gateway/expressions/confine.ts.
import { ChildProcess } from "node:child_process";
import dgram from "node:dgram";
import dns from "node:dns";
import { syncBuiltinESMExports } from "node:module";
import net from "node:net";
import os from "node:os";

/** Methods of a socket's handle that reach beyond this process. */
const REACHING = ["connect", "connect6", "bind", "bind6", "listen", "open", "send", "send6"];

/** Removes them for good: no reference to the functions themselves is left where a program could come by it. */
export function disarm(): void {
  remove(process, ["kill", "_kill", "_debugProcess", "_debugEnd", "execve", "binding"]);
  remove(os, ["setPriority"]);
  for (const handle of [tcpHandle(), udpHandle(), Reflect.get(process.stdin, "_handle")]) {
    if (isObject(handle)) remove(Object.getPrototypeOf(handle) as object, REACHING);
  }
  // A handle that has started nothing has any number for its process, 0 too, which would be a whole group.
  const child: unknown = Reflect.get(new ChildProcess(), "_handle");
  if (isObject(child)) remove(Object.getPrototypeOf(child) as object, ["kill", "spawn"]);
  // Names are resolved by native code, which opens sockets of its own.
  for (const resolver of [dns.promises, dns]) remove(resolver, Object.keys(resolver));
  remove(Atomics, ["wait"]);
  const sqlite: unknown = process.getBuiltinModule?.("node:sqlite");
  if (isObject(sqlite)) remove(sqlite, ["DatabaseSync", "backup"]);
  // What is imported rather than required is a copy.
  syncBuiltinESMExports();
}

/** A handle of the kind that every TCP socket has; it never connects. */
function tcpHandle(): unknown {
  const socket = new net.Socket().on("error", () => {}); // Node 25 and later refuse it: then there is nothing to remove
  socket.connect(1, "127.0.0.1");
  const handle: unknown = Reflect.get(socket, "_handle");
  socket.destroy();
  return handle;
}

function udpHandle(): unknown {
  const socket = dgram.createSocket("udp4");
  const states = Object.getOwnPropertySymbols(socket).map((symbol): unknown => Reflect.get(socket, symbol));
  const handle = states
    .map((state): unknown => (isObject(state) ? Reflect.get(state, "handle") : undefined))
    .find(isObject);
  socket.close();
  return handle;
}

function remove(from: object, names: string[]): void {
  for (const name of names) Reflect.deleteProperty(from, name);
}

function isObject(value: unknown): value is object {
  return typeof value === "object" && value !== null;
}
