// The process behind `remsh eval`, when the command line is killed while the process starts.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { writeFileSync } from "node:fs";
import path from "node:path";
import { afterAll, expect, test } from "vitest";
import { lineForChildren, SUPERVISOR_FD } from "../../../shared/supervision.ts";
import { NODE, removeTemporary, REMSH, temporaryDirectory } from "../../end-to-end/processes.ts";

afterAll(removeTemporary);

test("the process ends when its line has closed before the agent listens, whatever else keeps it alive", async () => {
  const root = temporaryDirectory();
  const manifest = { name: "shop", version: "1.0.0", type: "module", remsh: { tasks: "./tasks.js" } };
  writeFileSync(path.join(root, "package.json"), JSON.stringify(manifest));
  writeFileSync(path.join(root, "tasks.js"), "");
  const keepAlive = "data:text/javascript,setInterval(() => {}, 1000)";
  const child = spawn(NODE, ["--import", keepAlive, path.join(path.dirname(REMSH), "eval-host.js")], {
    env: {
      PATH: process.env.PATH,
      REMSH_ROOT: root,
      REMSH_SOCKET: path.join(root, "eval.sock"),
      [SUPERVISOR_FD]: lineForChildren(3),
    },
    stdio: ["ignore", "ignore", "ignore", "pipe"],
  });
  const limit = setTimeout(() => child.kill("SIGKILL"), 30_000);
  child.stdio[3]?.destroy();
  expect(await once(child, "exit")).toEqual([130, null]);
  clearTimeout(limit);
});
