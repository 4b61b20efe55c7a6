// Removes from this process what Node's permission model leaves in it: the means to signal the app, to slow it down, to
// wait without end, to open sockets including the agent's own, and to open databases. Like vm2, this is a second
// barrier, here for code that has escaped vm2. ../gateway/expressions/confine.ts says what the kernel refuses besides.
import { ChildProcess } from "node:child_process";
import dgram from "node:dgram";
import dns from "node:dns";
import { syncBuiltinESMExports } from "node:module";
import net from "node:net";
import os from "node:os";

/** Methods of a socket's handle that reach outside this process. */
const REACHING = ["connect", "connect6", "bind", "bind6", "listen", "open", "send", "send6"];

/** Removes them for good: no reference to the functions remains where a program could find it. */
export function disarm(): void {
  remove(process, ["kill", "_kill", "_debugProcess", "_debugEnd", "execve", "binding"]);
  remove(os, ["setPriority"]);
  for (const handle of [tcpHandle(), udpHandle(), Reflect.get(process.stdin, "_handle")]) {
    if (isObject(handle)) remove(Reflect.getPrototypeOf(handle) ?? {}, REACHING);
  }
  // A handle that has started no process may have any number as its process id, even 0, which means a whole group.
  const child: unknown = Reflect.get(new ChildProcess(), "_handle");
  if (isObject(child)) remove(Reflect.getPrototypeOf(child) ?? {}, ["kill", "spawn"]);
  // Native code resolves names, and opens sockets for that.
  for (const resolver of [dns.promises, dns]) remove(resolver, Object.keys(resolver));
  remove(Atomics, ["wait"]);
  const sqlite: unknown = process.getBuiltinModule?.("node:sqlite");
  if (isObject(sqlite)) remove(sqlite, ["DatabaseSync", "backup"]);
  // The ESM exports of built-in modules are copies.
  syncBuiltinESMExports();
}

/** A handle of the kind that every TCP socket has. It never connects. */
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
