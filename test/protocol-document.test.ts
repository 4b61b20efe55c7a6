// PROTOCOL.md is the contract: its interfaces, tables and sessions are held equal to what the code is and does.
import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { once } from "node:events";
import { connect } from "node:net";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import WebSocket from "ws";
import { DEFAULT_LIMITS } from "../agent/border/limits.ts";
import { RPC_CODES } from "../shared/errors.ts";
import { NOTIFIED, PARAMS, RESULTS } from "../shared/messages/method-shapes.ts";
import { METHODS, NOTIFICATIONS, SUBPROTOCOL } from "../shared/messages/messages.ts";
import type { Member, Shape } from "../shared/messages/shape.ts";
import { removeTemporary, startApp, type App } from "./end-to-end/processes.ts";

const ROOT = path.join(import.meta.dirname, "..");
const DOCUMENT = readFileSync(path.join(ROOT, "PROTOCOL.md"), "utf8");
const MESSAGES = path.join(ROOT, "shared/messages");
const SOURCE = [
  path.join(ROOT, "shared/errors.ts"),
  ...readdirSync(MESSAGES)
    .filter((name) => name.endsWith("-messages.ts"))
    .map((name) => path.join(MESSAGES, name)),
]
  .map((file) => readFileSync(file, "utf8"))
  .join("\n");

/** Declared in the source but not sent: how the code reads what is sent. */
const NOT_SENT = ["AgentMessage", "ErrorObject", "JsonSchema", "RpcErrorData"];

function declarations(text: string): Map<string, string> {
  const bare = text.replaceAll(/\/\*\*.*?\*\//gs, "");
  const found = bare.matchAll(/^(?:export )?(?:interface (\w+)[^{]*\{.*?^\}|type (\w+) = [^;]*;)/gms);
  return new Map(
    [...found].map(([whole, name, alias]) => [
      name ?? alias ?? "",
      whole.replace(/^export /, "").replaceAll(/\s+/g, " "),
    ]),
  );
}

function rows(heading: string): string[][] {
  const section = DOCUMENT.split(/^## /m).find((part) => part.startsWith(`${heading}\n`)) ?? "";
  return [...section.matchAll(/^\| `(.+?)` \| (.*?) \| (.*) \|$/gm)].map(([, ...cells]) => cells);
}

test("every interface of the document is the one in the source", () => {
  const source = declarations(SOURCE);
  const documented = [...DOCUMENT.matchAll(/```ts\n(.*?)```/gs)].flatMap(([, block = ""]) => [...declarations(block)]);
  expect(documented.length).toBeGreaterThan(15);
  for (const [name, text] of documented) expect(text, name).toBe(source.get(name));
});

test("every message of the source is in the document", () => {
  const interfaces = [...SOURCE.matchAll(/^export interface (\w+)/gm)].map(([, name = ""]) => name);
  const documented = [...DOCUMENT.matchAll(/^interface (\w+)/gm)].map(([, name]) => name);
  expect(documented.sort()).toEqual(interfaces.filter((name) => !NOT_SENT.includes(name)).sort());
});

test("the methods and notifications of the document are those of the source", () => {
  expect(rows("Methods").map(([method]) => method)).toEqual([...METHODS]);
  const headings = [...DOCUMENT.matchAll(/^### `(.+)`$/gm)].map(([, name]) => name);
  expect(headings.sort()).toEqual([...METHODS, ...NOTIFICATIONS].sort());
});

/** The members that the document gives an interface, its parents' included; one that may be left out ends with `?`. */
function documentedMembers(name: string): string[] {
  const declaration = declarations(DOCUMENT).get(name) ?? "";
  const [, parents = "", body = ""] = /^interface \w+(?: extends ([\w, ]+))? \{(.*)\}$/.exec(declaration) ?? [];
  const inherited = parents === "" ? [] : parents.split(", ").flatMap(documentedMembers);
  const own = [...body.replaceAll(/\{[^}]*\}/g, "").matchAll(/(\w+)(\??):/g)].map(
    ([, member, mark]) => `${member}${mark}`,
  );
  return [...inherited, ...own].sort();
}

/** The same, as the code checks them. */
function checkedMembers({ members = {} }: Shape<unknown>): string[] {
  const mark = (member: Member) => (typeof member === "function" || member.fallback ? "" : "?");
  return Object.entries(members)
    .map(([name, member]) => `${name}${mark(member)}`)
    .sort();
}

test.each([...METHODS])("what %s takes and answers is checked as the document says, member by member", (method) => {
  const [, params = "", others = ""] = rows("Methods").find(([name]) => name === method) ?? [];
  const [result = ""] = others.split(" | ");
  const named = [params, result].map((cell) => documentedMembers(cell.replaceAll("`", "")));
  expect(named).toEqual([PARAMS[method], RESULTS[method]].map((shape) => checkedMembers(shape)));
  expect(named[1]?.length).toBeGreaterThan(0);
});

test("what notifications carry is checked as the document says", () => {
  const documented = { "run.output": "RunOutput", "run.progress": "RunProgress", "console.output": "ConsoleOutput" };
  expect(Object.keys(NOTIFIED)).toEqual([...NOTIFICATIONS]);
  for (const name of NOTIFICATIONS) expect(checkedMembers(NOTIFIED[name])).toEqual(documentedMembers(documented[name]));
});

test("the codes of the document are those of the source", () => {
  const codes = Object.entries(RPC_CODES).map(([code, [number, meaning]]) => [code, String(number), meaning]);
  expect(rows("Errors")).toEqual(codes);
});

test("the limits of the document are the agent's defaults", () => {
  const limits = Object.entries<number>({ ...DEFAULT_LIMITS }).map(([name, value]) => [
    name,
    value.toLocaleString("en"),
  ]);
  expect(rows("Limits").map(([name, value]) => [name, value])).toEqual(limits);
});

describe("sessions", () => {
  let app: App;
  beforeAll(async () => {
    app = await startApp("shop.mjs");
  });
  afterAll(async () => {
    await app.stop();
    removeTemporary();
  });

  const sessions = [...DOCUMENT.matchAll(/```session\n(.*?)```/gs)].map(([, text = ""]) => text.trim().split("\n"));
  test.each(sessions.map((lines) => [lines[0], lines] as const))("%s", async (_first, lines) => {
    const socket = new WebSocket("ws://localhost/", [SUBPROTOCOL], { createConnection: () => connect(app.socket) });
    const received: string[] = [];
    const closed = once(socket, "close");
    const arrived = new Emitter(socket, received);
    await once(socket, "open");
    for (const line of lines) {
      const text = line.slice(2);
      if (line.startsWith("→")) socket.send(text);
      else if (line.startsWith("←")) expect(comparable(await arrived.next())).toEqual(comparable(text));
      else expect(`× ${(await closed).map(String).join(" ")}`).toBe(line);
    }
    socket.terminate();
  });
});

/** The messages of a socket, one after the other. */
class Emitter {
  readonly #received: string[];
  #wake: () => void = () => {};

  constructor(socket: WebSocket, received: string[]) {
    this.#received = received;
    socket.on("message", (data) => {
      received.push((data as Buffer).toString());
      this.#wake();
    });
  }

  async next(): Promise<string> {
    while (this.#received.length === 0) await new Promise<void>((resolve) => (this.#wake = resolve));
    return this.#received.shift() ?? "";
  }
}

/** The message, with what differs from run to run replaced by its type, and without what only Linux has. */
function comparable(text: string): unknown {
  const varying = ["instance", "pid", "node", "uptimeMs", "rssBytes", "loopDelayMs", "host", "root"];
  return JSON.parse(text, (key, value: unknown) => {
    if (key === "pidNamespace" || key === "processStart") return undefined;
    return varying.includes(key) ? typeof value : value;
  });
}
