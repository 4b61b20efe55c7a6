// The ways in which the bench floods an agent, each from one process that may open the agent's socket.
import { bareConnections, repeatedly, webSockets } from "./connections.mjs";

const MIB = 1024 * 1024;
const HEAD = "POST /rpc HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n";

/** Each with a description; `begin` starts it, and it continues until the process ends. */
export const FLOODS = {
  unread16: { what: "30 connections, 5 results of 16 MB each, never read", begin: unreadResults(30, 16, 5) },
  unread10: { what: "5 connections, 10 results of 10 MB each, never read", begin: unreadResults(5, 10, 10) },
  unread4: { what: "4 connections, 4 results of 4 MB each, never read", begin: unreadResults(4, 4, 4) },
  unreadDescribe: { what: "20 connections that describe all tasks, never read", begin: unreadDescribe },
  unreadOutput: { what: "100 connections with 2 MB of output each, never read", begin: unreadOutput },
  describe: { what: "4 connections, 20 describes each 30 ms", begin: describes },
  bigInt: { what: "a BigInt of 4.1 MB, 20 times a second", begin: bigInts },
  wideJson: { what: "4 MB of JSON in small values, for a task", begin: wideJson() },
  bigArguments: { what: "2.2 MB of arguments for a task that there is not", begin: bigArguments },
  runs: { what: "runs, pipelined on one HTTP connection", begin: pipelined },
  evaluations: { what: "8 connections, the expression 1 in a loop", begin: evaluations("1") },
  loops: { what: "8 connections, the expression for(;;);", begin: evaluations("for(;;);") },
  calls: { what: "8 connections, calls as fast as they go", begin: calls },
  halfMessages: { what: "250 half-sent messages of 4 MB", begin: halfMessages },
  halfFragments: { what: "250 messages of 4 MB in fragments, without the last", begin: halfFragments },
  halfBodies: { what: "250 half-sent bodies of 4 MB", begin: halfBodies },
};

function unreadResults(count, megabytes, calls) {
  return (path) =>
    webSockets(path, { count, reads: false }, (socket) => {
      for (let id = 0; id < calls; id++) socket.send(request(id, "call", { task: "Bench.big", args: [megabytes] }));
    });
}

function unreadDescribe(path) {
  let id = 0;
  return webSockets(path, { count: 20, reads: false }, (socket) =>
    repeatedly(socket, () => {
      for (let each = 0; each < 50; each++) socket.send(request(id++, "describe"));
    }),
  );
}

function unreadOutput(path) {
  return webSockets(path, { count: 100, reads: false }, (socket) => {
    socket.send(request(1, "call", { task: "Bench.print", args: [2] }));
  });
}

function describes(path) {
  let id = 0;
  return webSockets(path, { count: 4 }, (socket) =>
    repeatedly(
      socket,
      () => {
        for (let each = 0; each < 20; each++) socket.send(request(id++, "describe"));
      },
      30,
    ),
  );
}

function bigInts(path) {
  const args = JSON.stringify([[1], ["BigInt", "9".repeat(4.1e6)]]);
  let id = 0;
  return webSockets(path, { count: 1 }, (socket) =>
    repeatedly(
      socket,
      () => socket.send(request(id++, "call", { task: "Bench.empty", args, encoding: "devalue" })),
      50,
    ),
  );
}

function wideJson() {
  const args = [Array.from({ length: 1_000_000 }, () => [])];
  const text = JSON.stringify(args);
  let id = 0;
  return (path) =>
    webSockets(path, { count: 2 }, (socket) =>
      repeatedly(socket, () =>
        socket.send(request(id++, "call", { task: "Bench.empty", args: "ARGS" }).replace('"ARGS"', text)),
      ),
    );
}

function bigArguments(path) {
  const args = ["x".repeat(2.2e6)];
  let id = 0;
  return webSockets(path, { count: 2 }, (socket) =>
    repeatedly(socket, () => socket.send(request(id++, "call", { task: "Bench.none", args }))),
  );
}

function pipelined(path) {
  const body = request(1, "runs");
  const batch = `${HEAD}Content-Length: ${body.length}\r\n\r\n${body}`.repeat(100);
  return bareConnections(path, { count: 1 }, (socket) => repeatedly(socket, () => socket.write(batch)));
}

function evaluations(code) {
  let id = 0;
  return (path) =>
    webSockets(path, { count: 8 }, (socket) => {
      const evaluate = () => socket.send(request(id++, "evaluate", { code }));
      socket.on("message", evaluate);
      evaluate();
    });
}

function calls(path) {
  let id = 0;
  return webSockets(path, { count: 8 }, (socket) => {
    const call = () => socket.send(request(id++, "call", { task: "Bench.echo", args: ["hello"] }));
    socket.on("message", call);
    for (let each = 0; each < 100; each++) call();
  });
}

function halfMessages(path) {
  const text = Buffer.alloc(4 * MIB - 100, "x");
  const head = Buffer.alloc(14);
  head.writeUInt16BE(0x81ff); // final, text, masked, a length of eight bytes
  head.writeBigUInt64BE(BigInt(text.length), 2);
  return webSockets(path, { count: 250 }, (socket) => {
    socket._socket.write(head);
    socket._socket.write(text.subarray(0, -1));
  });
}

function halfFragments(path) {
  const fragment = "x".repeat(64 * 1024);
  return webSockets(path, { count: 250 }, (socket) => {
    for (let sent = 0; sent + fragment.length < 4 * MIB; sent += fragment.length) socket.send(fragment, { fin: false });
  });
}

function halfBodies(path) {
  const text = Buffer.alloc(4 * MIB - 100, "x");
  return bareConnections(path, { count: 250 }, (socket) => {
    socket.write(`${HEAD}Content-Length: ${text.length}\r\n\r\n`);
    socket.write(text.subarray(0, -1));
  });
}

function request(id, method, params = {}) {
  return JSON.stringify({ jsonrpc: "2.0", id, method, params });
}
