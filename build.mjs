// Builds dist/: the libraries as ES modules, the command line as CommonJS, and the type declarations.
// Bundled, because a command line and an agent that load one file start in a third of the time of one that loads thirty.
import { execFileSync } from "node:child_process";
import { rmSync } from "node:fs";
import { build } from "esbuild";

rmSync("dist", { recursive: true, force: true });

const shared = { bundle: true, platform: "node", target: "node20.19", outdir: "dist", logLevel: "warning" };

await Promise.all([
  build({
    ...shared,
    format: "esm",
    splitting: true,
    chunkNames: "chunk-[hash]",
    packages: "external",
    entryPoints: {
      agent: "agent/index.ts",
      register: "agent/register.ts",
      gateway: "agent/gateway/main.ts",
      client: "client/index.ts",
    },
  }),
  // Three files: `ping` is answered by the first alone, everything else loads the second, and only `remote` the third.
  build({
    ...shared,
    format: "cjs",
    outExtension: { ".js": ".cjs" },
    external: ["./command-line.cjs"],
    banner: { js: "#!/usr/bin/env node" },
    entryPoints: { remsh: "client/cli/main.ts" },
  }),
  build({
    ...shared,
    format: "cjs",
    outExtension: { ".js": ".cjs" },
    external: ["./remote.cjs"],
    entryPoints: { "command-line": "client/cli/command-line.ts" },
  }),
  build({
    ...shared,
    format: "cjs",
    outExtension: { ".js": ".cjs" },
    // Optional accelerators of ws, which it does without.
    external: ["bufferutil", "utf-8-validate"],
    entryPoints: { remote: "client/cli/remote.ts" },
  }),
]);

if (!process.argv.includes("--no-types")) {
  execFileSync("node_modules/.bin/tsc", ["-p", "tsconfig.types.json"], { stdio: "inherit" });
}
