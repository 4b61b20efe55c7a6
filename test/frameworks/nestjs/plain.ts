// A Nest app without remsh.
import { NestFactory } from "@nestjs/core";
import { AppModule } from "./module.js";

const app = await NestFactory.create(AppModule, { logger: false });
app.enableShutdownHooks();
await app.listen(0, "127.0.0.1");
console.log(`port ${app.getHttpServer().address().port}`);
