// What the README says of itself and of the code.
import { existsSync, readFileSync, symlinkSync } from "node:fs";
import path from "node:path";
import { afterAll, expect, test } from "vitest";
import { EXIT_CODES } from "../client/terminal/exit-codes.ts";
import { NODE, remsh, removeTemporary, start, stop } from "./end-to-end/processes.ts";
import { project } from "./end-to-end/registered.ts";

const ROOT = path.join(import.meta.dirname, "..");
const README = readFileSync(path.join(ROOT, "README.md"), "utf8");

test("the README has at most 200 lines", () => {
  expect(README.trimEnd().split("\n").length).toBeLessThanOrEqual(200);
});

test("the README's exit codes are those of the code", () => {
  const rows = [...README.matchAll(/^\| (\d+) \| (.*) \|$/gm)].map(([, code, meaning]) => [code, meaning]);
  expect(rows).toEqual(Object.entries(EXIT_CODES));
});

test.each(["README.md", "CONTRIBUTING.md", "PROTOCOL.md", "docs/architecture.md"])(
  "every link of %s leads to a file",
  (name) => {
    const folder = path.dirname(path.join(ROOT, name));
    const text = readFileSync(path.join(ROOT, name), "utf8");
    const links = [...text.matchAll(/\]\(([^)#:]+)(?:#[^)]*)?\)/g)].map(([, target = ""]) => target);
    expect(links.filter((target) => !existsSync(path.join(folder, target)))).toEqual([]);
  },
);

test("the README's two lines are scripts of package.json, and CI runs its test line", () => {
  const { scripts } = JSON.parse(readFileSync(path.join(ROOT, "package.json"), "utf8")) as {
    scripts: Record<string, string>;
  };
  expect(README).toContain("npm ci && npm run demo");
  expect(README).toContain("npm ci && npm test");
  expect(Object.keys(scripts)).toEqual(expect.arrayContaining(["demo", "test"]));
  expect(readFileSync(path.join(ROOT, ".ci/run"), "utf8")).toMatch(/^npm ci\nnpm test$/m);
});

afterAll(removeTemporary);

test("the README's agent runs as it stands there, and does what its last line says", async () => {
  const [, source = ""] = /## Start the agent\n\n```ts\n(.*?)```/s.exec(README) ?? [];
  const { directory, env } = project({
    "package.json": '{ "name": "shop" }',
    "server.mts": source.replace("3000", "0"),
  });
  for (const name of ["zod", "tsx"])
    symlinkSync(path.join(ROOT, "node_modules", name), path.join(directory, "node_modules", name));
  const app = start(NODE, ["--import", "tsx", "server.mts"], { cwd: directory, env });
  const run = (...words: string[]) => remsh(words, { cwd: directory, env });
  expect(await run("ping", "--wait", "20s")).toEqual({ stdout: "pong\n", stderr: "", code: 0 });
  const [, words = ""] = /npx remsh (rpc .*)$/m.exec(source) ?? [];
  expect(await run(...words.split(" "))).toEqual({ stdout: "", stderr: "3/3 users\n", code: 0 });
  expect(await run("rpc", "Release.purge", "30")).toEqual({ stdout: "purged 30 days\n", stderr: "", code: 0 });
  await stop(app);
});
