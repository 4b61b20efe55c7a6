// Finds what a package manager's command runs: a script of package.json, or the program of a package.
import type { PackageJson } from "../package-json.ts";
import { NotPlain } from "./shell.ts";

/** The scripts that a command runs, one after the other. */
export interface CalledScript {
  names: readonly string[];
  /** The words that the last one gets. */
  words: readonly string[];
}

type Scripts = PackageJson["scripts"];

/** Options that choose another package of a workspace. */
const OF_ANOTHER_PACKAGE = /^(--prefix|-C|--dir|--cwd|-w|--workspace|--filter|-F|-r|--recursive)(=|$)/;
/** Scripts that npm runs without the word `run`. */
const OF_NPM = ["start", "test", "stop", "restart"];
/** Commands of yarn and pnpm themselves, which are no programs of packages. */
const OWN_COMMANDS = /^(-.*|install|add|build|rebuild|ci|i|dedupe|run|workspaces?|)$/;

/**
 * The scripts of `npm run serve -- --port 1`, `yarn serve`, `node --run serve` or `run-s build serve`; undefined for any
 * other command. @throws NotPlain when the script is another package's.
 */
export function calledScript(name: string, words: readonly string[], scripts: Scripts): CalledScript | undefined {
  if (name === "run-s" || name === "npm-run-all") return inSeries(words, scripts);
  if (name === "node" && words[0] === "--run") return ofScripts(words.slice(1), scripts);
  if (!["npm", "pnpm", "yarn", "bun"].includes(name)) return undefined;
  if (words.some((word) => OF_ANOTHER_PACKAGE.test(word))) throw new NotPlain("runs a script of another package");
  const [verb = "", ...rest] = withoutOptions(words);
  if (/^run(-script)?$/.test(verb)) return ofScripts(withoutOptions(rest), scripts);
  return name !== "npm" || OF_NPM.includes(verb) ? ofScripts([verb, ...rest], scripts) : undefined;
}

/** The command in `pnpm exec node server.js`, `npm exec -- tsx server.ts`, `yarn node server.js`. */
export function passedOn(name: string, [verb = "", ...rest]: readonly string[]): string[] | undefined {
  if (["npm", "pnpm", "yarn"].includes(name) && /^(exec|dlx|x)$/.test(verb)) return [...withoutDashes(rest)];
  return (name === "yarn" || name === "pnpm") && !OWN_COMMANDS.test(verb) ? [verb, ...rest] : undefined;
}

function inSeries(words: readonly string[], scripts: Scripts): CalledScript | undefined {
  const names = words.filter((word) => !word.startsWith("-"));
  const isParallel = words.some((word) => /^(-p|-l|--parallel)$/.test(word));
  return !isParallel && names.every((each) => isScript(each, scripts)) ? { names, words: [] } : undefined;
}

function ofScripts([script = "", ...words]: readonly string[], scripts: Scripts): CalledScript | undefined {
  return isScript(script, scripts) ? { names: [script], words: withoutDashes(words) } : undefined;
}

function isScript(name: string, scripts: Scripts): boolean {
  return Object.hasOwn(scripts, name) && typeof scripts[name] === "string";
}

/** Without the options before the first other word. */
function withoutOptions(words: readonly string[]): readonly string[] {
  const first = words.findIndex((word) => !word.startsWith("-"));
  return first < 0 ? [] : words.slice(first);
}

function withoutDashes(words: readonly string[]): readonly string[] {
  return words[0] === "--" ? words.slice(1) : words;
}
