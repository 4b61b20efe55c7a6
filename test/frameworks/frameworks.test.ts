import { text } from "node:stream/consumers";
import { get } from "node:http";
import { afterAll, afterEach, describe, expect, test } from "vitest";
import { removeTemporary, stop, type Running } from "../end-to-end/processes.ts";
import type { TestProject } from "../client/lifecycle/project.ts";
import { frameworkProject, type Framework } from "./apps.ts";

const running: Running[] = [];
afterEach(async () => {
  await Promise.all(running.splice(0).map((each) => stop(each, "SIGTERM")));
});
afterAll(removeTemporary);

const DONE = { stdout: "", stderr: "", code: 0 };

/** Starts the app and waits until it is ready. */
async function startReady({ shop, startShop }: TestProject): Promise<Running & { port: number }> {
  const started = startShop(["start"]);
  running.push(started);
  const { stderr, code } = await shop("ping", "--ready", "--wait", "20s");
  expect({ stderr, code }, started.output.stderr).toEqual({ stderr: "", code: 0 });
  await started.printed("port ");
  return { ...started, port: Number(/port (\d+)/.exec(started.output.stdout)?.[1]) };
}

function ask(port: number): Promise<string> {
  return new Promise((resolve, reject) => {
    get({ port, path: "/slow", agent: false }, (response) => resolve(text(response))).on("error", reject);
  });
}

/** How `start` ends after a stop: with the app's own code, or 143 where the framework hands the signal on to itself. */
const ENDS: Record<Framework, number> = { express: 0, fastify: 0, nestjs: 143 };

describe.each(["express", "fastify", "nestjs"] as const)("%s", (framework) => {
  test("gets an agent without a change, and a stop waits for the request in flight", async () => {
    const project = frameworkProject(framework, "plain");
    const { finished, port } = await startReady(project);
    expect(await project.shop("rpc", "Release.migrate")).toMatchObject({ stdout: "migrated\n", code: 0 });
    expect((await project.shop("status")).stdout).toContain(`ready when  its first server listens (127.0.0.1:${port})`);
    const slow = ask(port);
    await project.shop("ping"); // by then the request has long been taken
    expect(await project.shop("stop")).toEqual(DONE);
    expect(await slow).toBe("done");
    expect((await finished).code).toBe(ENDS[framework]);
  });

  test("has its own objects in tasks and in the console, when it starts the agent itself", async () => {
    const project = frameworkProject(framework, "agent");
    const { finished } = await startReady(project);
    expect(await project.shop("remote", "-e", "context.orders.get(1).total = 13")).toMatchObject({ stdout: "13\n" });
    expect(await project.shop("rpc", "Release.total")).toEqual({ stdout: "13\n", stderr: "", code: 0 });
    expect(await project.shop("stop")).toEqual(DONE);
    expect((await finished).code).toBe(ENDS[framework]);
  });
});

test("a mistake in the console does not end a Nest app with abortOnError: false", async () => {
  const project = frameworkProject("nestjs", "agent");
  await startReady(project);
  const { stderr, code } = await project.shop("remote", "-e", 'context.app.get("Lost")');
  expect({ code, stderr }).toMatchObject({ code: 1, stderr: expect.stringContaining("could not find Lost") as string });
  expect(await project.shop("ping")).toMatchObject({ stdout: "pong\n" });
});
