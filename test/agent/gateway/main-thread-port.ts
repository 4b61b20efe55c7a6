// The main thread's end of a gateway that runs in the test's own thread: receives what arrives on the ports of its
// callers.
import { once } from "node:events";
import { MessageChannel } from "node:worker_threads";
import type { Channel, FromGateway } from "../../../agent/border/channel.ts";
import { createGateway, type Gateway } from "../../../agent/gateway/gateway.ts";
import { DEFAULT_LIMITS } from "../../../agent/border/limits.ts";
import { readFromGateway, type PortMessage, type ToRunnerKind } from "../../../agent/border/port-messages.ts";
import { BEAT_INTERVAL_MS, LAST_BEAT } from "../../../agent/border/heartbeat-cells.ts";
import { monotonicMs } from "../../../shared/boot-clock.ts";
import type { Limits } from "../../../shared/messages/messages.ts";

/** A gateway, and the channels that it has opened to the main thread. */
export interface OpenedGateway {
  gateway: Gateway;
  channels: Channel[];
  /** Resolves to the next message of the newest channel. */
  hear(): Promise<PortMessage<ToRunnerKind>>;
  close(): void;
}

/** Makes a gateway whose app's event loop turns. */
export function openGateway(limits: Partial<Limits> = {}): OpenedGateway {
  const { port1, port2 } = new MessageChannel();
  const heartbeat = new SharedArrayBuffer(2 * Float64Array.BYTES_PER_ELEMENT);
  new Float64Array(heartbeat)[LAST_BEAT] = monotonicMs() + 1000 * BEAT_INTERVAL_MS;
  const identity = { app: "shop", version: "1", instance: "4711", pid: 4711, root: "/shop", startedMs: 0 };
  const folder = { root: "/shop", isGiven: false };
  const place = { socket: "/shop/4711.sock", ownsDirectory: false };
  const data = { ...place, identity, folder, limits: { ...DEFAULT_LIMITS, ...limits }, heartbeat, mayInspect: false };
  const channels: Channel[] = [];
  const unheard: PortMessage<ToRunnerKind>[] = [];
  const heard = new EventTarget();
  port2.on("message", (message: FromGateway) => {
    if (message.type !== "connected") return;
    channels.push(message.channel);
    message.channel.port.on("message", (said: string | string[]) => {
      unheard.push(...[said].flat().map(readFromGateway));
      heard.dispatchEvent(new Event("message"));
    });
  });
  return {
    gateway: createGateway(data, port1),
    channels,
    async hear() {
      while (unheard.length === 0) await once(heard, "message");
      return unheard.shift() as PortMessage<ToRunnerKind>;
    },
    close() {
      for (const { port } of channels) port.close();
      port1.close();
    },
  };
}
