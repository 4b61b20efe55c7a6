// docs/tasks.md and docs/client.md: the module that they show is called as they show, and answers as they say.
import { readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { afterAll, expect, test } from "vitest";
import { NODE, removeTemporary, start } from "./end-to-end/processes.ts";
import { makeProject } from "./client/lifecycle/project.ts";

const DOCS = path.join(import.meta.dirname, "../docs");
const TSX = path.join(import.meta.dirname, "../node_modules/tsx/dist/loader.mjs");

function block(name: string, language: string): string {
  const text = readFileSync(path.join(DOCS, name), "utf8");
  const blocks = [...text.matchAll(/^```(\w*)\n(.*?)^```$/gms)];
  return blocks.find(([, each]) => each === language)?.[2] ?? "";
}

const project = makeProject({ files: { "release.js": block("tasks.md", "js") } });

afterAll(async () => {
  await project.shop("stop");
  removeTemporary();
});

test("the session of tasks.md reads as it says", async () => {
  expect((await project.shop("daemon")).code).toBe(0);
  const session = block("tasks.md", "");
  const commands = session.split("\n").filter((line) => line.startsWith("$ "));
  expect(commands).toHaveLength(7);
  // As in a terminal: what is printed where it is printed, on either stream.
  const script = commands.map((line) => `echo '${line}'\n${line.slice(2)}`).join("\n");
  const { stdout } = await start("sh", ["-c", `cd "${project.root}"; exec 2>&1; ${script}`], { env: project.env })
    .finished;
  expect(stdout).toBe(session);
  expect((await project.shop("logs")).stdout).toContain("for the caller and for the app's own output\n");
  expect((await project.shop("logs")).stdout).not.toContain("for the caller alone");
});

test("the program of client.md runs and prints what it says", async () => {
  const source = block("client.md", "ts").replace("./release.ts", "./release.js");
  writeFileSync(path.join(project.root, "deploy.ts"), source);
  const words = ["--import", TSX, path.join(project.root, "deploy.ts")];
  expect(await start(NODE, words, { env: project.env }).finished).toEqual({
    stdout: "1/2\n2/2\n7\n",
    stderr: "",
    code: 0,
  });
});
