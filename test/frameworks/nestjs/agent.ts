// A Nest app with an agent, as in docs/frameworks.md.
import { NestFactory } from "@nestjs/core";
import { startAgent } from "remsh";
import { AppModule, Orders } from "./module.js";

const app = await NestFactory.create(AppModule, { logger: false, abortOnError: false });
app.enableShutdownHooks();
const orders = app.get(Orders).all;
const Release = { total: () => [...orders.values()].reduce((sum, order) => sum + order.total, 0) };
await startAgent({ tasks: { Release }, context: { app, orders }, ready: () => app.getHttpServer().listening });
await app.listen(0, "127.0.0.1");
console.log(`port ${app.getHttpServer().address().port}`);
