// An app may replace built-ins: its tasks, its console and its life do not depend on that.
import { afterAll, expect, test } from "vitest";
import { removeTemporary, startApp, stop } from "./processes.ts";

afterAll(removeTemporary);

test.each([
  ["Promise"],
  ["Promise", "before"],
  ["everything else"],
  ["Error.prepareStackTrace"],
  ["Error.prepareStackTrace that throws"],
])("%s replaced (%s): tasks and a console work, and the app lives", async (...args) => {
  const app = await startApp("replaced.mjs", { args });
  const client = await app.connect();
  expect(await client.call("Release.hello")).toBe("hi");
  expect(await client.call("Release.later")).toBe("later");
  await expect(client.call("Release.fails")).rejects.toThrow("as it should");
  await client.close();
  const source = "[await Release.hello(), 1 + 1, await Release.later().then((text) => text + '!')]";
  expect(await app.remsh("remote", "-e", source)).toEqual({ stdout: "[ 'hi', 2, 'later!' ]\n", stderr: "", code: 0 });
  expect(await app.remsh("remote", "-e", "Release.hello()")).toEqual({ stdout: "hi\n", stderr: "", code: 0 });
  expect(await app.remsh("ping", "--ready")).toEqual({ stdout: "pong\n", stderr: "", code: 0 });
  expect(await (await fetch(`http://127.0.0.1:${app.port}/`)).text()).toBe("hello\n");
  expect(app.child.exitCode).toBeNull();
  expect(app.output.stderr).toBe("");
  await stop(app);
});
