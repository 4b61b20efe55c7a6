// A Fastify app with an agent, as docs/frameworks.md has it.
import Fastify from "fastify";
import { startAgent } from "remsh";

const fastify = Fastify();
fastify.decorate("orders", new Map([[1, { total: 12 }]]));
fastify.get("/slow", () => new Promise((resolve) => setTimeout(resolve, 500, "done")));
const Release = { total: () => [...fastify.orders.values()].reduce((sum, order) => sum + order.total, 0) };
const agent = await startAgent({
  tasks: { Release },
  context: { fastify, orders: fastify.orders },
  ready: () => fastify.server.listening,
});
fastify.addHook("onClose", () => agent.close());
await fastify.listen({ port: 0, host: "127.0.0.1" });
console.log(`port ${fastify.server.address().port}`);
process.once("SIGTERM", () => fastify.close());
