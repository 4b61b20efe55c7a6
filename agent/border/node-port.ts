// Gives a message port the methods of Node's. Under Deno, a port that has come to the main thread has those of a
// browser's port instead.
import type { MessagePort } from "node:worker_threads";

/** The port itself under Node. */
export function asNodePort(port: MessagePort): MessagePort {
  if (typeof (port as Partial<MessagePort>).on === "function") return port;
  const own = {
    on(event: "message" | "close", listener: (data: unknown) => void) {
      port.addEventListener(event, (said: Event) => listener("data" in said ? said.data : undefined));
      if (event === "message") port.start();
      return this;
    },
    ref() {},
    unref() {},
  };
  return Object.assign(port, own);
}
