// How the end of an expression's process is told, by what ended it; and what a process may not do to the gateway.
import { afterEach, expect, test, vi } from "vitest";
import type * as Confine from "../../../../agent/gateway/expressions/confine.ts";
import { seal } from "../../../../agent/gateway/expressions/confine.ts";
import { locateVm2 } from "../../../../agent/gateway/expressions/confine.ts";
import { ExpressionProcess } from "../../../../agent/gateway/expressions/expression-process.ts";
import { ExpressionRun } from "../../../../agent/gateway/expressions/expression-run.ts";
import type { Answer } from "../../../../shared/messages/answer.ts";
import { openGateway } from "../main-thread-port.ts";

vi.mock("../../../../agent/gateway/expressions/confine.ts", async (load) => {
  const actual = await load<typeof Confine>();
  return { ...actual, seal: vi.fn(actual.seal) };
});
afterEach(() => vi.mocked(seal).mockClear());

const IDLE = { program: process.execPath, args: ["-e", "setInterval(() => {}, 1000)"], isWatched: false };

test.each<[NodeJS.Signals, string, RegExp]>([
  [
    "SIGKILL",
    "CONNECTION_LOST",
    /^its process was killed, by another process or because the system is short of memory$/,
  ],
  ["SIGTERM", "CONNECTION_LOST", /^its process was ended by SIGTERM, which another process sent$/],
  ["SIGHUP", "CONNECTION_LOST", /^its process was ended by SIGHUP, which another process sent$/],
  ["SIGXCPU", "TIMEOUT", /more CPU time than an expression may/],
  ["SIGABRT", "LIMIT_EXCEEDED", /more memory than an expression may use/],
  ["SIGSEGV", "INTERNAL", /^its process crashed with SIGSEGV$/],
])("ended by %s it is %s", async (signal, code, reason) => {
  const child = new ExpressionProcess(IDLE, 1000);
  const lost = new Promise((resolve) => child.begin({ hear: () => {}, lost: (...cause) => resolve(cause) }));
  process.kill(child.pid ?? 0, signal);
  expect(await lost).toEqual([code, expect.stringMatching(reason)]);
  expect(child.isAlive).toBe(false);
});

test.each([
  [3, "INTERNAL", "its process ended with exit code 3"],
  [0, "INTERNAL", "its process ended with exit code 0"],
])("ended with exit code %d it is a fault", async (exitCode, code, reason) => {
  const child = new ExpressionProcess({ ...IDLE, args: ["-e", `process.exit(${exitCode})`] }, 1000);
  const lost = new Promise((resolve) => child.begin({ hear: () => {}, lost: (...cause) => resolve(cause) }));
  expect(await lost).toEqual([code, reason]);
});

/** A process that executes this script until it is killed. */
function execute(script: string): ExpressionProcess {
  return new ExpressionProcess({ ...IDLE, args: ["-e", `${script}; setInterval(() => {}, 1000)`] }, 10_000);
}

const READY = '{"type":"ready"}\n';

test("a process that says again and again that it is ready is sealed once", async () => {
  const child = execute(`process.stdout.write(${JSON.stringify(`${READY.repeat(50)}{"type":"waiting","heard":0}\n`)})`);
  await new Promise((resolve) => child.begin({ hear: resolve, lost: resolve }));
  await child.ready;
  expect(vi.mocked(seal).mock.calls).toEqual([[child.pid]]);
  child.kill();
});

test("a process that cannot be sealed is ended", async () => {
  vi.mocked(seal).mockRejectedValueOnce(new Error("spawn EAGAIN"));
  const child = execute(`process.stdout.write(${JSON.stringify(READY)})`);
  const lost = new Promise((resolve) => child.begin({ hear: () => {}, lost: (...cause) => resolve(cause) }));
  expect(await lost).toEqual(["INTERNAL", "its process cannot be confined: spawn EAGAIN"]);
  expect(child.isAlive).toBe(false);
});

test("a process that makes an invalid call is ended, so that its session's next expression gets another", async () => {
  const at = openGateway();
  const { gateway } = at;
  gateway.admission.tasks.hear({ type: "tasks", described: "{}", names: [] });
  const args: unknown = JSON.parse(`${"[".repeat(200)}${"]".repeat(200)}`);
  const call = JSON.stringify({ type: "call", call: 1, task: "Shop.open", args: { args } });
  const child = execute(
    `process.stdout.write(${JSON.stringify(READY)}); process.stdin.once("data", () => console.log(${JSON.stringify(call)}))`,
  );
  const answer = await new Promise<Answer>((respond) => {
    const { relays, admission } = gateway;
    const expression = { code: "1", run: "r", timeoutMs: undefined, lossless: undefined, isWhole: false };
    void new ExpressionRun(expression, { process: child, relays, admission, notify: () => {}, respond }).start();
  });
  expect(answer.json).toContain("nested deeper than 100");
  expect(child.isAlive).toBe(false);
  child.kill();
  at.close();
});

test("without vm2 on the disk, as in Yarn's zip files, the error says what to do", () => {
  expect(() => locateVm2("/nonexistent/remsh/dist/gateway.cjs")).toThrow(
    expect.objectContaining({
      code: "NOT_SUPPORTED",
      message:
        "Cannot evaluate expressions: the package vm2 is not installed as files beside remsh (npm ci; with Yarn's Plug'n'Play, nodeLinker: node-modules)",
    }),
  );
});
