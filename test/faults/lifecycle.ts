// Kills processes around an app's life: its supervisor, and the commands that start, stop and restart it.
import { strict as assert } from "node:assert";
import { makeProject, type TestProject } from "../client/lifecycle/project.ts";
import { assertHonest, durationOf, goneOrReady, killAfter, nothingIsLeft, stopped, type Fault } from "./fault.ts";

const SLOW = "sleep 0.3";

/** The supervisor is killed: the app has ended, or it continues and can be stopped. */
export const supervisor: Fault = {
  victim: "supervisor",
  async open() {
    const project = makeProject({ hooks: { "pre_start/10": SLOW, "post_start/10": SLOW } });
    const usual = await startedAndStopped(project);
    return {
      async round(random) {
        const hit = await killAfter(project.startShop(["start"]), random() * usual);
        const ping = await project.shop("ping", "--ready");
        assertHonest(ping, [0, 69, 75]);
        if (ping.code === 75) assert.match(ping.stderr, /start/, "it says what it waits for");
        await stopped(project);
        return hit;
      },
      close: () => nothingIsLeft(project),
    };
  },
};

/** `daemon` is killed: a second `daemon` finds the app that the first one began, so there is only one app. */
export const daemon: Fault = {
  victim: "daemon",
  async open() {
    const project = makeProject({ hooks: { "pre_start/10": SLOW } });
    const usual = await startedAndStopped(project);
    return {
      async round(random) {
        const hit = await killAfter(project.startShop(["daemon"]), random() * usual);
        assertHonest(await project.shop("daemon"), [0, 75]);
        assertHonest(await project.shop("ping", "--wait", "60s"), [0]);
        await stopped(project);
        return hit;
      },
      close: () => nothingIsLeft(project),
    };
  },
};

/** `stop` is killed: the app has ended, or is as ready as before. */
export const stop: Fault = {
  victim: "stop",
  async open() {
    const project = makeProject({ hooks: { "pre_stop/10": SLOW } });
    assertHonest(await project.shop("daemon"), [0]);
    const usual = await durationOf(() => project.shop("stop"));
    return {
      async round(random) {
        assertHonest(await project.shop("daemon"), [0]);
        const hit = await killAfter(project.startShop(["stop"]), random() * usual);
        await goneOrReady(project);
        await stopped(project);
        return hit;
      },
      close: () => nothingIsLeft(project),
    };
  },
};

/** `restart` is killed: the old or the new app is ready, or there is none. The next `daemon` starts exactly one. */
export const restart: Fault = {
  victim: "restart",
  async open() {
    const project = makeProject({ hooks: { "pre_stop/10": SLOW } });
    assertHonest(await project.shop("daemon"), [0]);
    const usual = await durationOf(() => project.shop("restart"));
    return {
      async round(random) {
        if ((await project.shop("ping")).code !== 0) assertHonest(await project.shop("daemon"), [0]);
        const hit = await killAfter(project.startShop(["restart"]), random() * usual);
        if ((await goneOrReady(project)) === "gone") assertHonest(await project.shop("daemon"), [0, 75]);
        assertHonest(await project.shop("ping", "--wait", "60s"), [0]);
        return hit;
      },
      close: () => stopped(project),
    };
  },
};

async function startedAndStopped(project: TestProject): Promise<number> {
  const usual = await durationOf(async () => assertHonest(await project.shop("daemon"), [0]));
  await stopped(project);
  return usual;
}
