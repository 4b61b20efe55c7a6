import { once } from "node:events";
import { MessageChannel } from "node:worker_threads";
import { expect, onTestFinished, test } from "vitest";
import { FIRST_TICKET } from "../../../agent/border/channel.ts";
import { DEFAULT_LIMITS } from "../../../agent/border/limits.ts";
import { callToRunner, readFromRunner } from "../../../agent/border/port-messages.ts";
import { Runner } from "../../../agent/runs/runner.ts";
import { Session } from "../../../agent/runs/session.ts";
import { Registry } from "../../../agent/tasks/registry.ts";

test.each([
  ["tasks that are loaded with the first call", async () => Promise.resolve(new Registry({ Release: { seed() {} } }))],
  ["tasks that are loaded", () => new Registry({ Release: { seed() {} } })],
])("a name that no task has is refused before the arguments are decoded: %s", async (_what, loadTasks) => {
  const identity = { app: "shop", version: "1", instance: "1", pid: 1, root: "/shop", startedMs: 0 };
  const loading = { loadTasks, reloadTasks: undefined, onReload: undefined };
  const runner = new Runner({ identity, limits: DEFAULT_LIMITS, context: {}, ...loading });
  const { port1, port2 } = new MessageChannel();
  onTestFinished(() => {
    port1.close();
    runner.close();
  });
  const table = new SharedArrayBuffer((FIRST_TICKET + 2) * Int32Array.BYTES_PER_ELEMENT);
  new Session({ port: port2, table }, { runner, openConsoles: () => Promise.reject(new Error("no console")) });
  const params = { task: "Release.sed", run: "1", args: "not devalue's", encoding: "devalue" };
  port1.postMessage(callToRunner(1, JSON.stringify({ jsonrpc: "2.0", id: 1, method: "call", params }), undefined));
  const [text] = (await once(port1, "message")) as [string];
  expect(readFromRunner(text)).toMatchObject({ kind: "error", ticket: 1 });
  expect(text).toContain("UNKNOWN_TASK");
});
