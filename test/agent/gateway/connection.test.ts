import { PassThrough } from "node:stream";
import { afterEach, expect, test, vi } from "vitest";
import { FIRST_TICKET, STARTED, WITHDRAWN } from "../../../agent/border/channel.ts";
import { Connection, type ConnectionOptions, type Peer } from "../../../agent/gateway/connection.ts";
import type { Limits } from "../../../shared/messages/messages.ts";
import { answerToGateway } from "../../../agent/border/port-messages.ts";
import { requestMessage } from "../../../shared/messages/protocol.ts";
import { openGateway, type OpenedGateway } from "./main-thread-port.ts";

let opened: OpenedGateway | undefined;

afterEach(() => opened?.close());

/** A connection of a gateway of its own, and what its peer is told. */
function connect(
  options?: ConnectionOptions,
  limits?: Partial<Limits>,
): { at: OpenedGateway; connection: Connection; answers: string[] } {
  const at = (opened = openGateway(limits));
  const answers: string[] = [];
  const peer: Peer = {
    socket: new PassThrough(),
    notify: (_text, written) => written(),
    respond: (text) => void answers.push(text),
    reject: (text) => void answers.push(text),
    setBusy() {},
  };
  return { at, connection: new Connection(peer, at.gateway, options), answers };
}

test("what the gateway answers itself opens no port to the main thread", async () => {
  const { at, connection, answers } = connect();
  connection.receive(requestMessage(1, "ping", {}));
  connection.receive('{"jsonrpc":"2.0","id":2,"method":"dance"}');
  connection.receive('{"jsonrpc":"2.0","id":3,"method":"call","params":{"task":1}}');
  connection.receive(requestMessage(4, "call", { task: "Shop.open" }));
  expect((await at.hear()).kind).toBe("call");
  await vi.waitUntil(() => answers.length === 3);
  expect(at.channels).toHaveLength(1);
});

test("one that can send one request has a table of one ticket", async () => {
  const { at, connection } = connect({ requests: 1 });
  connection.receive(requestMessage(1, "call", { task: "Shop.open" }));
  await at.hear();
  expect(at.channels[0]?.table.byteLength).toBe((FIRST_TICKET + 1) * Int32Array.BYTES_PER_ELEMENT);
});

test("an answer goes out under the caller's own id, as the runner wrote it", async () => {
  const { at, connection, answers } = connect();
  connection.receive(requestMessage('"},', "call", { task: "Shop.open", run: "r" }));
  const { ticket } = await at.hear();
  const json = '{"run":"r","value":"\\"id\\":7"}';
  at.channels[0]?.port.postMessage(answerToGateway(ticket, { kind: "result", json }));
  await vi.waitUntil(() => answers.length === 1);
  expect(answers).toEqual([`{"jsonrpc":"2.0","id":"\\"},","result":${json}}`]);
});

test.each([
  ["by our clients", '{"jsonrpc":"2.0","id":7,"method":"call","params":', 7],
  ["with blanks", '{"jsonrpc": "2.0", "id": 7, "method": "call", "params": ', 7],
  ["in lines", '{\n  "jsonrpc" : "2.0",\n  "method" : "call",\n  "id" : 7,\n  "params" : ', 7],
  ["with a text as id", '{"id":"r-7 \u{1f600}","jsonrpc":"2.0","method":"call","params":', "r-7 \u{1f600}"],
  ["with the id behind the params", '{"jsonrpc":"2.0","method":"call","params":', null],
  ["with an escaped id", '{"jsonrpc":"2.0","id":"\\u0037","method":"call","params":', null],
])("a request with too many values, written %s, is answered", (_how, head, id) => {
  const { connection, answers } = connect();
  const params = JSON.stringify({ task: "Shop.open", args: Array.from({ length: 200_001 }, () => 0) });
  connection.receive(`${head}${params}${id === null ? ',"id":7' : ""}}`);
  expect(answers.map((answer) => JSON.parse(answer) as unknown)).toMatchObject([
    { id, error: { data: { code: "LIMIT_EXCEEDED" } } },
  ]);
});

test("an operator's requests are taken while the rate of calls is used up", async () => {
  const { at, connection, answers } = connect({}, { callsPerSecond: 1 });
  for (let id = 0; id < 11; id++) connection.receive(requestMessage(id, "call", { task: "Shop.open" }));
  await vi.waitUntil(() => answers.length === 1);
  expect(answers[0]).toContain("TOO_MANY");
  connection.receive(requestMessage(11, "runs", {}));
  connection.receive(requestMessage(12, "console.interrupt", { console: "c" }));
  connection.receive(requestMessage(13, "console.close", { console: "c" }));
  await vi.waitUntil(() => answers.length === 2);
  expect(answers[1]).toContain('"id":12,"result"');
  for (let call = 0; call < 10; call++) expect((await at.hear()).kind).toBe("call");
  expect([(await at.hear()).body, (await at.hear()).body]).toEqual([
    requestMessage(11, "runs", {}),
    requestMessage(13, "console.close", { console: "c" }),
  ]);
});

test("a console that could not be opened leaves its id free", async () => {
  const { at, connection, answers } = connect();
  for (let id = 1; id <= 2; id++) {
    connection.receive(requestMessage(id, "console.open", { who: "ada", console: "c1" }));
    const { ticket, body } = await at.hear();
    expect(JSON.parse(body)).toMatchObject({ id, method: "console.open" });
    at.channels[0]?.port.postMessage(answerToGateway(ticket, { kind: "error", json: '{"code":-32010}' }));
    await vi.waitUntil(() => answers.length === id);
  }
  connection.receive(requestMessage(3, "console.open", { who: "ada", console: "c1" }));
  await at.hear();
  connection.receive(requestMessage(4, "console.open", { who: "ada", console: "c1" }));
  expect(answers[2]).toContain("is open on this connection already");
});

test("when the agent gives its callers up, a call that has not started never will", async () => {
  const { at, connection, answers } = connect();
  connection.receive(requestMessage(1, "call", { task: "Shop.open" }));
  const { ticket } = await at.hear();
  const states = new Int32Array(at.channels[0]?.table ?? new SharedArrayBuffer(0));
  states[FIRST_TICKET + ticket] = STARTED;
  connection.receive(requestMessage(2, "call", { task: "Shop.open" }));
  const { ticket: queued } = await at.hear();
  at.gateway.relays.abandon();
  expect(answers.map((answer) => JSON.parse(answer) as unknown)).toMatchObject([
    { id: 1, error: { data: { code: "CANCELLED", state: "running" } } },
    { id: 2, error: { data: { code: "CANCELLED", state: "not-started" } } },
  ]);
  expect(states[FIRST_TICKET + queued]).toBe(WITHDRAWN);
});

test("the list of the tasks is built once: the main thread hears of one describe, and of no unknown name", async () => {
  const { at, connection, answers } = connect();
  connection.receive(requestMessage(1, "describe", {}));
  const { ticket, body } = await at.hear();
  expect(JSON.parse(body)).toMatchObject({ id: 1, method: "describe" });
  const described = '{"app":"shop","tasks":[{"name":"Shop.open"}]}';
  at.gateway.admission.tasks.hear({ type: "tasks", described, names: ["Shop.open"] });
  at.channels[0]?.port.postMessage(answerToGateway(ticket, { kind: "result", json: described }));
  await vi.waitUntil(() => answers.length === 1);
  connection.receive(requestMessage(2, "describe", {}));
  connection.receive(requestMessage(3, "call", { task: "Shop.opne" }));
  connection.receive(requestMessage(4, "call", { task: "Shop.open" }));
  // Messages arrive in order: nothing was sent between the first and this one.
  expect((await at.hear()).kind).toBe("call");
  expect(answers.slice(1).map((answer) => JSON.parse(answer) as unknown)).toMatchObject([
    { id: 2, result: JSON.parse(described) as object },
    { id: 3, error: { data: { code: "UNKNOWN_TASK", state: "not-started" } } },
  ]);
});
