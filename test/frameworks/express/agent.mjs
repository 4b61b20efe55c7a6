// An Express app with an agent, as docs/frameworks.md has it.
import express from "express";
import { startAgent } from "remsh";

const orders = new Map([[1, { total: 12 }]]);
const app = express();
app.get("/slow", (_request, response) => setTimeout(() => response.send("done"), 500));
const server = app.listen(0, "127.0.0.1", () => console.log(`port ${server.address().port}`));
const Release = { total: () => [...orders.values()].reduce((sum, order) => sum + order.total, 0) };
const agent = await startAgent({ tasks: { Release }, context: { orders }, ready: () => server.listening });
process.once("SIGTERM", () => server.close(() => agent.close()));
