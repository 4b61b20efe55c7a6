import { existsSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { afterAll, afterEach, describe, expect, test } from "vitest";
import { eventually, removeTemporary, stop, type Running } from "../../end-to-end/processes.ts";
import { makeProject, type ProjectOptions, type TestProject } from "./project.ts";

const running: Running[] = [];
afterEach(async () => {
  await Promise.all(running.splice(0).map((each) => stop(each, "SIGTERM")));
});
afterAll(removeTemporary);

const PONG = { stdout: "pong\n", stderr: "", code: 0 };

function startApp(options: ProjectOptions): Running & { project: TestProject; shop: TestProject["shop"] } {
  const project = makeProject(options);
  const started = project.startShop(["start"]);
  running.push(started);
  return { ...started, project, shop: project.shop };
}

async function startReady(options: ProjectOptions): Promise<ReturnType<typeof startApp>> {
  const started = startApp(options);
  expect(await started.shop("ping", "--ready", "--wait", "20s"), started.output.stderr).toEqual(PONG);
  return started;
}

/** A hook for each phase that says what it finds. */
const TELLING = Object.fromEntries(
  ["pre_configure", "post_configure", "pre_start", "post_start", "pre_stop", "post_stop"].map((phase) => [
    `${phase}/10-tell`,
    'echo "$REMSH_PHASE of $REMSH_APP $REMSH_VERSION by $REMSH_COMMAND${REMSH_SOCKET:+, at its socket}"',
  ]),
);

describe("hooks", () => {
  test("run in the order of the app's life, each with its name before its output", async () => {
    const { child, finished } = await startReady({ hooks: TELLING });
    child.kill("SIGTERM");
    expect(await finished).toEqual({
      stdout: "open []\nSIGTERM\n",
      stderr: [
        "[pre_configure.d/10-tell] pre_configure of shop 1.0.0 by start",
        "[post_configure.d/10-tell] post_configure of shop 1.0.0 by start",
        "[pre_start.d/10-tell] pre_start of shop 1.0.0 by start",
        "[post_start.d/10-tell] post_start of shop 1.0.0 by start, at its socket",
        "[pre_stop.d/10-tell] pre_stop of shop 1.0.0 by start, at its socket",
        "[post_stop.d/10-tell] post_stop of shop 1.0.0 by start, at its socket\n",
      ].join("\n"),
      code: 0,
    });
  });

  test("of a phase run in lexical order, without hidden files and backups", async () => {
    const hooks = {
      "pre_start/20-b": "echo b",
      "pre_start/10-a": "echo a",
      "pre_start/.x": "exit 1",
      "pre_start/10-a~": "exit 1",
    };
    const { output } = await startReady({ hooks });
    expect(output.stderr).toBe("[pre_start.d/10-a] a\n[pre_start.d/20-b] b\n");
  });

  test("may be anything executable, or a module with a default export", async () => {
    const hooks = {
      "post_start/10-node": '#!/usr/bin/env node\nconsole.log("node", process.env.REMSH_HOOK);',
      "post_start/20-module.mjs": '// Says so\nexport default async () => { console.log("module"); };',
      "post_start/30-old.cjs": '// Says so\nmodule.exports = () => console.log("old");',
    };
    const { output } = await startReady({ hooks });
    expect(output.stderr).toBe(
      "[post_start.d/10-node] node post_start.d/10-node\n[post_start.d/20-module.mjs] module\n[post_start.d/30-old.cjs] old\n",
    );
  });

  test("that exit 0 early, or leave a process behind, do not end or hold up the start", async () => {
    const { output } = await startReady({ hooks: { "pre_start/10": "sleep 60 &\necho left\nexit 0\necho never" } });
    expect(output.stderr).toBe("[pre_start.d/10] left\n");
  });

  test("cannot change the environment or the options of what follows", async () => {
    const { shop } = await startReady({ hooks: { "pre_start/10": "export LEAKED=1\nset +e\ncd /" } });
    expect(await shop("rpc", "Release.env", "LEAKED")).toMatchObject({ stdout: "null\n" });
  });

  test("find remsh and the launcher on their PATH, also where neither is installed", async () => {
    const hooks = {
      "post_start/10":
        "shop ping; remsh ping; shop rpc Release.add 1 2; remsh status | head -2; shop eval Release.add 3 4",
    };
    const { output } = await startReady({ hooks });
    expect(output.stderr.replaceAll("[post_start.d/10] ", "")).toMatch(
      /^pong\npong\n3\nshop \d+\n {2}state {7}starting: it waits for its hook post_start\.d\/10\n7\n$/,
    );
  });

  test("make no difference where their folders are missing or empty", async () => {
    const project = makeProject();
    mkdirSync(path.join(project.root, "rel/hooks/pre_start.d"), { recursive: true });
    const started = project.startShop(["start"]);
    running.push(started);
    expect(await project.shop("ping", "--ready", "--wait", "20s")).toEqual(PONG);
    expect(started.output.stderr).toBe("");
  });

  test("run to their end in a folder with spaces", async () => {
    const { output } = await startReady({ hooks: { "pre_start/a name": 'echo "$REMSH_HOOK"' } });
    expect(output.stderr).toBe("[pre_start.d/a name] pre_start.d/a name\n");
  });
});

describe("the variables that hooks write to REMSH_ENV_FILE", () => {
  const write = (text: string) => `printf '${text}' >> "$REMSH_ENV_FILE"`;
  const WRITING = {
    "pre_configure/10": write("FROM_HOOK=first\\nFIRST=1\\nPATH=/opt/bin:/usr/bin:/bin\\n"),
    "pre_start/10.mjs":
      '// Writes\nimport { appendFileSync } from "node:fs";\nexport default () => appendFileSync(process.env.REMSH_ENV_FILE, `FROM_HOOK<<E\n${process.env.FIRST} and\nsecond\nE\n`);',
    "post_start/10": 'echo "$FROM_HOOK${REMSH_ENV_FILE:-}"',
  };

  test("are the app's and the later hooks', before those of the environment; eval has those of pre_configure", async () => {
    const { project, shop, output } = await startReady({ hooks: WRITING });
    const call = async (command: string, name: string) =>
      (await project.startShop([command, "Release.env", name], { FROM_HOOK: "given" }).finished).stdout;
    expect(await call("rpc", "FROM_HOOK")).toBe("1 and\nsecond\n");
    expect(await call("rpc", "PATH")).toBe("/opt/bin:/usr/bin:/bin\n");
    expect(await call("rpc", "REMSH_ENV_FILE")).toBe("null\n");
    expect(await call("eval", "FROM_HOOK")).toBe("first\n");
    expect(output.stderr).toBe("[post_start.d/10] 1 and\n[post_start.d/10] second\n");
    const left = readdirSync(project.env.REMSH_RUNTIME_DIR ?? "").filter((name) => !name.startsWith("app-"));
    expect(left).toEqual(["shop"]); // and the supervisor's record
    const without = await shop("eval", "--no-hooks", "Release.env", "FROM_HOOK");
    expect(without).toEqual({ stdout: "null\n", stderr: "", code: 0 });
  });

  test("end the start, and eval, where they are not in the form", async () => {
    const { shop } = makeProject({ hooks: { "pre_configure/10": write("nonsense\\n"), "pre_start/10": "echo never" } });
    for (const words of [["start"], ["eval", "Release.add", "1", "2"]])
      expect(await shop(...words)).toMatchObject({
        stdout: "",
        stderr: expect.stringMatching(
          /^Cannot use what the hook "pre_configure.d\/10" wrote to REMSH_ENV_FILE: line 1 is not NAME=value/,
        ) as string,
        code: 78,
      });
  });
});

describe("--no-hooks", () => {
  test("starts, restarts and stops the app without any, also where one could not be run", async () => {
    const hooks = Object.fromEntries(Object.keys(TELLING).map((name) => [name, "echo hook >&2; exit 1"]));
    const { shop } = makeProject({ hooks, files: { "rel/hooks/pre_start.d/20-not-executable": "" } });
    expect(await shop("daemon", "--no-hooks")).toEqual({ stdout: "", stderr: "", code: 0 });
    expect(await shop("ping", "--ready")).toEqual(PONG);
    expect(await shop("restart", "--no-hooks")).toEqual({ stdout: "", stderr: "", code: 0 });
    expect(await shop("stop", "--no-hooks")).toEqual({ stdout: "", stderr: "", code: 0 });
    expect((await shop("logs")).stdout).toBe("open []\nSIGTERM\nopen []\nSIGTERM\n");
    expect(await shop("start"), "with them it does not").toMatchObject({ code: 78 });
  });
});

test("a pre_configure hook that calls eval is not run by that eval", async () => {
  const { shop } = makeProject({ hooks: { "pre_configure/10": "shop eval Release.add 1 2" } });
  expect(await shop("eval", "Release.add", "3", "4")).toEqual({
    stdout: "7\n",
    stderr: "[pre_configure.d/10] 3\n",
    code: 0,
  });
});

test("a pre_configure hook of eval is killed at the deadline, with what it has started", async () => {
  const { root, shop } = makeProject({ hooks: { "pre_configure/10": "sleep 600 & echo $! > child; wait" } });
  expect(await shop("eval", "--timeout", "2s", "Release.add", "3", "4")).toEqual({
    stdout: "",
    stderr:
      'Gave up on "Release.add" after 2 s: the hook "pre_configure.d/10" was killed, and the task did not start\n',
    code: 75,
  });
  const child = readFileSync(path.join(root, "child"), "utf8").trim();
  await eventually(() => !existsSync(`/proc/${child}`), "its child is gone");
});

describe("before the app is started", () => {
  test.each([
    ["that fails", "echo no; exit 3", 3, '[pre_start.d/10-x] no\nThe hook "pre_start.d/10-x" failed: exit 3\n'],
    ["that is killed", "kill -9 $$", 137, 'The hook "pre_start.d/10-x" failed: SIGKILL\n'],
    [
      "without its interpreter",
      "#!/no/such/sh\n",
      78,
      'Cannot run the hook "pre_start.d/10-x": its interpreter "/no/such/sh" does not exist\n',
    ],
    [
      "with CRLF",
      "#!/bin/sh\r\necho a\r\n",
      78,
      'Cannot run the hook "pre_start.d/10-x": its lines end in CRLF (save it with LF)\n',
    ],
  ])("a hook %s ends the start", async (_name, ...[text, code, stderr]) => {
    const { shop } = makeProject({ hooks: { "pre_start/10-x": text, "pre_start/20-y": "echo never" } });
    expect(await shop("start")).toEqual({ stdout: "", stderr, code });
  });

  test.each(["post-start", "pre_strat"])(
    "a folder that is called %s.d ends the start, but any other is left alone",
    async (name) => {
      const { shop } = makeProject({ hooks: { [`${name}/10-x`]: "echo x", "disabled/10-x": "echo x" } });
      const meant = name === "post-start" ? "post_start" : "pre_start";
      expect(await shop("start")).toEqual({
        stdout: "",
        stderr: `Cannot run the hooks in "rel/hooks/${name}.d": there is no such phase (did you mean ${meant}.d?)\n`,
        code: 78,
      });
    },
  );

  test("one that is almost a phase of the start does not keep the app from being stopped", async () => {
    const { shop, root } = makeProject();
    expect((await shop("daemon")).code).toBe(0);
    mkdirSync(path.join(root, "rel/hooks/post-start.d"), { recursive: true });
    expect(await shop("stop")).toEqual({ stdout: "", stderr: "", code: 0 });
  });

  test("a hook that is not executable ends the start", async () => {
    const { shop, root } = makeProject({ files: { "rel/hooks/pre_start.d/10-x": "echo a\n" } });
    const file = path.join(root, "rel/hooks/pre_start.d/10-x");
    expect(await shop("start")).toEqual({
      stdout: "",
      stderr: `Cannot run the hook "pre_start.d/10-x": it is not executable (chmod +x "${file}")\n`,
      code: 78,
    });
  });

  test("a hook that hangs is killed with all that it has started", async () => {
    const hooks = { "pre_start/10": "sleep 600 &\necho $!\nwait" };
    const { shop } = makeProject({ hooks, remsh: { hooks: { timeout: "300ms" } } });
    const { stderr, code } = await shop("start");
    expect(code).toBe(75);
    expect(stderr).toMatch(
      /^\[pre_start\.d\/10\] \d+\nThe hook "pre_start\.d\/10" failed: it did not end within 300 ms, and was killed\n$/,
    );
    const id = Number(/\d{3,}/.exec(stderr.slice("[pre_start.d/10] ".length))?.[0]);
    expect(isGone(id)).toBe(true);
  });

  test("SIGTERM ends the hook and the start", async () => {
    const { child, finished, printed } = startApp({ hooks: { "pre_start/10": "echo here; sleep 600" } });
    await printed("here");
    child.kill("SIGTERM");
    expect(await finished).toEqual({
      stdout: "",
      stderr: "[pre_start.d/10] here\nInterrupted by SIGTERM before the app was started\n",
      code: 143,
    });
  });

  test.each(["start", "restart", "stop", "daemon"])("a hook that calls %s is refused", async (command) => {
    const verb = command === "daemon" ? "start" : command;
    const { shop } = makeProject({ hooks: { "pre_start/10": `shop ${command}` } });
    const what = `Cannot ${verb} shop: this is its own hook "pre_start.d/10", which it waits for`;
    expect(await shop("start")).toMatchObject({ code: 64, stderr: expect.stringContaining(what) as string });
  });
});

test("describe and status --hooks list them with their first comment", async () => {
  const hooks = {
    "post_start/10-migrate": "#!/bin/sh\n\n# Migrates the database\nshop rpc Release.migrate\n",
    "pre_stop/wait.mjs": "// Lets the traffic go\nexport default () => {};\n",
  };
  const listed =
    "  hooks\n    post_start.d/10-migrate  Migrates the database\n    pre_stop.d/wait.mjs      Lets the traffic go\n";
  const { shop, project } = await startReady({ hooks });
  expect((await shop("status", "--hooks")).stdout.endsWith(listed)).toBe(true);
  const status = JSON.parse((await shop("status", "--hooks", "--json")).stdout) as { hooks: unknown[] };
  expect(status.hooks).toHaveLength(2);
  const { stdout, code } = await shop("describe");
  expect(code).toBe(0);
  expect(stdout).toContain(`shop\n  version     1.0.0\n  root        ${project.root}\n`);
  expect(stdout.endsWith(listed)).toBe(true);
  expect(JSON.parse((await shop("describe", "--json")).stdout)).toMatchObject({
    app: "shop",
    hooks: [{ name: "post_start.d/10-migrate", comment: "Migrates the database" }, {}],
  });
});

test("a post_start hook that cannot be run is told before the app is started", async () => {
  const { shop } = makeProject({ files: { "rel/hooks/post_start.d/10-x": "echo a\n" } });
  expect(await shop("start")).toMatchObject({
    stdout: "",
    code: 78,
    stderr: expect.stringContaining("it is not executable") as string,
  });
});

describe("post_start", () => {
  test("the app is starting until its hooks have succeeded", async () => {
    const hooks = {
      "post_start/10": 'shop ping --ready; echo "$?"\nuntil [ -e "$REMSH_ROOT/go" ]; do sleep 0.02; done',
    };
    const { shop, project, printed } = startApp({ hooks });
    await printed("] 75");
    expect(await shop("ping")).toEqual(PONG);
    expect(await shop("ping", "--ready")).toMatchObject({
      stdout: "",
      code: 75,
      stderr: expect.stringMatching(/^shop \d+ is starting: it waits for its hook post_start\.d\/10\n$/) as string,
    });
    writeFileSync(path.join(project.root, "go"), "");
    expect(await shop("ping", "--ready", "--wait", "20s")).toEqual(PONG);
  });

  test("a hook that fails stops the app, and start exits with its code", async () => {
    const { finished } = startApp({ hooks: { "post_start/10-x": "exit 5", "post_stop/10": "echo stopped" } });
    expect(await finished).toEqual({
      stdout: "open []\nSIGTERM\n",
      stderr: 'The hook "post_start.d/10-x" failed: exit 5\n[post_stop.d/10] stopped\n',
      code: 5,
    });
  });

  test('a hook that fails is a warning with "onFailure": "warn"', async () => {
    const { output } = await startReady({
      hooks: { "post_start/10-x": "exit 5" },
      remsh: { hooks: { onFailure: "warn" } },
    });
    expect(output.stderr).toBe('The hook "post_start.d/10-x" failed: exit 5\n');
  });

  test("SIGTERM ends its hook and stops the app", async () => {
    const { child, finished, printed } = startApp({ hooks: { "post_start/10": "echo here; sleep 600" } });
    await printed("here");
    child.kill("SIGTERM");
    expect(await finished).toMatchObject({ stdout: "open []\nSIGTERM\n", code: 0 });
  });

  test("its hook is gone before those of the stop run", async () => {
    const hooks = {
      // The process that runs it is slow: it hears of the stop only after a while.
      "post_start/10": 'kill -STOP $PPID; echo $$ >"$REMSH_ROOT/id"; sleep 0.4; kill -CONT $PPID; sleep 600',
      "pre_stop/10": 'kill -0 "$(cat "$REMSH_ROOT/id")" 2>/dev/null && echo beside it; echo stopping',
    };
    const { child, finished, project } = startApp({ hooks });
    await eventually(() => existsSync(path.join(project.root, "id")), "the hook runs");
    child.kill("SIGTERM");
    expect(await finished).toMatchObject({ stderr: "[pre_stop.d/10] stopping\n", code: 0 });
  });

  test("where the process that runs its hook is killed, start says so", async () => {
    const { finished } = startApp({ hooks: { "post_start/10": "kill -KILL $PPID" } });
    expect(await finished).toEqual({
      stdout: "open []\nSIGTERM\n",
      stderr: "The hooks of post_start failed: SIGKILL ended the process that runs them\n",
      code: 137,
    });
  });

  test("an app that ends meanwhile ends its hook too", async () => {
    const { finished } = startApp({ hooks: { "post_start/10": "shop rpc Release.exit 4; sleep 600" } });
    expect((await finished).code).toBe(4);
  });
});

describe("the hook that migrates", () => {
  const CLASSIC =
    'while true; do\n  shop ping && break\n  sleep 0.05\ndone\necho "app is up"\nshop rpc Release.migrate\n';

  test("as it always was, a loop on ping and then rpc, works unchanged", async () => {
    const { output } = await startReady({ hooks: { "post_start/migrate.sh": CLASSIC } });
    const said = "[post_start.d/migrate.sh] ";
    expect(output.stderr).toBe(`${said}pong\n${said}app is up\n${said}migrating\n${said}migrated\n`);
  });

  test("may be one line", async () => {
    const { output } = await startReady({
      hooks: { "post_start/10": "remsh ping --wait && remsh rpc Release.migrate" },
    });
    expect(output.stderr).toContain("migrated\n");
  });

  test("fails the deploy when the migration fails", async () => {
    const { finished } = startApp({ hooks: { "post_start/10": CLASSIC.replace("migrate\n", "fail\n") } });
    const { code, stderr } = await finished;
    expect(code).toBe(1);
    expect(stderr).toContain('[post_start.d/10] "Release.fail" threw Error: column is missing\n');
    expect(stderr).toContain('The hook "post_start.d/10" failed: exit 1\n');
  });
});

test("pre_stop finds the app running and not ready; a failing one does not keep it alive", async () => {
  const { child, finished } = await startReady({ hooks: { "pre_stop/10": "shop ping; shop ping --ready; exit $?" } });
  child.kill("SIGTERM");
  const { stderr, code } = await finished;
  expect(stderr).toMatch(
    /^\[pre_stop\.d\/10\] pong\n\[pre_stop\.d\/10\] shop \d+ is stopping\nThe hook "pre_stop\.d\/10" failed: exit 75\n$/,
  );
  expect(code).toBe(0);
});

/** True when no process has the id, or what has ended has only not been waited for. */
function isGone(id: number): boolean {
  try {
    process.kill(id, 0);
    return readFileSync(`/proc/${id}/stat`, "utf8").includes(") Z ");
  } catch {
    return true;
  }
}
