// `remote` without a terminal: stdout is the results, the exit code tells how it ended, and nothing is evaluated here.
import { writeFileSync } from "node:fs";
import path from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import {
  eventually,
  removeTemporary,
  startApp,
  startRemsh,
  stop,
  temporaryDirectory,
  type App,
  type Finished,
} from "./processes.ts";

let app: App;

beforeAll(async () => {
  app = await startApp("shop.mjs");
});
afterAll(async () => {
  await app.stop();
  removeTemporary();
});

function pipe(input: string, words: string[] = [], env: Record<string, string> = app.env): Promise<Finished> {
  const running = startRemsh(["remote", ...words], { env });
  running.child.stdin?.end(input);
  return running.finished;
}

const succeeded = (stdout: string) => ({ stdout, stderr: "", code: 0 });

test.each([
  ["process.pid === 0\n", "false\n"],
  ["1\n2\n", "1\n2\n"],
  ["[1,\n2]\n", "[ 1, 2 ]\n"],
  ["'a string'\n", "a string\n"],
  ["undefined\nconst unseen = 1\nvoid 0", ""],
  ["1 + 1 // without an end of line", "2\n"],
  ["await Release.add(2, 3)\n", "5\n"],
  ["Release.add(2, 3)\n_ + 1\n", "5\n6\n"],
  ["typeof context.server.listen\n", "function\n"],
  ["(await import('node:os')).EOL.length\n", "1\n"],
  ["Object.keys(await import('zod')).includes('z')\n", "true\n"],
  ["require('zod') === (await import('zod'))\n", "false\n"],
  ["7\n_ * 6\n", "7\n42\n"],
  ["({ then: (resolve) => resolve('rows') })\n_.length\n", "rows\n4\n"],
  [".exit\n1\n", ""],
  ["", ""],
])("%j is answered with %j", async (input, stdout) => {
  expect(await pipe(input)).toEqual(succeeded(stdout));
});

test("a query builder is awaited, and its rows are printed", async () => {
  // knex's own builder, over a database that answers with the query itself.
  const input = `
    const Dialect = require("knex/lib/dialects/postgres/index.js");
    class Echo extends Dialect {
      async acquireConnection() { return {}; }
      async releaseConnection() {}
      async _query(_connection, query) {
        return { ...query, response: { command: "SELECT", rows: [{ id: query.bindings[0], asked: query.sql }] } };
      }
    }
    const db = require("knex")({ client: Echo });
    db("users").select("name").where({ id: 7 })
    _.length
  `;
  expect(await pipe(input)).toEqual(
    succeeded(`[ { id: 7, asked: 'select "name" from "users" where "id" = $1' } ]\n1\n`),
  );
});

test.each([
  ["1\nRelease.migrate\n2\n", "1\n", 'Cannot evaluate "Release.migrate": "Release.migrate" alone calls nothing (write "Release.migrate()")\n'],
  ["Release.empty(); Release.migrate; 2", "", 'Cannot evaluate "Release.empty(); Release.migrate; 2": "Release.migrate" alone calls nothing (write "Release.migrate()")\n'],
  ["var kept = Release.migrate\nkept", "", 'Evaluated "kept", but its value holds the task "Release.migrate", and nothing calls it (write "Release.migrate()")\n'],
  ["() => Release.migrate()", "", 'Evaluated "() => Release.migrate()", but it names "Release.migrate" and calls no task (write "Release.migrate()")\n'],
])("%j, which names a task and does not call it, exits 65", async (input, stdout, stderr) => {
  expect(await pipe(input)).toEqual({ stdout, stderr, code: 65 });
}); // prettier-ignore

test("a character that would end one chunk of output and begin the next arrives whole", async () => {
  const text = `${"x".repeat(64 * 1024 - 1)}😀`;
  expect(await pipe('console.log("x".repeat(64 * 1024 - 1) + "😀")\n')).toEqual(succeeded(`${text}\n`));
});

test("what is printed goes where it would go, and before the result", async () => {
  expect(await pipe("console.log('out'); console.error('err'); 'result'")).toEqual({
    stdout: "out\nresult\n",
    stderr: "err\n",
    code: 0,
  });
});

test("output of a thousand lines is all there, in order", async () => {
  const lines = Array.from({ length: 1000 }, (_, index) => `line ${index}\n`).join("");
  expect(await pipe("for (let i = 0; i < 1000; i++) console.log('line ' + i); 'end'")).toEqual(
    succeeded(`${lines}end\n`),
  );
});

test("an evaluation that throws exits 1 and the rest is not evaluated", async () => {
  expect(await pipe("1\nthrow new TypeError('no')\n2\n")).toEqual({
    stdout: "1\n",
    stderr: expect.stringMatching(/^Uncaught TypeError: no\n {4}at console\/\d+:1:7\n$/) as string,
    code: 1,
  });
});

test.each([
  ["a syntax error", "let y = ;", "Uncaught SyntaxError: Unexpected token ';'\n"],
  ["input that ends too early", "f(", "Uncaught SyntaxError: Unexpected end of input\n"],
  ["a value that is no error", "throw { a: 1 }", "Uncaught { a: 1 }\n"],
  [
    "arguments that do not fit",
    "await Release.seed({ role: 'x' })",
    /^Uncaught Cannot call "Release\.seed": role: .* \[BAD_ARGUMENTS\]\n$/,
  ],
  ["an error of a task, with its frames", "await Throw.error()", /^Uncaught Error: no such table\n {4}at .*shop\.mjs:/],
  ["the same without await", "Throw.error()", /^Uncaught Error: no such table\n {4}at .*shop\.mjs:/],
  [
    "a declaration that would hide a global from the app",
    "const fetch = 1",
    /^Uncaught SyntaxError: Cannot declare "fetch": the app would get it/,
  ],
])("%s exits 1", async (_what, input, stderr) => {
  const result = await pipe(input);
  if (typeof stderr === "string") expect(result).toEqual({ stdout: "", stderr, code: 1 });
  else expect(result).toEqual({ stdout: "", stderr: expect.stringMatching(stderr) as string, code: 1 });
});

test("--eval and --file evaluate one source and print its last value", async () => {
  const file = path.join(temporaryDirectory(), "script.js");
  writeFileSync(file, "const n = await Release.add(1, 2);\nn * 2\n");
  expect(await app.remsh("remote", "-e", "({ a: 1 })")).toEqual(succeeded("{ a: 1 }\n"));
  expect(await app.remsh("remote", "--file", file)).toEqual(succeeded("6\n"));
  expect(await app.remsh("remote", "--json", "-e", "[1]")).toEqual(
    succeeded('{"event":"result","outcome":"returned","text":"[ 1 ]"}\n'),
  );
});

test("used wrongly it exits 64", async () => {
  expect(await app.remsh("remote", "--file", "/nowhere")).toEqual({
    stdout: "",
    stderr: "Cannot read \"/nowhere\": ENOENT: no such file or directory, open '/nowhere'\n",
    code: 64,
  });
  expect(await app.remsh("remote", "-e", "1", "--file", "x")).toMatchObject({ code: 64 });
});

test.each(["for (;;);", "await new Promise(() => {})", "new Promise(() => {})"])(
  "%s runs out of time with 75",
  async (source) => {
    const { stdout, stderr, code } = await app.remsh("remote", "--timeout", "2s", "-e", source);
    expect({ stdout, code }).toEqual({ stdout: "", code: 75 });
    expect(stderr).toMatch(/^(Ran out of time: it stopped the app and was interrupted|Gave up after 2 s.*)\n$/);
  },
);

test("Ctrl-C interrupts and exits 130", async () => {
  const running = startRemsh(["remote", "-e", "console.log('begun'); for (;;);"], { env: app.env });
  await running.printed("begun");
  running.child.kill("SIGINT");
  expect(await running.finished).toEqual({ stdout: "begun\n", stderr: "Interrupted\n", code: 130 });
});

test("without the app nothing is evaluated: 69", async () => {
  const directory = temporaryDirectory();
  const marker = path.join(directory, "marker");
  const env = { REMSH_RUNTIME_DIR: directory, REMSH_APP: "shop", TERM: "dumb" };
  const result = await pipe(`require('fs').writeFileSync(${JSON.stringify(marker)}, '')\n`, [], env);
  expect(result).toMatchObject({ stdout: "", code: 69 });
  expect(() => writeFileSync(marker, "", { flag: "wx" })).not.toThrow();
});

test("an app that ends during the evaluation is told with 69", async () => {
  const other = await startApp("shop.mjs");
  const running = startRemsh(["remote", "-e", "console.log('begun'); await new Promise(() => {})"], { env: other.env });
  await running.printed("begun");
  await stop(other);
  expect(await running.finished).toEqual({
    stdout: "begun\n",
    stderr: expect.stringMatching(/^Lost shop.* during the evaluation: it may or may not have finished\n$/) as string,
    code: 69,
  });
});

test("stack --watch shows again and again where the app is, until Ctrl-C", async () => {
  const running = startRemsh(["stack", "--watch"], { env: app.env });
  await eventually(() => running.output.stdout.split("is idle").length > 2, "two looks");
  await stop(running, "SIGINT");
});

test.each(["Throw.later(); 5", "const q = Throw.later()", "void Throw.later(); await Job.stubborn(50)"])(
  "%s: a task that fails is no exit code 0, whoever waits for it",
  async (source) => {
    const { stderr, code } = await pipe(`${source}\n1\n`);
    expect({ stderr, code }).toMatchObject({
      stderr: expect.stringMatching(/^Uncaught RangeError: after an await\n/) as string,
      code: 1,
    });
  },
);

test("a task whose failure is caught is not the evaluation's, and one that goes on is waited for", async () => {
  expect(await pipe("Throw.error().catch(() => 2)\nThrow.later().then(null, () => {}); 3\n")).toEqual(
    succeeded("2\n3\n"),
  );
  expect(await pipe("Job.stubborn(50); 4\n")).toEqual(succeeded("stubborn\n4\n"));
  expect(await app.remsh("ping")).toMatchObject({ stdout: "pong\n" });
});

test("a function and a var can be declared again", async () => {
  const source =
    "function twice() { return 1 }\nfunction twice() { return 2 }\ntwice()\nvar again = 1\nvar again = 2\nagain\n";
  expect(await pipe(source)).toEqual(succeeded("2\n2\n"));
});

test.each([
  ["[new Promise(() => {})]", /^\[\s+Promise \{ <pending> \}\s+\]\n$/],
  ["[Promise.resolve(1), Release.add(1, 1)]", /^\[\s+Promise \{ 1 \},\s+Promise \{ 2 \}\s+\]\n$/],
  ["[(async () => 1)()]", /^\[\s+Promise \{ 1 \}\s+\]\n$/],
  ["globalThis.timer = setTimeout(() => {}, 10)", /^Timeout \{[^]*\}\n$/],
  ["setInterval(() => {}, 100000).unref()", /^Timeout \{[^]*\}\n$/],
  ["setImmediate(() => {})", /Immediate \{[^]*\}\n$/],
  ["new (require('async_hooks').AsyncResource)('x')", /^AsyncResource \{[^]*\}\n$/],
  ["require('net').connect(context.server.address().port).on('error', () => {}).destroy()", /Socket \{[^]*\}\n$/],
])("%s is shown without what the agent attaches to it", async (source, shown) => {
  const { stdout, stderr } = await pipe(`${source}\n`);
  expect(stderr).toBe("");
  if (typeof shown === "string") expect(stdout).toBe(shown);
  else expect(stdout).toMatch(shown);
  expect(stdout).not.toMatch(/kResourceStore\)\]?: [^u]|remsh run|Run\b|ConsoleOutput/);
});

test("what the app prints of its own values shows nothing of a run but a word", async () => {
  const { stdout } = await pipe("console.log(new Promise(() => {}))\n");
  expect(stdout).toMatch(/^Promise \{\s+<pending>[^]*\}\n$/);
  expect(stdout).not.toContain("ConsoleOutput");
});

const THROWN = `Error: no such table
    at Object.error (FILE:107:19) {
  code: '42P01',
  detail: { table: 'users' },
  [cause]: TypeError: the cause
      at Object.error (FILE:107:55) {
    [cause]: 'the root'
  }
}
`;

test.each([
  ["await Throw.error()", `Uncaught ${THROWN}`],
  ["const caught = await Throw.error().catch((error) => error); throw caught", `Uncaught ${THROWN}`],
  ["Throw.error(); await Job.stubborn(20)", `Uncaught ${THROWN}`],
  ["Throw.error()", `Uncaught ${THROWN}`],
  ["Throw.later()", /^Uncaught RangeError: after an await\n {4}at Object\.later \(FILE:\d+:11\)\n$/],
  [
    "await import('nowhere')",
    /^Uncaught Error \[ERR_MODULE_NOT_FOUND\]: Cannot find package 'nowhere'.*\{\n {2}code: 'ERR_MODULE_NOT_FOUND'\n\}\n$/,
  ],
  [
    "const process = 1",
    /^Uncaught SyntaxError: Cannot declare "process": the app would get it instead of its own global \(choose another name\)\n$/,
  ],
  [
    "require('fs').readFileSync('/nowhere')",
    /^Uncaught Error: ENOENT.*\n( {4}at .*\n)* {4}at console\/\d+:1:\d+ \{\n {2}errno/,
  ],
])("%s shows no frame that is not the user's", async (source, shown) => {
  const { stderr } = await pipe(`${source}\n`);
  const text = stderr.replaceAll(/file:\S*shop\.mjs/g, "FILE");
  if (typeof shown === "string") expect(text).toBe(shown);
  else expect(text).toMatch(shown);
  expect(text).not.toMatch(/dist\/|matching cause|node:inspector/);
});

test.each([
  ["await 1; await (async () => { await 2; null.x })()", [45]],
  ["{ a: null.x }", [11]],
  ["for await (const a of [1]) await null.z", [39]],
])("%s tells the column that was typed", async (source, [column]) => {
  const { stderr } = await pipe(`${source}\n`);
  expect(stderr).toMatch(new RegExp(`at .*console/\\d+:1:${column}\\)?\\n`));
});

test("lines that end with CR LF are lines", async () => {
  expect(await pipe("1 + 1\r\n[1,\r\n2]\r\n'text'\r\n.exit\r\n3\r\n")).toEqual(succeeded("2\n[ 1, 2 ]\ntext\n"));
});

test("a stdin that never ends holds neither --eval nor --file up", async () => {
  const file = path.join(temporaryDirectory(), "script.js");
  writeFileSync(file, "1 + 1\r\n");
  for (const words of [
    ["-e", "1 + 1"],
    ["--file", file],
  ]) {
    const running = startRemsh(["remote", ...words], { env: app.env });
    expect(await running.finished).toEqual(succeeded("2\n"));
  }
});

test("each statement is evaluated when it is whole, not when the pipe ends", async () => {
  const running = startRemsh(["remote"], { env: app.env });
  running.child.stdin?.write("'first'\n");
  await running.printed("first\n");
  running.child.stdin?.end("'second'");
  expect(await running.finished).toEqual(succeeded("first\nsecond\n"));
});

test.each(["await new Promise(() => {})", "console.log('begun'); for (;;);"])(
  "SIGHUP ends the client of %s",
  async (source) => {
    const running = startRemsh(["remote", "-e", `console.log('begun'); ${source}`], { env: app.env });
    await running.printed("begun");
    await stop(running, "SIGHUP");
    await eventually(async () => (await app.remsh("ping")).code === 0, "the app");
  },
);
