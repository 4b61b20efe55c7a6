// Which package manager the app has, by its lock file, and its words for what an image needs.
import { existsSync } from "node:fs";
import path from "node:path";
import type { PackageJson } from "./package-json.ts";

/** A package manager as the Dockerfile and the hints need it. */
export interface PackageManager {
  name: "npm" | "pnpm" | "yarn" | "bun";
  /** The lock file in the project; undefined where there is none. */
  lockFile: string | undefined;
  /** What makes it available in an image of Node. */
  setUp: string | undefined;
  /** Installs everything that the lock file says. */
  install: string;
  /** Where it keeps what it has downloaded, for the cache of the build. */
  cache: string;
  /** Runs a script of package.json. */
  run: string;
  /** Leaves out what is only for development. */
  prune: string;
  /** Adds a package to the dependencies. */
  add: string;
}

const COREPACK = "npm install --global corepack@latest && corepack enable";

const NPM: PackageManager = {
  name: "npm",
  lockFile: undefined,
  setUp: undefined,
  install: "npm install",
  cache: "/root/.npm",
  run: "npm run",
  prune: "npm prune --omit=dev --ignore-scripts",
  add: "npm install",
};

const PNPM: Omit<PackageManager, "lockFile"> = {
  name: "pnpm",
  setUp: COREPACK,
  install: "pnpm install --frozen-lockfile",
  cache: "/root/.local/share/pnpm/store",
  run: "pnpm run",
  prune: "CI=true pnpm prune --prod --ignore-scripts",
  add: "pnpm add",
};

const YARN_CLASSIC: Omit<PackageManager, "lockFile"> = {
  name: "yarn",
  setUp: COREPACK,
  install: "yarn install --frozen-lockfile",
  cache: "/usr/local/share/.cache/yarn",
  run: "yarn run",
  prune: "yarn install --frozen-lockfile --production --ignore-scripts --prefer-offline",
  add: "yarn add",
};

const YARN: Omit<PackageManager, "lockFile"> = {
  ...YARN_CLASSIC,
  install: "yarn install --immutable",
  cache: "/root/.yarn/berry/cache",
  prune: "yarn workspaces focus --all --production",
};

const BUN: Omit<PackageManager, "lockFile"> = {
  name: "bun",
  setUp: "npm install --global bun",
  install: "bun install --frozen-lockfile",
  cache: "/root/.bun/install/cache",
  run: "bun run",
  prune: "rm -rf node_modules && bun install --frozen-lockfile --production --ignore-scripts",
  add: "bun add",
};

/** npm without a lock file, where there is none. */
export function findPackageManager(project: PackageJson): PackageManager {
  const known: readonly (readonly [string, Omit<PackageManager, "lockFile">])[] = [
    ["pnpm-lock.yaml", PNPM],
    ["yarn.lock", isBerry(project) ? YARN : YARN_CLASSIC],
    ["bun.lock", BUN],
    ["bun.lockb", BUN],
    ["npm-shrinkwrap.json", { ...NPM, install: "npm ci" }],
    ["package-lock.json", { ...NPM, install: "npm ci" }],
  ];
  const found = known.find(([lockFile]) => existsSync(path.join(project.root, lockFile)));
  return found ? { ...found[1], lockFile: found[0] } : NPM;
}

/** Yarn 2 and later. */
function isBerry({ root, content }: PackageJson): boolean {
  const { packageManager } = content;
  if (typeof packageManager === "string" && packageManager.startsWith("yarn@"))
    return !packageManager.startsWith("yarn@1");
  return existsSync(path.join(root, ".yarnrc.yml"));
}
