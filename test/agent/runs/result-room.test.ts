// Results that wait for room: what ends their wait besides room that is given back.
import { MessageChannel, type MessagePort } from "node:worker_threads";
import { afterEach, expect, test, vi } from "vitest";
import { FIRST_TICKET } from "../../../agent/border/channel.ts";
import { callToRunner, toRunner } from "../../../agent/border/port-messages.ts";
import { DEFAULT_LIMITS } from "../../../agent/border/limits.ts";
import { resultRoom } from "../../../agent/runs/result-room.ts";
import type { ResultShare } from "../../../agent/runs/result-share.ts";
import { Run } from "../../../agent/runs/run.ts";
import { Runner } from "../../../agent/runs/runner.ts";
import { Session } from "../../../agent/runs/session.ts";
import { Registry } from "../../../agent/tasks/registry.ts";
import { task } from "../../../agent/tasks/task.ts";

const LARGE = 100_000;

const others: ResultShare = { chars: 0 };
afterEach(() => resultRoom.release(others, others.chars));

/** Results of others take the whole room but for so many characters. */
function leave(chars: number): void {
  resultRoom.count(others, 16 * 1024 * 1024 - chars);
}

function run(): Run {
  const print = () => Promise.resolve();
  const output = { isUnheard: false, share: { chars: 0 }, write() {}, print, progress() {} };
  return new Run({ run: "r", task: "Big.text", timeoutMs: undefined, output, claim: () => true, context: {} });
}

test("a run that is told to stop holds up no result that has room", async () => {
  leave(LARGE);
  const [oldest, next] = [run(), run()];
  const stopped = resultRoom.take(oldest, 2 * LARGE);
  const taken = resultRoom.take(next, LARGE);
  oldest.abort("cancel");
  await expect(stopped).rejects.toMatchObject({ code: "CANCELLED" });
  await taken;
  expect([oldest.roomTaken, next.roomTaken]).toEqual([0, LARGE]);
  resultRoom.release(next.output.share, LARGE);
});

test.each<[string, (gateway: MessagePort) => void]>([
  ["its caller", (gateway) => gateway.postMessage(toRunner("unheard"))],
  ["its gateway", (gateway) => gateway.close()],
])("a run whose result waits for room ends when %s is gone, and no result is made", async (_who, leaves) => {
  leave(0);
  const run = vi.fn(() => "x".repeat(LARGE));
  const format = vi.fn(() => "");
  const identity = { app: "shop", version: "1", instance: "1", pid: 1, root: "/", startedMs: 0 };
  const registry = new Registry({ Big: { text: task({ run, format }) } });
  const loading = { loadTasks: () => registry, reloadTasks: undefined, onReload: undefined };
  const runner = new Runner({ identity, limits: DEFAULT_LIMITS, context: {}, ...loading });
  const { port1, port2 } = new MessageChannel();
  const table = new SharedArrayBuffer((FIRST_TICKET + 1) * Int32Array.BYTES_PER_ELEMENT);
  new Session({ port: port1, table }, { runner, openConsoles: () => Promise.reject(new Error("none")) });
  port2.postMessage(
    callToRunner(0, JSON.stringify({ method: "call", params: { task: "Big.text", run: "r" } }), undefined),
  );
  await vi.waitFor(() => expect(run).toHaveBeenCalled());
  await new Promise((resolve) => setImmediate(resolve));
  expect(runner.runs.all).toHaveLength(1);
  leaves(port2);
  await vi.waitFor(() => expect(runner.runs.all).toEqual([]));
  expect(format).not.toHaveBeenCalled();
  port2.close();
});
