// What is generated, as the tools of each trade see it: shells and shellcheck, a Dockerfile's parser, Kubernetes' own types,
// systemd.
import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";
import { DockerfileParser, type Cmd, type Entrypoint, type Healthcheck, type Instruction } from "dockerfile-ast";
import { validate } from "dockerfile-utils";
import ts from "typescript";
import { afterAll, describe, expect, test } from "vitest";
import { parseDocument } from "yaml";
import { removeTemporary, start, temporaryDirectory } from "../../end-to-end/processes.ts";
import { needing } from "../../needing.ts";
import { ALL, filesIn, generated, MIGRATING, PLAIN, projectOf, textOf } from "./generated.ts";

afterAll(removeTemporary);

const SHAPES = { migrating: MIGRATING, plain: PLAIN };

describe.each(Object.entries(SHAPES))("of an app that is %s", (_shape, files) => {
  needing("shellcheck").test.each(["sh", "dash", "bash"])("%s programs are clean to shellcheck", async (shell) => {
    const root = projectOf(files);
    await generated(root, ...ALL);
    const { stdout, stderr, code } = await start("shellcheck", ["-s", shell, ...programsIn(root)], { cwd: root })
      .finished;
    expect({ stdout, stderr, code }).toEqual({ stdout: "", stderr: "", code: 0 });
  });

  test.each(["dash", "bash --posix"])("%s can read them", (shell) => readsThem(shell));
  needing("busybox").test("busybox sh can read them", () => readsThem("busybox sh"));

  async function readsThem(shell: string): Promise<void> {
    const root = projectOf(files);
    await generated(root, ...ALL);
    const [program = "", ...words] = shell.split(" ");
    for (const name of programsIn(root)) {
      expect(await start(program, [...words, "-n", name], { cwd: root }).finished, name).toMatchObject({
        stderr: "",
        code: 0,
      });
    }
  }
});

/** The shell's, the programs and what they read. */
function programsIn(root: string): string[] {
  const names = Object.keys(filesIn(root)).filter((name) => name.endsWith("*") || name.endsWith(".sh"));
  return names.map((name) => name.replace("*", ""));
}

describe("the Dockerfile", () => {
  const LOCKS = ["package-lock.json", "pnpm-lock.yaml", "yarn.lock", "bun.lock", "none"];
  const BUILT = { ...MIGRATING["package.json"], scripts: { start: "node dist/server.js", build: "tsc" } };

  test.each(LOCKS)("with the lock file %s has no fault", async (lock) => {
    const root = projectOf({ ...MIGRATING, ...(lock !== "none" && { [lock]: "{}" }) });
    await generated(root, "--docker");
    const text = textOf(root, "Dockerfile");
    expect(validate(text)).toEqual([]);
    expect(faultsOf(text)).toEqual([]);
    if (lock !== "none") expect(text).toContain(`COPY package.json ${lock} ./\n`);
  });

  test("the rules see a fault", () => {
    const text = "FROM node:24\nRUN apt-get install curl\nUSER root\nCMD node server.js\n";
    expect(faultsOf(text)).toEqual([
      "has one stage only",
      "runs as root",
      "has no HEALTHCHECK in exec form",
      "has no ENTRYPOINT in exec form",
      "has no CMD in exec form",
      "installs from Debian without updating before and cleaning up after",
    ]);
    expect(validate("FROM node:24\nRUM a\n")).not.toEqual([]);
  });

  test("builds what is compiled, and does not take the machine's own build along", async () => {
    const root = projectOf({ ...MIGRATING, "package.json": BUILT, "package-lock.json": "{}", "src/server.ts": "" });
    await generated(root, "--docker");
    expect(textOf(root, "Dockerfile")).toContain("RUN npm run build\n");
    expect(textOf(root, ".dockerignore").split("\n")).toContain("dist");
  });

  test.each([
    ["server/dist", "server/src", "server/dist"],
    ["server", "server/src", undefined],
    ["dist/server", "src", "dist/server"],
  ])("takes the sources along: built into %s from %s", async (outDir, rootDir, left) => {
    const root = projectOf({
      "package.json": { ...BUILT, scripts: { start: `node ${outDir}/main.js`, build: "tsc" } },
      "tsconfig.json": { compilerOptions: { outDir, rootDir } },
      [`${rootDir}/main.ts`]: "",
    });
    await generated(root, "--docker");
    const lines = textOf(root, ".dockerignore").split("\n");
    const folders = lines.filter((line) => line !== "" && `${rootDir}/main.ts ${outDir}/main.js`.includes(`${line}/`));
    expect(folders).toEqual(left === undefined ? [] : [left]);
  });

  test("leaves secrets out, in every folder", async () => {
    const root = projectOf(PLAIN);
    await generated(root, "--docker");
    const lines = textOf(root, ".dockerignore").split("\n");
    expect(lines).toEqual(expect.arrayContaining(["**/.env*", "!**/.env.example"]));
  });

  test("installs with a token for the registry, and removes it before the last stage", async () => {
    const kept = { "package.json": PLAIN["package.json"], "server.js": "", "node_modules/a/.npmrc": "" };
    const root = projectOf({ ...kept, ".npmrc": "token", "packages/web/.npmrc": "token", ".yarnrc.yml": "token" });
    await generated(root, "--docker");
    const [build = "", last = ""] = textOf(root, "Dockerfile").split(/^FROM .*-slim$/m);
    expect(build).toMatch(/^COPY package\.json .*\.npmrc/m);
    expect(last).toContain("COPY --from=build /app ./\n");
    // The end of the stage, in a copy of what has been installed.
    const [, removal = ""] = /^RUN npm prune [^\n]* \\\n {2}&& (find .*) \\\n {2}&& chmod /m.exec(build) ?? [];
    const copy = projectOf({ ...kept, ".npmrc": "token", "packages/web/.npmrc": "token", ".yarnrc.yml": "token" });
    expect(await start("sh", ["-c", removal], { cwd: copy }).finished).toEqual({ stdout: "", stderr: "", code: 0 });
    expect(Object.keys(filesIn(copy))).toEqual(Object.keys(kept).sort());
  });

  test("copies everything first where an install script needs it", async () => {
    const scripts = { start: "node server.js", prepare: "node prepare.js" };
    const root = projectOf({
      ...PLAIN,
      "package.json": { ...PLAIN["package.json"], scripts },
      "package-lock.json": "{}",
    });
    await generated(root, "--docker");
    expect(textOf(root, "Dockerfile")).toMatch(/COPY \. \.\nRUN --mount=type=cache,target=\/root\/\.npm npm ci\n/);
    expect(textOf(root, "Dockerfile")).not.toContain("COPY package.json");
  });
});

/** Our own rules, over the parsed file. */
function faultsOf(text: string): string[] {
  const file = DockerfileParser.parse(text);
  const instructions = file.getInstructions();
  const last = <Kind extends Instruction>(keyword: string) =>
    instructions.filter((each) => each.getKeyword() === keyword).at(-1) as Kind | undefined;
  const isExec = (each: Cmd | Entrypoint | Healthcheck | undefined) =>
    each !== undefined && each.getRawArgumentsContent()?.includes("[");
  const froms = file.getFROMs();
  const user = last("USER")?.getArgumentsContent() ?? "root";
  const installs = instructions.filter((each) => each.getArgumentsContent()?.includes("apt-get install"));
  const isClean = (each: Instruction) =>
    /apt-get update.*--no-install-recommends.*rm -rf \/var\/lib\/apt/s.test(each.getArgumentsContent() ?? "");
  return Object.entries({
    "has one stage only": froms.length < 2,
    "names an image without a version": froms.some((from) => !/:\d/.test(from.getImage() ?? "")),
    "runs as root": /^(root|0)\b/.test(user),
    "has no HEALTHCHECK in exec form": !isExec(last<Healthcheck>("HEALTHCHECK")),
    "has no ENTRYPOINT in exec form": !isExec(last<Entrypoint>("ENTRYPOINT")),
    "has no CMD in exec form": !isExec(last<Cmd>("CMD")),
    "installs from Debian without updating before and cleaning up after": !installs.every(isClean),
  }).flatMap(([fault, isThere]) => (isThere ? [fault] : []));
}

describe("the objects of Kubernetes", () => {
  test.each([
    ["deployment.yaml", "Deployment", "apps/v1"],
    ["migrate.yaml", "Job", "batch/v1"],
  ])("%s is a %s", async (file, kind, version) => {
    const root = projectOf(MIGRATING);
    await generated(root, "--kubernetes");
    expect(schemaFaults(objectIn(root, file), kind, version)).toEqual([]);
  });

  test.each(["null", "true", "no", "y", "1e3", "shop"])(
    "of an app that is called %s have it as a string",
    async (name) => {
      const root = projectOf(MIGRATING);
      await generated(root, "--kubernetes", "--app", name);
      const plain = name === "1e3" ? "app-1e3" : name;
      const labels = { "app.kubernetes.io/name": plain };
      for (const file of ["deployment.yaml", "migrate.yaml"]) {
        // As kubectl reads it, to which "no" is a boolean.
        const object = parseDocument(textOf(root, `rel/kubernetes/${file}`), { version: "1.1" }).toJS() as object;
        const containers = [{ image: plain, envFrom: [{ secretRef: { name: plain } }] }];
        expect(object).toMatchObject({
          metadata: { labels },
          spec: { template: { metadata: { labels }, spec: { containers } } },
        });
        if (file === "deployment.yaml")
          expect(object).toMatchObject({ metadata: { name: plain }, spec: { selector: { matchLabels: labels } } });
      }
    },
  );

  test("a field that there is not, and one of another type, are faults", () => {
    const spec = { selector: {}, template: { spec: { containers: [{ name: "a", livenesProbe: {} }] } }, replicas: "2" };
    expect(schemaFaults({ spec }, "Deployment", "apps/v1")).toEqual([
      expect.stringContaining("'\"livenesProbe\"' does not exist in type 'Container'"),
      "Type 'string' is not assignable to type 'number'.",
    ]);
  });

  test("the Deployment waits for the traffic, probes over HTTP, runs as nobody, and outlives its stop", async () => {
    const packageJson = { ...MIGRATING["package.json"], remsh: { stopTimeout: "90s" } };
    const root = projectOf({ ...MIGRATING, "package.json": packageJson });
    await generated(root, "--kubernetes");
    const { spec } = objectIn(root, "deployment.yaml") as { spec: { template: { spec: PodSpec } } };
    const pod = spec.template.spec;
    expect(pod.terminationGracePeriodSeconds).toBe(105);
    expect(pod.containers[0]).toMatchObject({
      lifecycle: { preStop: { sleep: { seconds: 5 } } },
      startupProbe: { httpGet: { path: "/readyz", port: "health" } },
      readinessProbe: { httpGet: { path: "/readyz", port: "health" } },
      livenessProbe: { httpGet: { path: "/livez", port: "health" } },
      securityContext: { readOnlyRootFilesystem: true },
    });
    expect(pod.securityContext).toMatchObject({ runAsNonRoot: true, runAsUser: 1000 });
  });
});

interface PodSpec {
  terminationGracePeriodSeconds: number;
  securityContext: object;
  containers: object[];
}

function objectIn(root: string, file: string): object {
  const document = parseDocument(textOf(root, `rel/kubernetes/${file}`), { strict: true, uniqueKeys: true });
  expect([...document.errors, ...document.warnings]).toEqual([]);
  return document.toJS() as object;
}

/** What TypeScript says of the object against the types made from Kubernetes' own schema: unknown fields are refused. */
function schemaFaults(object: object, kind: string, version: string): string[] {
  const types = path.join(
    path.dirname(createRequire(import.meta.url).resolve("kubernetes-types/package.json")),
    version,
  );
  const file = path.join(temporaryDirectory(), "object.ts");
  writeFileSync(
    file,
    `import type { ${kind} } from "${types}";\nexport const object: ${kind} = ${JSON.stringify(object)};\n`,
  );
  const program = ts.createProgram([file], { strict: true, noEmit: true, skipLibCheck: true, types: [] });
  return ts.getPreEmitDiagnostics(program).map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, " "));
}

describe("rel/kubernetes/deploy", () => {
  /** Stands in for kubectl, which needs a cluster: notes what it is called with, and says that the Job ended so. */
  const KUBECTL = `#!/bin/sh
echo "$*" >> "$CALLS"
case $1 in
  create) cat >> "$CALLS"; echo job.batch/shop-migrate-x1 ;;
  apply) cat >> "$CALLS" ;;
  get) echo >> "$CALLS.asked"; [ "$(wc -l < "$CALLS.asked")" -lt 2 ] || printf %s "$ENDED" ;;
esac
`;

  async function deploy(ended: string, ...words: string[]) {
    const root = projectOf(MIGRATING);
    await generated(root, "--kubernetes");
    const bin = temporaryDirectory();
    writeFileSync(path.join(bin, "kubectl"), KUBECTL, { mode: 0o755 });
    const env = { PATH: `${bin}:${process.env.PATH}`, CALLS: path.join(bin, "calls"), ENDED: ended };
    const finished = await start(path.join(root, "rel/kubernetes/deploy"), words, { env, cwd: "/" }).finished;
    return { ...finished, calls: words.length === 0 ? "" : readFileSync(env.CALLS, "utf8") };
  }

  test("migrates once, waits for the end, and rolls the same image out", async () => {
    const { code, stderr, calls } = await deploy(
      "SuccessCriteriaMet Complete",
      "reg.example.com/shop:1.5.0",
      "-n",
      "shop",
    );
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(calls.match(/^ *image: reg\.example\.com\/shop:1\.5\.0$/gm)).toHaveLength(2);
    expect(calls.match(/^(create|get|logs|apply|rollout).*$/gm)?.map((line) => line.split(" ")[0])).toEqual([
      "create",
      "get",
      "get",
      "logs",
      "apply",
      "rollout",
    ]);
    expect(calls.match(/-n shop$/gm)).toHaveLength(6);
  });

  test("rolls nothing out when the migration failed", async () => {
    const { code, stderr, calls } = await deploy("FailureTarget Failed", "shop:2");
    expect({ code, stderr }).toEqual({
      code: 1,
      stderr: "Cannot deploy shop:2: job.batch/shop-migrate-x1 failed, and nothing was rolled out\n",
    });
    expect(calls).not.toMatch(/^apply/m);
  });

  test("needs an image", async () => {
    expect(await deploy("Complete")).toMatchObject({
      stderr: "Cannot deploy: say which image (rel/kubernetes/deploy registry.example.com/shop:1.4.1)\n",
      code: 64,
    });
  });
});

needing("systemd-analyze").test.each(["shop", "@acme/Shop.Web"])(
  "the unit of %s is clean to systemd-analyze verify",
  async (name) => {
    const root = projectOf({ ...MIGRATING, "package.json": { ...MIGRATING["package.json"], name } });
    await generated(root, "--systemd");
    const plain = name === "shop" ? "shop" : "shop-web";
    // It verifies that the program is there: at the unit's own path, which is one of the host's.
    const unit = textOf(root, `rel/systemd/${plain}.service`);
    const copy = path.join(temporaryDirectory(), `${plain}.service`);
    writeFileSync(copy, unit.replaceAll(`/srv/${plain}`, root));
    mkdirSync(path.join(root, "rel"), { recursive: true });
    const verify = () => start("systemd-analyze", ["verify", "--man=no", copy], {}).finished;
    expect(await verify()).toEqual({ stdout: "", stderr: "", code: 0 });
    cpSync(path.join(root, "bin"), path.join(root, "moved"), { recursive: true });
    rmSync(path.join(root, "bin"), { recursive: true });
    expect(await verify(), "it does look").toMatchObject({
      stderr: expect.stringContaining("is not executable") as string,
    });
  },
);

test("the unit lets each hook take its time, and stops when package.json says", async () => {
  const remsh = { stopTimeout: "90s", hooks: { timeout: "10m" } };
  const root = projectOf({ ...PLAIN, "package.json": { ...PLAIN["package.json"], remsh } });
  await generated(root, "--systemd");
  const unit = textOf(root, "rel/systemd/shop.service");
  expect(unit).toContain("\nTimeoutStartSec=infinity\nTimeoutStopSec=105\n");
});
