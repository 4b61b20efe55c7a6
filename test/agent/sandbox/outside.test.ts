// Code that has left vm2: what it can reach in an evaluator's process. The same process, started by the same command.
import { createSocket } from "node:dgram";
import { once } from "node:events";
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import path from "node:path";
import { build } from "esbuild";
import { afterAll, beforeAll, expect, test } from "vitest";
import { removeTemporary, start, temporaryDirectory } from "../../end-to-end/processes.ts";

const NODE = process.env.REMSH_TEST_NODE ?? process.execPath;
const DIST = path.join(import.meta.dirname, "../../../dist");
/** Beside the package's files: from there vm2 is found. */
const DRIVER = path.join(DIST, `outside-driver-${process.pid}.mjs`);

const web = createServer((_request, response) => response.end("reached"));
const local = createServer((_request, response) => response.end("reached"));
/** Hears what is sent to the same port as a name server would be. */
const names = createSocket("udp4");
let asked = 0;
let run: (how: string) => Promise<Record<string, string>>;

beforeAll(async () => {
  const folder = temporaryDirectory();
  const target = { folder, file: path.join(folder, "secret.cjs"), socket: path.join(folder, "agent.sock"), port: 0 };
  writeFileSync(target.file, "module.exports = 'secret'");
  await new Promise<void>((resolve) => web.listen(0, "127.0.0.1", resolve));
  await new Promise<void>((resolve) => local.listen(target.socket, resolve));
  target.port = (web.address() as AddressInfo).port;
  names.on("message", () => asked++).bind(target.port, "127.0.0.1");
  await once(names, "listening");
  const fixture = readFileSync(path.join(import.meta.dirname, "fixtures/outside.cjs"), "utf8");
  const preload = path.join(folder, "outside.cjs");
  writeFileSync(preload, fixture.replace("TARGET", JSON.stringify(target)));
  await build({
    entryPoints: [path.join(import.meta.dirname, "fixtures/outside-driver.ts")],
    bundle: true,
    platform: "node",
    format: "esm",
    outfile: DRIVER,
  });
  run = async (how) => {
    const words = [DRIVER, path.join(DIST, "evaluator.cjs"), preload, how];
    const { stdout, stderr } = await start(NODE, words, { env: { SECRET: "of the app" } }).finished;
    expect(stderr).toBe("");
    return JSON.parse(stdout) as Record<string, string>;
  };
});
afterAll(() => {
  web.close();
  local.close();
  names.close();
  rmSync(DRIVER, { force: true });
  removeTemporary();
});

test.each([
  ["where the system has prlimit", "sealed"],
  ["without prlimit", "unsealed"],
])(
  "code outside of vm2 reads no file, starts no process, opens no socket, reaches nothing of the app %s",
  async (...[, how]) => {
    const got = await run(how);
    expect(Object.keys(got).length).toBeGreaterThan(30);
    expect(Object.entries(got).filter(([, outcome]) => !outcome.startsWith("refused"))).toEqual([]);
    expect(asked).toBe(0);
  },
);
