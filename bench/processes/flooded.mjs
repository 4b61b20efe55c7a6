// The app that is flooded: an HTTP server, tasks with schemas and large results, and the agent.
import { once } from "node:events";
import { createServer } from "node:http";
import { monitorEventLoopDelay } from "node:perf_hooks";
import * as z from "zod";
import { startAgent, task } from "../../dist/agent.js";
import { answerParent } from "./parent.mjs";

/** With this many tasks that have a schema, a description takes a while. */
const SCHEMAS = 40;

const server = createServer((_request, response) => response.end("ok\n")).listen(0, "127.0.0.1");
const delay = monitorEventLoopDelay({ resolution: 1 });

answerParent({
  start: async () => {
    if (!server.listening) await once(server, "listening");
    const { socket } = await startAgent({ app: "bench", version: "1.0.0", tasks: tasks(), required: true });
    return { socket, port: server.address().port, pid: process.pid };
  },
  startDelay: () => {
    delay.enable();
    delay.reset();
  },
  delay: () => {
    delay.disable();
    return delay.max / 1e6;
  },
});

function tasks() {
  const empty = () => {};
  const echo = (text) => text;
  const big = (megabytes) => "x".repeat(megabytes * 1024 * 1024);
  // Large texts in few pieces: the measurement is about waiting output, not about the task's own work.
  const print = (megabytes) => {
    for (let each = 0; each < megabytes; each++) console.log("o".repeat(1024 * 1024));
  };
  const args = z.object({ id: z.number(), name: z.string().min(1), tags: z.array(z.enum(["a", "b", "c"])).optional() });
  const described = Array.from({ length: SCHEMAS }, (_, index) => [`task${index}`, task({ args, run: () => {} })]);
  return { Bench: { empty, echo, big, print }, Schemas: Object.fromEntries(described) };
}
