// The unit of gen release at work: its own systemd, its own user, with everything that it forbids.
import { chmodSync } from "node:fs";
import path from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { eventually, NODE, removeTemporary } from "../end-to-end/processes.ts";
import { generated, projectOf } from "../client/generate/generated.ts";
import { install, pack } from "../client/generate/installed.ts";
import { bootMachine, whyNoMachine, writeIn, type Machine } from "./machine.ts";

const ROOT = path.join(import.meta.dirname, "../..");
const missing = whyNoMachine();

/** `Release.crash` ends the app as a fault would; STUBBORN=1 has it ignore SIGTERM. */
const FILES = {
  "package.json": {
    name: "shop",
    version: "1.4.0",
    type: "module",
    scripts: { start: "node server.js" },
    dependencies: { remsh: "*" },
    remsh: { tasks: "./release.js", stopTimeout: "2s" },
  },
  "server.js": `import { createServer } from "node:http";
import { writeFileSync } from "node:fs";
const server = createServer((_request, response) => response.end("hello")).listen(0, "127.0.0.1");
const own = process.env.STATE_DIRECTORY + "/own";
writeFileSync(own, "started as " + process.getuid());
process.on("SIGTERM", () => { writeFileSync(own, "stopped"); if (!process.env.STUBBORN) server.close(); });\n`,
  "release.js": `import { writeFileSync } from "node:fs";
export const Release = {
  crash: () => setImmediate(() => process.exit(9)),
  write: (file) => writeFileSync(file, ""),
};\n`,
};
const HOOKS = {
  "rel/hooks/post_start.d/10-first": `#!/bin/sh
# Notes what it finds
remsh ping --wait && echo "$REMSH_PHASE" >>"$STATE_DIRECTORY/hooks" && exit "\${HOOK_EXIT:-0}"\n`,
  "rel/hooks/pre_stop.d/10-last": `#!/bin/sh\nremsh ping >/dev/null && echo "$REMSH_PHASE" >>"$STATE_DIRECTORY/hooks"\n`,
};

describe.skipIf(missing !== undefined)(
  `the unit${missing === undefined ? "" : ` (NOT TESTED HERE: ${missing})`}`,
  () => {
    let machine: Machine;
    const systemctl = (...words: string[]) => machine.run("systemctl", ...words);
    const text = async (file: string) => (await machine.run("cat", file)).stdout;
    const environment = (lines: string) => writeIn(machine, "/etc/shop.env", `REMSH_NODE=${NODE}\n${lines}`);
    /** What systemd says of the unit. */
    const state = async (...names: string[]) => {
      const { stdout } = await systemctl("show", "shop", ...names.map((name) => `--property=${name}`));
      return Object.fromEntries(
        stdout
          .trim()
          .split("\n")
          .map((line) => line.split("=")),
      ) as Record<string, string>;
    };

    beforeAll(async () => {
      const root = projectOf({ ...FILES, ...HOOKS });
      for (const name of Object.keys(HOOKS)) chmodSync(path.join(root, name), 0o755);
      chmodSync(root, 0o755);
      install(root, pack());
      await generated(root, "--systemd");
      machine = await bootMachine(root, [ROOT, path.dirname(NODE)]);
      expect(await systemctl("link", "/srv/shop/rel/systemd/shop.service")).toMatchObject({ code: 0 });
    });
    afterEach(async () => {
      await systemctl("stop", "shop");
      await systemctl("reset-failed", "shop");
      await machine.run("rm", "-rf", "/var/lib/shop/own", "/var/lib/shop/hooks");
    });
    afterAll(async () => {
      await machine.stop();
      removeTemporary();
    });

    test("starts the app when its hooks have succeeded, as its user, and stops it in order", async () => {
      await environment("");
      expect(await systemctl("start", "shop")).toEqual({ stdout: "", stderr: "", code: 0 });
      expect(await text("/var/lib/shop/hooks")).toBe("post_start\n");
      expect(await text("/var/lib/shop/own")).toBe("started as 4711");
      expect(await state("ActiveState", "SubState")).toEqual({ ActiveState: "active", SubState: "running" });
      const asShop = ["setpriv", "--reuid=4711", "--regid=4711", "--clear-groups", "--", "env", `REMSH_NODE=${NODE}`];
      expect(await machine.run(...asShop, "/srv/shop/bin/shop", "ping", "--ready")).toMatchObject({ stdout: "pong\n" });
      expect(await systemctl("reload", "shop")).toEqual({ stdout: "", stderr: "", code: 0 });
      expect(await systemctl("stop", "shop")).toEqual({ stdout: "", stderr: "", code: 0 });
      expect(await text("/var/lib/shop/hooks")).toBe("post_start\npre_stop\n");
      expect(await text("/var/lib/shop/own")).toBe("stopped");
      const ended = { ActiveState: "inactive", Result: "success", ExecMainStatus: "0" };
      expect(await state(...Object.keys(ended))).toEqual(ended);
    });

    test("lets it write nowhere else, and nobody else see its sockets", async () => {
      await environment("");
      await systemctl("start", "shop");
      const write = (file: string) =>
        machine.run("env", `REMSH_NODE=${NODE}`, "/srv/shop/bin/shop", "rpc", "Release.write", file);
      expect(await write("/var/lib/shop/more")).toMatchObject({ code: 0 });
      for (const file of ["/srv/shop/x", "/etc/x", "/var/x", "/dev/x"])
        expect(await write(file), file).toMatchObject({
          stderr: expect.stringMatching(/EROFS|EACCES/) as string,
          code: 1,
        });
      const asOther = ["setpriv", "--reuid=4712", "--regid=4712", "--clear-groups", "--", "env", `REMSH_NODE=${NODE}`];
      expect(
        await machine.run(...asOther, "REMSH_RUNTIME_DIR=/run/remsh-shop", "/srv/shop/bin/shop", "ping"),
      ).toMatchObject({ stdout: "", code: 77 });
    });

    test("does not start where a hook fails, and has its exit code", async () => {
      await environment("HOOK_EXIT=78\n");
      expect(await systemctl("start", "shop")).toMatchObject({ code: 1 });
      const failed = { ActiveState: "failed", Result: "exit-code", ExecMainStatus: "78", NRestarts: "0" };
      expect(await state(...Object.keys(failed))).toEqual(failed);
      expect(await text("/var/lib/shop/own")).toBe("stopped");
    });

    test("has an app that crashed started again", async () => {
      await environment("");
      await systemctl("start", "shop");
      await machine.run("env", `REMSH_NODE=${NODE}`, "/srv/shop/bin/shop", "rpc", "Release.crash");
      const again = { ActiveState: "active", NRestarts: "1" };
      await eventually(async () => {
        const found = await state(...Object.keys(again));
        return found.ActiveState === again.ActiveState && found.NRestarts === again.NRestarts;
      }, "it has started again");
    });

    test("gives an app that does not stop the time that package.json says, and no more", async () => {
      await environment("STUBBORN=1\n");
      await systemctl("start", "shop");
      expect(await systemctl("stop", "shop")).toMatchObject({ code: 0 });
      expect(await text("/var/lib/shop/hooks")).toBe("post_start\npre_stop\n");
      expect(await state("ExecMainStatus", "Result")).toEqual({ ExecMainStatus: "137", Result: "exit-code" });
    });
  },
);
