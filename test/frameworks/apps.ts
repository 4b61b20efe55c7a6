// Makes projects on disk from the apps of this folder, with their framework in node_modules.
import { readdirSync, readFileSync, symlinkSync } from "node:fs";
import path from "node:path";
import ts from "typescript";
import { makeProject, type TestProject } from "../client/lifecycle/project.ts";

/** The packages that each needs in node_modules. */
const PACKAGES = {
  express: ["express"],
  fastify: ["fastify"],
  nestjs: ["@nestjs", "reflect-metadata"],
} as const;

/** The frameworks that are tested. */
export type Framework = keyof typeof PACKAGES;

const NEST_OPTIONS: ts.CompilerOptions = {
  target: ts.ScriptTarget.ES2023,
  module: ts.ModuleKind.NodeNext,
  experimentalDecorators: true,
  emitDecoratorMetadata: true,
};

/** The app without remsh, or the one that starts the agent itself. */
export function frameworkProject(framework: Framework, kind: "plain" | "agent"): TestProject {
  const remsh = { entry: fileOf(framework, kind), tasks: kind === "plain" ? "release.mjs" : undefined };
  const tasks = { "release.mjs": 'export const Release = { migrate: () => "migrated" };' };
  const project = makeProject({ files: { ...tasks, ...filesOf(framework) }, remsh });
  for (const name of PACKAGES[framework]) link(project.root, name);
  return project;
}

function fileOf(framework: Framework, kind: string): string {
  return framework === "nestjs" ? `${kind}.js` : `${kind}.mjs`;
}

function filesOf(framework: Framework): Record<string, string> {
  const folder = path.join(import.meta.dirname, framework);
  const read = (name: string) => readFileSync(path.join(folder, name), "utf8");
  return Object.fromEntries(
    readdirSync(folder).map((name) => [name.replace(/\.ts$/, ".js"), compiled(name, read(name))]),
  );
}

/** Compiles as `nest build` does: esbuild, and so tsx, leaves out the metadata of decorators. */
function compiled(name: string, text: string): string {
  if (!name.endsWith(".ts")) return text;
  return ts.transpileModule(text, { fileName: "module.mts", compilerOptions: NEST_OPTIONS }).outputText;
}

function link(root: string, name: string): void {
  const target = path.join(import.meta.dirname, "../../node_modules", name);
  symlinkSync(target, path.join(root, "node_modules", name));
}
