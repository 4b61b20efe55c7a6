// `stop` where no agent answers for the app, and where the `start` beside it is stopping it, too.
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { afterAll, expect, onTestFinished, test } from "vitest";
import { eventually, removeTemporary, stop as end, type Running } from "../end-to-end/processes.ts";
import { makeProject, type ProjectOptions, type TestProject } from "./project.ts";

afterAll(removeTemporary);

const linux = test.runIf(process.platform === "linux");

/** Writes down that it runs, and goes on when the test says so. */
const hook = (name: string) =>
  `echo ${name} >>"$REMSH_ROOT/ran"\necho begun\nuntil [ -e "$REMSH_ROOT/go" ]; do sleep 0.02; done`;
const HOOKS = { "pre_stop/10": hook("pre_stop"), "post_stop/10": hook("post_stop") };

function started(options: ProjectOptions): TestProject & { running: Running } {
  const project = makeProject(options);
  const running = project.startShop(["start"]);
  onTestFinished(() => end(running));
  return { ...project, running };
}

const contentOf = ({ root }: TestProject, name: string) =>
  existsSync(path.join(root, name)) ? readFileSync(path.join(root, name), "utf8") : "";

linux("an app that is frozen before its agent has a socket is stopped", async () => {
  const freeze = `import { writeFileSync } from "node:fs"; writeFileSync("pid", String(process.pid)); process.kill(process.pid, "SIGSTOP");`;
  const project = started({ files: { "freeze.mjs": freeze }, remsh: { nodeArgs: ["--import", "./freeze.mjs"] } });
  await eventually(() => contentOf(project, "pid") !== "", "the app is there");
  const pid = contentOf(project, "pid");
  expect(await project.shop("stop", "--json")).toEqual({
    stdout: `${JSON.stringify({ app: "shop", instance: pid, pid: Number(pid), killed: false })}\n`,
    stderr: "",
    code: 0,
  });
  expect(() => process.kill(Number(pid), 0)).toThrow("ESRCH");
  expect(await project.running.finished).toMatchObject({ code: 143 });
});

linux("an app whose agent has closed, and that has not ended, is stopped", async () => {
  const server = `
    import { startAgent } from "remsh";
    const agent = await startAgent({ tasks: { Job: { run() {} } } });
    setInterval(() => {}, 60_000);
    console.log("pid", process.pid);
    process.on("SIGUSR2", () => void agent.close().then(() => console.log("closed")));`;
  const project = started({ files: { "server.js": server } });
  expect(await project.shop("ping", "--ready", "--wait")).toMatchObject({ code: 0 });
  project.running.child.kill("SIGUSR2");
  await project.running.printed("closed");
  expect(await project.shop("ping")).toMatchObject({ code: 69 });
  expect(await project.shop("stop")).toEqual({ stdout: "", stderr: "", code: 0 });
  expect(await project.running.finished).toMatchObject({ code: 143 });
  expect(await project.shop("stop")).toMatchObject({ code: 69 });
});

linux("a stop while the first hooks run ends the start, and the hook", async () => {
  const project = started({ hooks: { "pre_start/10": `echo $$ >"$REMSH_ROOT/pid"\necho begun\nexec sleep 600` } });
  await project.running.printed("begun");
  expect(await project.shop("stop")).toEqual({
    stdout: "",
    stderr: `shop was being started by process ${project.running.child.pid}, which was ended\n`,
    code: 0,
  });
  const { stdout, code } = await project.running.finished;
  expect({ stdout, code }).toEqual({ stdout: "", code: 143 });
  await eventually(() => !existsSync(`/proc/${contentOf(project, "pid").trim()}`), "the hook has ended");
});

linux("SIGTERM to start while a stop works waits for that, and runs no hook again", async () => {
  const project = started({ hooks: HOOKS });
  expect(await project.shop("ping", "--ready", "--wait")).toMatchObject({ code: 0 });
  const stopping = project.startShop(["stop"]);
  await stopping.printed("begun");
  project.running.child.kill("SIGTERM");
  await project.running.printed(`shop is being stopped already, by process ${stopping.child.pid}: waits for that\n`);
  writeFileSync(path.join(project.root, "go"), "");
  expect(await stopping.finished).toMatchObject({ code: 0 });
  expect(await project.running.finished).toMatchObject({ code: 0 });
  expect(contentOf(project, "ran")).toBe("pre_stop\npost_stop\n");
});

linux("where that stop is killed start stops the app itself", async () => {
  const project = started({ hooks: HOOKS });
  expect(await project.shop("ping", "--ready", "--wait")).toMatchObject({ code: 0 });
  const stopping = project.startShop(["stop"]);
  await stopping.printed("begun");
  project.running.child.kill("SIGTERM");
  await project.running.printed("waits for that\n");
  await end(stopping);
  await project.running.printed("begun");
  writeFileSync(path.join(project.root, "go"), "");
  expect(await project.running.finished).toMatchObject({ code: 0 });
  expect(contentOf(project, "ran")).toBe("pre_stop\npre_stop\npost_stop\n");
});

linux("a stop while start works on the same waits for it, no longer than its own time, and says so", async () => {
  const project = started({ hooks: HOOKS });
  expect(await project.shop("ping", "--ready", "--wait")).toMatchObject({ code: 0 });
  const pid = (await project.shop("pid")).stdout.trim();
  project.running.child.kill("SIGTERM");
  await project.running.printed("begun");
  const other = project.running.child.pid;
  expect(await project.shop("stop", "--timeout", "1500ms")).toEqual({
    stdout: "",
    stderr: `shop ${pid} is being stopped already, by process ${other}: waits for that\nCannot stop shop ${pid}: process ${other} is still stopping it after 1.5 s\n`,
    code: 75,
  });
  const patient = project.startShop(["stop"]);
  await patient.printed("waits for that");
  writeFileSync(path.join(project.root, "go"), "");
  expect(await patient.finished).toMatchObject({ code: 0 });
  expect(await project.running.finished).toMatchObject({ code: 0 });
  expect(contentOf(project, "ran")).toBe("pre_stop\npost_stop\n");
});
