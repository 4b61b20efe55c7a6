import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, expect, test } from "vitest";
import { readAppSources } from "../../../agent/lifecycle/app-sources.ts";
import { topLevelAwaits } from "../../../agent/lifecycle/top-level-awaits.ts";

const made: string[] = [];
afterAll(() => made.forEach((folder) => rmSync(folder, { recursive: true })));

function app(files: Record<string, string>): string {
  const folder = mkdtempSync(path.join(tmpdir(), "rs-"));
  made.push(folder);
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(path.dirname(path.join(folder, name)), { recursive: true });
    writeFileSync(path.join(folder, name), text);
  }
  return path.join(folder, Object.keys(files)[0] ?? "");
}

const opens = async (files: Record<string, string>) =>
  (await readAppSources(app(files), { awaits: false })).opensServer;

test.each([
  ["app.listen(3000)", 'import express from "express";\nconst app = express();\napp.listen(3000);', 3],
  ["a port of the environment", "const app = await make();\nawait app.listen(process.env.PORT ?? 3000);", 2],
  ["fastify's options", "fastify.listen({ port: 3000 });", 1],
  ["createServer", 'require("node:http").createServer(handler);', 1],
  ["createSecureServer", "http2.createSecureServer(options, handler)", 1],
  ["Hono's serve", "serve({ fetch: app.fetch, port });", 1],
  ["Next's startServer", "startServer({ dir, port })", 1],
])("%s opens a server", async (_name, text, line) => {
  expect(await opens({ "server.js": text })).toBe(`server.js:${line}`);
});

test.each([
  ["a worker", 'import { Worker } from "bullmq";\nnew Worker("mails", send);'],
  ["a microservice of NestJS", "await app.listen();"],
  ["a comment", "// app.listen(3000)\n * createServer()"],
  ["another method", "emitter.listenTo(3); observer.serve(3); reserve(5);"],
])("%s opens none", async (_name, text) => {
  expect(await opens({ "server.js": text })).toBeUndefined();
});

test.each([
  ["import", 'import "./lib/http.js";'],
  ["import of names", 'import { start } from "./lib/http.js";'],
  ["import()", 'await import("./lib/http.js");'],
  ["require", 'require("./lib/http");'],
  ["a worker thread", 'new Worker("./lib/http.js");'],
  ["a URL", 'new Worker(new URL("./lib/http.js", import.meta.url));'],
])("a file that is named by %s counts", async (_name, text) => {
  expect(await opens({ "server.js": text, "lib/http.js": "\nserver.listen(80);" })).toBe(path.join("lib", "http.js:2"));
});

test("TypeScript's files are found by the names that they are compiled to", async () => {
  const files = { "server.ts": 'import { boot } from "./boot.js";', "boot.ts": "app.listen(3000);" };
  expect(await opens(files)).toBe("boot.ts:1");
});

test("a circle of imports, a missing file and a bundle end it", async () => {
  const bundle = `${"x;".repeat(200_000)}\nserver.listen(80);`;
  const text = 'import "./server.js"; import "./lost.js"; import "./bundle.js";';
  expect(await opens({ "server.js": text, "bundle.js": bundle })).toBeUndefined();
  expect(await readAppSources("/nowhere/server.js", { awaits: true })).toEqual({ opensServer: undefined, awaits: [] });
  expect(await readAppSources(undefined, { awaits: true })).toEqual({ opensServer: undefined, awaits: [] });
});

test("awaits at the top level are those that no function delays", () => {
  const text = `const a = await first();
async function later() { await never(); }
const arrow = async () => { await never(); };
class Some { static async m() { await never(); } }
for await (const job of jobs()) void job;
while (true) {
  const job = await next();
}
export default await last();`;
  expect(topLevelAwaits(text)).toEqual([1, 5, 7, 9]);
});

test("in TypeScript, those that begin at the left margin", () => {
  const text = `const a: number = await first();
async function later(x: string) {
  await never(x);
}
for await (const job of jobs() as Jobs) void job;`;
  expect(topLevelAwaits(text)).toEqual([1, 5]);
});
