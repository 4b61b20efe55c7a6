// A Fastify app that knows nothing of remsh.
import Fastify from "fastify";

const fastify = Fastify();
fastify.get("/slow", () => new Promise((resolve) => setTimeout(resolve, 500, "done")));
await fastify.listen({ port: 0, host: "127.0.0.1" });
console.log(`port ${fastify.server.address().port}`);
process.once("SIGTERM", () => fastify.close());
