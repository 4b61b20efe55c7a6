// A variable of `remsh start` that has come to another process, as to the child of `node --watch`: the preload throws into no app.
import { afterAll, expect, test } from "vitest";
import { removeTemporary } from "./processes.ts";
import { project, startRegistered } from "./registered.ts";

afterAll(removeTemporary);

test.each(["3", "5", "12", "18", "99", "-1", "x"])("REMSH_SUPERVISOR_FD=%s harms no app", async (fd) => {
  const { directory, env } = project({
    "package.json": JSON.stringify({ name: "stray", type: "module", remsh: { tasks: "./release.js" } }),
    "release.js": "export const Release = { nothing() {} };",
    "app.js": "console.log('up');",
  });
  const { finished } = startRegistered({ directory, env: { ...env, REMSH_SUPERVISOR_FD: fd } }, "app.js");
  expect(await finished).toEqual({ stdout: "up\n", stderr: "", code: 0 });
});
