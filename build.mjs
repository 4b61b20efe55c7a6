// Builds dist/: the libraries as ES modules, the command line and the gateway as CommonJS, and the type declarations.
// Bundled, because a command line and an agent that load one file start in a third of the time of one that loads thirty.
import { execFileSync } from "node:child_process";
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import path from "node:path";
import { build } from "esbuild";
import { buildGuest } from "./build-guest.mjs";

const common = {
  bundle: true,
  platform: "node",
  target: "node20.19",
  outdir: "dist",
  logLevel: "warning",
  metafile: true,
};

/** Loaded into the user's app, which may replace its globals. */
const library = {
  ...common,
  format: "esm",
  splitting: true,
  chunkNames: "chunk-[hash]",
  packages: "external",
  inject: ["shared/own-globals.ts"],
  define: { OWN_VERSION: JSON.stringify(JSON.parse(readFileSync("package.json", "utf8")).version) },
};

/** What an app loads: what its parts share is loaded once. */
const agent = {
  ...library,
  entryPoints: {
    agent: "agent/index.ts",
    register: "agent/register.ts",
    "eval-host": "agent/eval-host.ts",
    migrate: "agent/migrate/index.ts",
  },
};

/** Apart from the agent: sharing files with it would make more of them, and each costs the app's start most of a millisecond. */
const client = { ...library, entryPoints: { client: "client/index.ts" } };

const commonJs = { ...common, format: "cjs", outExtension: { ".js": ".cjs" } };

/** Modules of Node's that ws needs as a client, or to compress: a gateway is neither, and they would take memory from its host. */
const withoutUnused = {
  name: "without-unused",
  setup(bundle) {
    bundle.onResolve({ filter: /^(https|tls|zlib|querystring)$/ }, ({ path: name }) => ({
      path: name,
      namespace: "unused",
    }));
    bundle.onLoad({ filter: /.*/, namespace: "unused" }, () => ({ contents: "module.exports = {};" }));
  },
};

/** One file with ws inside: Node's loader of ES modules, and ws's own files, would cost the app 10 MiB more. */
const gateway = {
  ...commonJs,
  external: ["bufferutil", "utf-8-validate"],
  banner: { js: 'const moduleUrl = require("node:url").pathToFileURL(__filename).href;' },
  define: { "import.meta.url": "moduleUrl" },
  plugins: [withoutUnused],
  entryPoints: { gateway: "agent/gateway/main.ts" },
};

/** What a supervisor loads when it is needed: its text alone would cost it memory for as long as the app runs. */
const supervisorsOwn = ["./supervisor-stop.cjs", "./adopted-app.cjs"];

/** A plain `ping` is answered by the first file alone; a plain `rpc`, `start`, `gen` and the console have their own. */
const commandLine = [
  {
    ...commonJs,
    // devalue decodes what a task has thrown: nothing that a ping asks runs a task.
    external: ["./plain-rpc.cjs", "./command-line.cjs", "./start.cjs", "devalue"],
    banner: { js: "#!/usr/bin/env node" },
    // Shorter by a twentieth, and as readable in a stack trace: a probe reads this file every few seconds.
    minifySyntax: true,
    entryPoints: { remsh: "client/cli/main.ts" },
  },
  { ...commonJs, entryPoints: { "plain-rpc": "client/cli/plain-rpc.ts" } },
  {
    ...commonJs,
    external: ["./remote.cjs", "./gen.cjs", ...supervisorsOwn],
    entryPoints: { "command-line": "client/cli/command-line.ts" },
  },
  { ...commonJs, external: ["bufferutil", "utf-8-validate"], entryPoints: { remote: "client/commands/remote.ts" } },
  // jsonc-parser's CommonJS files cannot be bundled, its ES modules can.
  { ...commonJs, mainFields: ["module", "main"], entryPoints: { gen: "client/generate/release.ts" } },
  { ...commonJs, external: supervisorsOwn, entryPoints: { start: "client/cli/plain-start.ts" } },
  { ...commonJs, external: supervisorsOwn, entryPoints: { supervisor: "client/lifecycle/supervisor-program.ts" } },
  { ...commonJs, entryPoints: { "supervisor-stop": "client/lifecycle/supervisor-stop.ts" } },
  { ...commonJs, entryPoints: { "adopted-app": "client/lifecycle/adopted-app.ts" } },
  { ...commonJs, entryPoints: { "hook-phase": "client/hooks/hook-phase.ts" } },
];

/** What `start` runs a hook with that is a module: an ES module, since such a hook may be one. */
const hookProgram = {
  ...common,
  format: "esm",
  outExtension: { ".js": ".mjs" },
  entryPoints: { "hook-program": "client/hooks/hook-program.ts" },
};

const guest = await buildGuest();

/** vm2 stays outside, so that whoever installs this package gets its latest fix. */
const evaluator = {
  ...commonJs,
  define: { GUEST_PROGRAM: JSON.stringify(guest.outputFiles[0].text) },
  entryPoints: { evaluator: "agent/sandbox/main.ts" },
};

const withTypes = !process.argv.includes("--no-types");
for (const name of existsSync("dist") ? readdirSync("dist") : []) {
  if (name !== "types" || withTypes) rmSync(path.join("dist", name), { recursive: true });
}
const programs = [agent, client, gateway, evaluator, ...commandLine, hookProgram];
const built = await Promise.all(programs.map((options) => build(options)));
mkdirSync("dist/bin");
copyFileSync("client/project/remsh.sh", "dist/bin/remsh");
// For package managers: Yarn 2 and later run every other file with Node, unless its name ends so.
copyFileSync("client/project/remsh.sh", "dist/bin/remsh.bin");
// npm makes the second one executable where the package is installed, but not where it is the folder itself.
for (const program of ["dist/bin/remsh", "dist/bin/remsh.bin", "dist/remsh.cjs"]) chmodSync(program, 0o755);
writeFileSync(
  "dist/THIRD-PARTY-LICENSES.txt",
  licencesOf([guest, ...built].flatMap(({ metafile }) => Object.keys(metafile.inputs))),
);
if (withTypes) {
  execFileSync("node_modules/.bin/tsc", ["-p", "tsconfig.types.json"], { stdio: "inherit" });
}

/** The licences of the packages that are inside the bundles, which their licences ask us to pass on. */
function licencesOf(files) {
  const packages = new Set(files.map((file) => /^node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(file)?.[1]).filter(Boolean));
  return [...packages]
    .sort()
    .map((name) => `${name}\n\n${licenceOf(path.join("node_modules", name))}`)
    .join("\n\n");
}

function licenceOf(folder) {
  const file = readdirSync(folder).find((name) => /^licen[cs]e/i.test(name));
  if (file === undefined) throw new Error(`Cannot bundle "${folder}": it has no licence file`);
  return readFileSync(path.join(folder, file), "utf8").trim();
}
