import { once } from "node:events";
import { symlinkSync } from "node:fs";
import { createServer } from "node:net";
import path from "node:path";
import { afterAll, expect, test } from "vitest";
import { isListening } from "../../shared/is-listening.ts";
import { removeTemporary, temporaryDirectory } from "../end-to-end/processes.ts";

afterAll(removeTemporary);

test("only a refusal and a missing file say that nobody listens: what fails on this side says nothing", async () => {
  const folder = temporaryDirectory();
  const socket = path.join(folder, "a.sock");
  const server = createServer().listen(socket);
  await once(server, "listening");
  expect(await isListening(socket)).toBe(true);
  server.close();
  expect(await isListening(socket)).toBe(false);
  // Stands for EMFILE and whatever else is neither.
  symlinkSync("loop.sock", path.join(folder, "loop.sock"));
  expect(await isListening(path.join(folder, "loop.sock"))).toBe(true);
});
