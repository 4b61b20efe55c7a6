import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { withProcess } from "../../../client/cli/process-word.ts";

let root: string;
beforeAll(() => {
  root = mkdtempSync(path.join(tmpdir(), "process-word-"));
});
afterAll(() => rmSync(root, { recursive: true }));

function words(line: string, processes: object = { worker: {}, clock: {} }): string {
  writeFileSync(path.join(root, "package.json"), JSON.stringify({ name: "shop", remsh: { processes } }));
  return withProcess(line.split(" "), { REMSH_ROOT: root }).join(" ");
}

test.each([
  ["start worker", "start --instance worker"],
  ["daemon worker-2 -- --port 1", "daemon --instance worker-2 -- --port 1"],
  ["stop worker --timeout 1s", "stop --instance worker --timeout 1s"],
  ["ping worker", "ping --instance worker"],
  ["start", "start"],
  ["start -- worker", "start -- worker"],
  ["ping --wait worker", "ping --wait worker"],
  ["rpc worker", "rpc worker"],
  ["cancel worker", "cancel worker"],
])("%s means %s", (line, meant) => {
  expect(words(line)).toBe(meant);
});

test("a word of an app without processes is the command's", () => {
  expect(words("start worker", {})).toBe("start worker");
});

test("a mistyped name does not start the app itself", () => {
  expect(() => words("start wroker")).toThrow(
    'Cannot start "wroker": the app has no process of that name (it has worker, clock)',
  );
});

test("a package.json that cannot be read is left to the command", () => {
  writeFileSync(path.join(root, "package.json"), "{");
  expect(withProcess(["start", "worker"], { REMSH_ROOT: root })).toEqual(["start", "worker"]);
});
