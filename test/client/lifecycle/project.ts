// A small project on disk for the tests of starting and stopping: a launcher, an entry, tasks and hooks. Only remsh and
// zod are installed.
import { mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import path from "node:path";
import { launcherScript } from "../../../client/project/launcher-script.ts";
import { start, temporaryDirectory, type Finished, type Running } from "../../end-to-end/processes.ts";

const ROOT = path.join(import.meta.dirname, "../../..");
const NODE = process.env.REMSH_TEST_NODE ?? process.execPath;

/** The parts of a project that differ between tests. */
export interface ProjectOptions {
  /** Where it lies; default: a fresh directory. */
  root?: string;
  /** Files by path. */
  files?: Record<string, string>;
  /** Hooks by `<phase>/<name>`: the lines of a shell script, or the whole file if it begins with `#!` or `//`. */
  hooks?: Record<string, string>;
  /** Settings of "remsh" in package.json. */
  remsh?: Record<string, unknown>;
}

/** A project, and commands in it. */
export interface TestProject {
  root: string;
  env: Record<string, string>;
  /** Runs `bin/shop` to its end. */
  shop: (...words: string[]) => Promise<Finished>;
  /** Starts `bin/shop` and leaves it running. */
  startShop: (words: string[], env?: Record<string, string>) => Running;
}

/** The entry: prints when it is up and when it is told to end. */
export const SERVER = `
import { createServer } from "node:http";
const server = createServer((_request, response) => response.end("hello"));
await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
console.log("open", JSON.stringify(process.argv.slice(2)));
for (const signal of ["SIGTERM", "SIGINT"]) process.on(signal, () => { console.log(signal); server.close(); });
process.on("SIGUSR2", () => console.log("SIGUSR2"));
`;

const RELEASE = `
import { writeFileSync } from "node:fs";
import { connect, createServer } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
export const Release = {
  migrate() { console.log("migrating"); return "migrated"; },
  fail() { throw new Error("column is missing"); },
  exit(code) { setImmediate(() => process.exit(code)); },
  add: (a, b) => a + b,
  pid: () => process.pid,
  env: (name) => process.env[name] ?? null,
  forever() { createServer().listen(0); return "open connections"; },
  sleep: (ms) => sleep(ms),
};
`;

/** Makes the project. It is removed with the temporary directories. */
export function makeProject({
  root = temporaryDirectory(),
  files = {},
  hooks = {},
  remsh = {},
}: ProjectOptions = {}): TestProject {
  const settings = { entry: "server.js", tasks: "release.js", ...withoutServer(files), ...remsh };
  const all: Record<string, string> = {
    "package.json": JSON.stringify({ name: "shop", version: "1.0.0", type: "module", remsh: settings }),
    "server.js": SERVER,
    "release.js": RELEASE,
    "bin/shop": launcherScript({ app: "shop" }),
    ...files,
  };
  for (const [name, text] of Object.entries(hooks)) all[`rel/hooks/${name.replace("/", ".d/")}`] = hookText(text);
  for (const [name, text] of Object.entries(all)) write(path.join(root, name), text);
  mkdirSync(path.join(root, "node_modules"), { recursive: true });
  symlinkSync(ROOT, path.join(root, "node_modules/remsh"));
  symlinkSync(path.join(ROOT, "node_modules/zod"), path.join(root, "node_modules/zod"));
  const env = { REMSH_RUNTIME_DIR: temporaryDirectory(), REMSH_NODE: NODE };
  const startShop = (words: string[], more = {}) =>
    start(path.join(root, "bin/shop"), words, { env: { ...env, ...more } });
  return { root, env, startShop, shop: (...words) => startShop(words).finished };
}

/** An app that never listens is not kept waiting for a server. ready.test.ts tries those that are. */
function withoutServer({ "server.js": server = SERVER }: Record<string, string>): object {
  return server.includes("listen(") ? {} : { ready: "evaluated" };
}

/**
 * Runs a command to its end as a user who is bound by file modes. root becomes such a user without these capabilities.
 */
export function bound(program: string, words: string[], env: Record<string, string>): Promise<Finished> {
  if (process.getuid?.() !== 0) return start(program, words, { env }).finished;
  return start("setpriv", ["--bounding-set=-dac_override,-dac_read_search", program, ...words], { env }).finished;
}

function hookText(text: string): string {
  return /^(#!|\/\/)/.test(text) ? text : `#!/bin/sh\n${text}\n`;
}

function write(file: string, text: string): void {
  mkdirSync(path.dirname(file), { recursive: true });
  writeFileSync(file, text, { mode: text.startsWith("#!") ? 0o755 : 0o644 });
}
