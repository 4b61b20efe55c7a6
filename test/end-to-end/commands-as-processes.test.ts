// Each command once as a process of its own: that it is wired to the process's streams and exit code, and ends by itself. What the
// commands say and decide is shown in the test's own process (in-process.ts).
import { afterAll, beforeAll, expect, test } from "vitest";
import { removeTemporary, startApp, startRemsh, type App, type Finished } from "./processes.ts";

let app: App;
beforeAll(async () => {
  app = await startApp("shop.mjs");
});
afterAll(async () => {
  await app.stop();
  removeTemporary();
});

const done = (stdout: unknown): Finished => ({ stdout: stdout as string, stderr: "", code: 0 });
const failed = (code: number, stderr: unknown): Finished => ({ stdout: "", stderr: stderr as string, code });
const matching = (pattern: RegExp) => expect.stringMatching(pattern) as unknown;

test.each<[string[], Finished]>([
  [["ping"], done("pong\n")],
  [["ping", "--ready", "--json"], done(matching(/^\{.*"status":"ok".*\}\n$/))],
  [["--app", "none", "ping"], failed(69, matching(/^Cannot reach none: /))],
  [["rpc", "Release.add", "1", "2"], done("3\n")],
  [["rpc", "Print.both"], { stdout: "out 1\nout 2\n", stderr: "err 1\nerr 2\n", code: 0 }],
  [["rpc", "Throw.string"], failed(1, "\"Throw.string\" threw 'only text'\n")],
  [["rpc", "Throw.verdict"], failed(75, "2 migrations are pending\n")],
  [["rpc", "Release.migrat"], failed(65, matching(/^Cannot call "Release.migrat": no task has that name/))],
  [
    ["rpc", "--timeout", "200ms", "Job.wait"],
    { ...failed(75, matching(/^Gave up on "Job.wait"/)), stdout: "waiting\n" },
  ],
  [["rpc", "Release.add(2, 3)"], done("5\n")],
  [["rpc", "-e", "Release.add(2, 3)"], done("5\n")],
  [["tasks", "Release.add"], done(matching(/^Usage: remsh rpc Release\.add <a> <b>\n/))],
  [["status"], done(matching(/^shop \d+\n/))],
  [["stack"], done(matching(/^shop \d+ is idle: /))],
  [["runs"], done("no runs in flight\n")],
  [["cancel", "none"], failed(65, matching(/^Cannot cancel "none"/))],
  [["pid"], done(matching(/^\d+\n$/))],
  [["version"], done(matching(/^shop /))],
  [["remote", "-e", "1 + 1"], done("2\n")],
  [["remote", "--safe", "-e", "1 + 1"], done("2\n")],
  [["completion", "bash"], done(matching(/complete /))],
  [["--help"], done(matching(/^Usage: remsh /))],
  [["pnig"], failed(64, 'Cannot run the command: unknown command "pnig" (did you mean "ping"?)\n')],
])("%j", async (words, expected) => {
  expect(await startRemsh(words, { env: app.env }).finished).toEqual(expected);
});
