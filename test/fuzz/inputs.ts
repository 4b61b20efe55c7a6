// Generates the inputs: messages that are almost right, frames with false headers, requests that no client would make.
// They come from a seed, so that a failing input can be sent again.
import fc from "fast-check";
import type { Frame } from "./wire.ts";

/** A message that obeys the rules of JSON-RPC; each of these must be answered. */
export interface Request {
  id: number | string;
  text: string;
}

/** What a session over a WebSocket sends, one after the other. */
export type Input = { request: Request } | { text: string } | { frame: Frame };

/** One session over HTTP: bytes, and how they are cut. */
export interface HttpSession {
  bytes: Buffer;
  /** Where the bytes are cut into writes, as parts of the whole from 0 to 1. */
  cuts: number[];
}

/** Tasks of the fixture that neither end nor block it, and names that are not tasks. */
const TASKS = ["Release.migrate", "Release.add", "Release.seed", "Release.show", "Release.empty", "Throw.error"];
const NAMES = [...TASKS, "constructor", "__proto__", "Release.__proto__", "Release", "", ".", "Release.", "toString"];
const METHODS = [
  "ping",
  "describe",
  "call",
  "evaluate",
  "cancel",
  "attach",
  "runs",
  "console.open",
  "console.complete",
];
const WORDS = ["task", "args", "timeoutMs", "run", "console", "source", "bare", "code", "value", "encoding", "who"];
const SOURCES = [
  "1 + 1",
  "Release.add(1, 2)",
  "{",
  "throw 1",
  "Release.",
  "await 1",
  "[",
  "'",
  "\u2028",
  "Release.empty()",
];

const awkward = fc.constantFrom<unknown>(-1, 0, 1e400, 2 ** 53, 1.5, "", "\ud800", null, true, [], {}, "x".repeat(200));
const value = fc.oneof(fc.jsonValue({ maxDepth: 4 }), awkward, fc.constantFrom<unknown>(...TASKS, ...SOURCES));
const encoded = fc.oneof(
  fc.constantFrom(
    '[["Date","nope"]]',
    '[["BigInt","9"]]',
    '[["Map",1,2]]',
    "[[1],[0]]",
    "[-1]",
    '["Set",0]',
    "[[9999]]",
  ),
  fc.json(),
);

const params = fc.oneof(
  { weight: 4, arbitrary: fc.record({ task: fc.constantFrom(...NAMES), args: fc.array(value, { maxLength: 4 }) }) },
  { weight: 2, arbitrary: fc.record({ task: fc.constantFrom(...TASKS), args: encoded, timeoutMs: awkward }) },
  { weight: 2, arbitrary: fc.dictionary(fc.constantFrom(...WORDS), value, { maxKeys: 6 }) },
  { weight: 1, arbitrary: value },
);

const id = fc.oneof(fc.nat(), fc.string({ minLength: 1, maxLength: 20 }));
/** Expressions cost a process each, so there are few. */
const method = fc.oneof(
  { weight: 60, arbitrary: fc.constantFrom(...METHODS.filter((name) => name !== "evaluate")) },
  { weight: 1, arbitrary: fc.constant("evaluate") },
  { weight: 6, arbitrary: fc.string({ maxLength: 30 }) },
);

const object = fc.dictionary(fc.constantFrom(...WORDS), value, { maxKeys: 6 });
const request: fc.Arbitrary<Input> = fc
  .record({ id, method, params: fc.oneof(params, object) })
  .map((message) => ({ ...message, params: isObject(message.params) ? message.params : {} }))
  .map((message) => ({ request: { id: message.id, text: JSON.stringify({ jsonrpc: "2.0", ...message }) } }));

const anyMessage = fc
  .record(
    {
      jsonrpc: fc.oneof(fc.constant("2.0"), value),
      id: fc.oneof(id, value),
      method: fc.oneof(method, value),
      params,
      result: value,
      error: value,
    },
    { requiredKeys: [] },
  )
  .map((message) => JSON.stringify(message));

/** A message with a piece cut out, doubled or changed. */
const mutated = fc
  .record({
    text: anyMessage,
    at: fc.nat(),
    length: fc.nat({ max: 8 }),
    put: fc.string({ maxLength: 4, unit: "binary" }),
  })
  .map(({ text, at, length, put }) => {
    const begin = at % (text.length + 1);
    return text.slice(0, begin) + put + text.slice(begin + length);
  });

const frame = fc.record({
  opcode: fc.oneof(fc.constantFrom(0, 1, 2, 8, 9, 10), fc.nat({ max: 15 })),
  fin: fc.boolean(),
  reserved: fc.oneof({ weight: 6, arbitrary: fc.constant(0) }, { weight: 1, arbitrary: fc.nat({ max: 7 }) }),
  masked: fc.oneof({ weight: 8, arbitrary: fc.constant(true) }, { weight: 1, arbitrary: fc.constant(false) }),
  payload: fc.oneof(
    fc.uint8Array({ maxLength: 200 }).map((bytes) => Buffer.from(bytes)),
    mutated.map((text) => Buffer.from(text)),
  ),
  lie: fc.oneof(
    { weight: 8, arbitrary: fc.constant(0) },
    { weight: 1, arbitrary: fc.integer({ min: -9, max: 70_000 }) },
  ),
});

const breaking = fc.oneof(
  anyMessage.map((text) => ({ text })),
  mutated.map((text) => ({ text })),
  frame.map((each) => ({ frame: each })),
);

/** Requests, and at the end inputs that may end the connection: after them, no request is answered. */
export const webSocketSession: fc.Arbitrary<Input[]> = fc
  .tuple(fc.array(request, { maxLength: 60, size: "max" }), fc.array(breaking, { maxLength: 4 }))
  .map(([requests, last]) => [...requests, ...last]);

const header = fc.oneof(
  fc.constantFrom(
    "Host: localhost",
    "Host: evil.example",
    "Host:",
    "Origin: http://evil.example",
    "Content-Length: 5",
    "Content-Length: -1",
    "Content-Length: 99999999999",
    "Content-Length: 1e3",
    "Transfer-Encoding: chunked",
    "Transfer-Encoding: gzip, chunked",
    "Connection: Upgrade",
    "Upgrade: websocket",
    "Upgrade: h2c",
    "Expect: 100-continue",
    "Sec-WebSocket-Version: 13",
    "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==",
    "Authorization: Bearer x",
    " folded: yes",
    "no colon",
  ),
  fc
    .tuple(fc.string({ maxLength: 12 }), fc.string({ maxLength: 30, unit: "binary" }))
    .map(([name, text]) => `${name}: ${text}`),
);

const httpRequest = fc
  .record({
    verb: fc.oneof(
      fc.constantFrom("GET", "POST", "PUT", "OPTIONS", "HEAD", "CONNECT", "PRI"),
      fc.string({ maxLength: 8 }),
    ),
    target: fc.oneof(
      fc.constantFrom(
        "/",
        "/rpc",
        "/livez",
        "/readyz",
        "/livez?timeout=-1",
        "/livez?timeout=1e9",
        "*",
        "http://evil/rpc",
        "//",
      ),
      fc.string({ maxLength: 40, unit: "binary" }).map((text) => `/${text}`),
    ),
    version: fc.oneof(
      { weight: 8, arbitrary: fc.constantFrom("HTTP/1.1", "HTTP/1.0") },
      { weight: 1, arbitrary: fc.constantFrom("HTTP/2.0", "HTTP/9", "") },
    ),
    headers: fc.array(header, { maxLength: 6 }),
    length: fc.boolean(),
    body: fc.oneof(anyMessage, mutated, fc.constant(""), fc.string({ maxLength: 100, unit: "binary" })),
    end: fc.oneof({ weight: 8, arbitrary: fc.constant("\r\n") }, { weight: 1, arbitrary: fc.constant("\n") }),
  })
  .map(({ verb, target, version, headers, length, body, end }) => {
    const all = length ? [...headers, `Content-Length: ${Buffer.byteLength(body)}`] : headers;
    return [`${verb} ${target} ${version}`, "Host: localhost", ...all, "", body].join(end);
  });

/** Sessions of HTTP requests, most of them faulty. */
export const httpSession: fc.Arbitrary<HttpSession> = fc
  .record({
    requests: fc.array(httpRequest, { minLength: 1, maxLength: 5 }),
    cuts: fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { maxLength: 4 }),
  })
  .map(({ requests, cuts }) => ({ bytes: Buffer.from(requests.join("")), cuts: cuts.sort((a, b) => a - b) }));

function isObject(candidate: unknown): candidate is object {
  return typeof candidate === "object" && candidate !== null && !Array.isArray(candidate);
}
