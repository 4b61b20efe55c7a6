// Finds the app's package manager, and its commands for an image.
import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import { detect } from "package-manager-detector/detect";
import type { PackageJson } from "./package-json.ts";

/** A package manager as the Dockerfile and the hints need it. */
export interface PackageManager {
  name: "npm" | "pnpm" | "yarn" | "bun";
  /** The lock file in the project; undefined if there is none. */
  lockFile: string | undefined;
  /** The lock file of a workspace that the project is part of: a path out of the project. */
  outerLockFile: string | undefined;
  /** Makes the package manager available in a Node image. */
  setUp: string | undefined;
  /** Installs what the lock file says; without one, the newest versions. */
  install: string;
  /** Where it keeps downloads, for the build's cache. */
  cache: string;
  /** Runs a script of package.json. */
  run: string;
  /** Removes the packages that are only for development. */
  prune: string;
  /** Adds a package to the dependencies. */
  add: string;
}

const COREPACK = "npm install --global corepack@latest && corepack enable";

/** The commands of a package manager, independent of the project. */
interface Commands extends Omit<PackageManager, "lockFile" | "outerLockFile" | "install"> {
  /** Its lock files; the first that exists counts. */
  lockFiles: readonly string[];
  /** Installs what a lock file says. */
  locked: string;
  /** Installs without a lock file. */
  unlocked: string;
}

const NPM: Commands = {
  name: "npm",
  lockFiles: ["npm-shrinkwrap.json", "package-lock.json"],
  setUp: undefined,
  locked: "npm ci",
  unlocked: "npm install",
  cache: "/root/.npm",
  run: "npm run",
  prune: "npm prune --omit=dev --ignore-scripts",
  add: "npm install",
};

const PNPM: Commands = {
  name: "pnpm",
  lockFiles: ["pnpm-lock.yaml"],
  setUp: COREPACK,
  locked: "pnpm install --frozen-lockfile",
  unlocked: "pnpm install --no-frozen-lockfile",
  cache: "/root/.local/share/pnpm/store",
  run: "pnpm run",
  prune: "CI=true pnpm prune --prod --ignore-scripts",
  add: "pnpm add",
};

const YARN_CLASSIC: Commands = {
  name: "yarn",
  lockFiles: ["yarn.lock"],
  setUp: COREPACK,
  locked: "yarn install --frozen-lockfile",
  unlocked: "yarn install",
  cache: "/usr/local/share/.cache/yarn",
  run: "yarn run",
  prune: "yarn install --frozen-lockfile --production --ignore-scripts --prefer-offline",
  add: "yarn add",
};

const YARN: Commands = {
  ...YARN_CLASSIC,
  locked: "yarn install --immutable",
  unlocked: "yarn install --no-immutable",
  cache: "/root/.yarn/berry/cache",
  prune: "yarn workspaces focus --all --production",
};

const BUN: Commands = {
  name: "bun",
  lockFiles: ["bun.lock", "bun.lockb"],
  setUp: "npm install --global bun",
  locked: "bun install --frozen-lockfile",
  unlocked: "bun install",
  cache: "/root/.bun/install/cache",
  run: "bun run",
  prune: "rm -rf node_modules && bun install --frozen-lockfile --production --ignore-scripts",
  add: "bun add",
};

const KNOWN: readonly Commands[] = [PNPM, YARN_CLASSIC, BUN, NPM];

/**
 * The package manager that package.json's "packageManager" or "devEngines" names, else the one whose lock file is in
 * the project or in a folder above it, up to the repository's; else npm.
 */
export async function findPackageManager(project: PackageJson): Promise<PackageManager> {
  const { lockFiles, locked, unlocked, ...commands } = await commandsOf(project);
  const lockFile = lockFiles.find((name) => existsSync(path.join(project.root, name)));
  const [, ...above] = foldersOf(project.root);
  const outerFiles = above.flatMap((folder) => lockFiles.map((name) => path.join(folder, name)));
  const outer = lockFile === undefined ? outerFiles.find((file) => existsSync(file)) : undefined;
  return {
    ...commands,
    lockFile,
    outerLockFile: outer && path.relative(project.root, outer),
    install: lockFile === undefined ? unlocked : locked,
  };
}

/**
 * A package manager that an image cannot have, such as deno, does not count if there is a lock file of one that it can
 * have.
 */
async function commandsOf({ root }: PackageJson): Promise<Commands> {
  const found = await detect({ cwd: root, stopDir: foldersOf(root).at(-1) ?? root });
  const known = KNOWN.find(({ name }) => name === found?.name) ?? KNOWN.find((each) => isLockedBy(each, root)) ?? NPM;
  if (known !== YARN_CLASSIC) return known;
  if (found?.agent === "yarn@berry") return YARN;
  // Files that are perhaps of a folder above do not count against a version in package.json.
  const hasVersion = found?.name === "yarn" && /^\d/.test(found.version ?? "");
  return !hasVersion && isBerry(root) ? YARN : YARN_CLASSIC;
}

function isLockedBy({ lockFiles }: Commands, root: string): boolean {
  return lockFiles.some((name) => existsSync(path.join(root, name)));
}

/** True for Yarn 2 and later, by the files that it leaves in the project or above it. */
function isBerry(root: string): boolean {
  return foldersOf(root).some((folder) => {
    const lockFile = path.join(folder, "yarn.lock");
    const isLocked = existsSync(lockFile) && readFileSync(lockFile, "utf8").includes("\n__metadata:");
    return isLocked || existsSync(path.join(folder, ".yarnrc.yml"));
  });
}

/**
 * The project's folder and those above it up to the repository's: a lock file in a home folder does not belong to the
 * project.
 */
function foldersOf(root: string): string[] {
  const folders = [root];
  for (let folder = root; !existsSync(path.join(folder, ".git")); folder = path.dirname(folder)) {
    if (path.dirname(folder) === folder) return [root]; // not in a repository
    folders.push(path.dirname(folder));
  }
  return folders;
}
