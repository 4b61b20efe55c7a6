// Decides what becomes of the commands before the app in a start script: a build is for the build, what migrates becomes
// the hook that migrates, and each other command becomes a hook.
import type { EngineName } from "../engine-name.ts";
import { quoted } from "./shell.ts";
import type { Step } from "./steps.ts";
import { programName } from "./wrappers.ts";

/** A command that has to end before the app starts. */
export interface BeforeApp {
  kind: "builds" | "migrates" | "prepares";
  /** The name of its program or file, for a hook's: `seed`. */
  name: string;
  /** As a shell reads it. */
  text: string;
  /** True if its program may be in node_modules/.bin, where npm finds it and a shell does not. */
  isInModules: boolean;
  /** The engine whose own command it is. */
  engine?: EngineName | undefined;
}

const BUILDERS =
  /^(tsc|tsup|webpack|rollup|esbuild|swc|babel|vite|parcel|turbo|nx|rimraf|copyfiles|cpx|patch-package|husky)$/;
const BUILDING = /^(build|prebuild|postbuild|compile|bundle|clean|generate|codegen)\b/;
const INSTALLING = /^(npm|pnpm|yarn|bun) (ci|i|install|build|rebuild)\b/;

/** Programs that only start what is named after them. */
const NAMELESS = /^(-.*|node|nodejs|tsx|ts-node|sh|bash|npm|yarn|pnpm|run)$/;

/** Programs that find a package's program themselves, or need none. */
const NEEDING_NO_MODULES = /^(\W.*|.*\/.*|npx|npm|pnpm|yarn|bun|bunx|node|nodejs|sh|bash|env|exec)$/;

/** The commands with which each engine applies what is pending. */
const MIGRATING: Readonly<Record<EngineName, RegExp>> = {
  prisma: /^prisma migrate deploy\b/,
  knex: /^knex\b.*\bmigrate:latest\b/,
  nodePgMigrate: /^node-pg-migrate\b.*\bup\b/,
  drizzle: /^drizzle-kit migrate\b/,
  kysely: /^kysely\b.*\bmigrate[: ]latest\b/,
  umzug: /^umzug up\b/,
};

/** One command before the app. */
export function beforeApp(step: Step): BeforeApp {
  const { words, script, folder } = step;
  const [program = "", ...rest] = words;
  const command = quoted([programName(program), ...rest]);
  const text = folder === "." ? step.text : `(cd ${quoted([folder])} && ${step.text})`;
  const named = words.find((word) => /^[./\w-]+$/.test(word) && !NAMELESS.test(programName(word)));
  const [called = ""] = step.text.split(" ").filter((word) => !word.includes("="));
  const of = {
    isInModules: !NEEDING_NO_MODULES.test(called),
    name: programName(named ?? "command").replace(/\.\w+$/, ""),
    text,
  };
  const found = Object.entries(MIGRATING).find(([, pattern]) => pattern.test(command));
  if (found) return { ...of, kind: "migrates", engine: found[0] as EngineName };
  if (isBuild(command, script)) return { ...of, kind: "builds" };
  const migrates = /migrat|\bdb[:-](push|sync|up)\b|\bdb push\b|schema:/i.test(text);
  return { ...of, kind: migrates ? "migrates" : "prepares" };
}

function isBuild(command: string, script: string): boolean {
  const [program = "", verb = ""] = command.split(" ");
  if (BUILDERS.test(program) || BUILDING.test(script) || INSTALLING.test(command)) return true;
  return verb === "build" || command.startsWith("prisma generate") || command.startsWith("rm ");
}
