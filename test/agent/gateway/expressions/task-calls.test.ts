import { afterEach, describe, expect, test } from "vitest";
import type { Answer } from "../../../../shared/messages/answer.ts";
import type { Limits } from "../../../../shared/messages/messages.ts";
import { FIRST_TICKET, STARTED } from "../../../../agent/border/channel.ts";
import { takeCallApart } from "../../../../agent/border/port-messages.ts";
import { TaskCalls } from "../../../../agent/gateway/expressions/task-calls.ts";
import { openGateway, type OpenedGateway } from "../main-thread-port.ts";

let opened: OpenedGateway | undefined;

afterEach(() => opened?.close());

/** The calls of an expression, and what becomes of them. */
function start(limits?: Partial<Limits>): { at: OpenedGateway; calls: TaskCalls; answers: [number, Answer][] } {
  const at = (opened = openGateway(limits));
  const answers: [number, Answer][] = [];
  const calls = new TaskCalls({
    run: "r".repeat(64),
    lossless: undefined,
    relays: at.gateway.relays,
    admission: at.gateway.admission,
    notify: (_notification, written) => written(),
    answered: (call, answer) => void answers.push([call, answer]),
  });
  return { at, calls, answers };
}

function codeOf([, { json }]: [number, Answer]): unknown {
  return (JSON.parse(json) as { data: { code: string } }).data.code;
}

describe("the call of an expression", () => {
  test("is passed on as a run whose id is one, however long that of the expression is", async () => {
    const { at, calls } = start();
    calls.call({ call: Number.MAX_SAFE_INTEGER, task: "Shop.open", args: { args: [1] } });
    const { kind, body } = await at.hear();
    const run = `${"r".repeat(46)}-${Number.MAX_SAFE_INTEGER}`;
    expect([kind, JSON.parse(takeCallApart(body).text)]).toMatchObject(["call", { params: { run, args: [1] } }]);
    expect(run.length).toBeLessThanOrEqual(64);
  });

  test("is refused as a client's is: by the names of the tasks, by its arguments, while the agent closes", () => {
    const { at, calls, answers } = start();
    at.gateway.admission.tasks.hear({ type: "tasks", described: "{}", names: ["Shop.open"] });
    calls.call({ call: 1, task: "Shop.shut", args: {} });
    calls.call({
      call: 2,
      task: "Shop.open",
      args: { args: `[["BigInt","${"1".repeat(20_000)}"]]`, encoding: "devalue" },
    });
    at.gateway.admission.close();
    calls.call({ call: 3, task: "Shop.open", args: {} });
    expect(answers.map(codeOf)).toEqual(["UNKNOWN_TASK", "LIMIT_EXCEEDED", "CLOSING"]);
    expect(calls.size).toBe(0);
  });

  test("is refused when its arguments hold more values than a client's message may", () => {
    const { calls, answers } = start({ values: 100 });
    calls.call({ call: 1, task: "Shop.open", args: { args: Array.from({ length: 101 }, () => 0) } });
    expect(answers.map(codeOf)).toEqual(["LIMIT_EXCEEDED"]);
    expect(calls.size).toBe(0);
  });

  test("that is none in the protocol throws: a number that is in flight, arguments that are nested too deeply", () => {
    const { calls } = start();
    calls.call({ call: 1, task: "Shop.open", args: {} });
    expect(() => calls.call({ call: 1, task: "Shop.open", args: {} })).toThrow("id 1 is in flight already");
    const deep: unknown = JSON.parse(`${"[".repeat(200)}${"]".repeat(200)}`);
    expect(() => calls.call({ call: 2, task: "Shop.open", args: { args: [deep] } })).toThrow("nested deeper than 100");
  });

  test("is cancelled also where no more calls may be in flight, and named while its task goes on", async () => {
    const { at, calls, answers } = start({ inFlight: 1 });
    calls.call({ call: 1, task: "Shop.open", args: {} });
    const { ticket } = await at.hear();
    calls.call({ call: 2, task: "Shop.open", args: {} });
    expect(answers.map(codeOf)).toEqual(["TOO_MANY"]);
    // As the runner does it: from here on the call cannot be taken back.
    const states = new Int32Array(at.channels[0]?.table ?? new SharedArrayBuffer(0));
    states[FIRST_TICKET + ticket] = STARTED;
    const running = calls.cancelAll(10);
    const { kind, body } = await at.hear();
    expect([kind, JSON.parse(body)]).toMatchObject(["request", { method: "cancel", params: { waitMs: 10 } }]);
    expect(await running).toEqual(["Shop.open"]);
  });

  test("that has not started is taken back, and nothing goes on", async () => {
    const { calls, answers } = start();
    calls.call({ call: 1, task: "Shop.open", args: {} });
    expect(await calls.cancelAll(60_000)).toEqual([]);
    expect(answers.map(codeOf)).toEqual(["CANCELLED"]);
  });
});
