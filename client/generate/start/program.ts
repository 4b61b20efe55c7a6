// Finds the app in a step of the start script: the file that node or a program like it runs, and the words around it.
import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import type { PackageJson } from "../package-json.ts";
import { nest } from "./nest.ts";
import type { Program, Refusal } from "./found-program.ts";
import { packageProgram } from "./package-program.ts";
import { fileOf, type Place } from "./place.ts";
import { pm2 } from "./pm2.ts";
import { quoted } from "./shell.ts";
import type { Step } from "./steps.ts";
import { programName } from "./wrappers.ts";

const NODES = ["node", "nodejs", "tsx", "ts-node", "ts-node-esm", "ts-node-dev", "nodemon", "swc-node", "esno"];
/** Options that take a value, which is not the app's entry. */
const TAKING_A_VALUE = [
  ...["-r", "--require", "--import", "--loader", "--experimental-loader", "--env-file", "--env-file-if-exists"],
  ...["-C", "--conditions", "--tsconfig", "--project", "-P", "--watch-path", "--cwd", "--cache-directory"],
  ...["--title", "--inspect-port", "--max-http-header-size", "--icu-data-dir", "--openssl-config"],
];
/** Those of nodemon, which has others of the same names. */
const TAKING_A_VALUE_IN_NODEMON = ["--exec", "-x", "-w", "--watch", "-e", "--ext", "-i", "--ignore", "--delay", "-d"];
/** `start` runs TypeScript with what the project has, and with remsh's preload; watching is for development. */
const OWN =
  /^(--import[ =](tsx|remsh\/register)\b\S*|(-r|--require|--loader|--experimental-loader)[ =](tsx|ts-node|remsh)\b\S*|--watch\S*|watch|--experimental-strip-types|--experimental-transform-types|--respawn|--transpile-only|-T|--files|--esm|--swc)$/;
/** Programs that run the app by something else than Node. */
const OTHER_RUNTIMES: Readonly<Record<string, string>> = { bun: "Bun", bunx: "Bun", deno: "Deno" };
const PARALLEL = ["concurrently", "run-p", "npm-run-all", "foreman", "nf", "turbo", "nx", "lerna", "overmind"];

/** The app of a step; undefined if it may be anything else. */
export function programOf(step: Step, project: PackageJson): Program | Refusal | undefined {
  const [first = "", ...rest] = step.words;
  const place = { step, project };
  const name = programName(first);
  const runtime = OTHER_RUNTIMES[name];
  if (runtime !== undefined && Object.hasOwn(OTHER_RUNTIMES, name)) return otherRuntime(runtime, rest, place);
  if (PARALLEL.includes(name))
    return {
      reason: `${name} runs several programs`,
      remedy: '--entry <file>, and "processes" in package.json\'s "remsh" for the others',
    };
  if (/^pm2(-runtime|-docker)?$/.test(name)) return pm2(rest, place);
  if (name === "nest" && rest[0] === "start") return nest(rest.slice(1), project);
  if (NODES.includes(name)) return nodeProgram(name, rest, place);
  const found = ownFile(first, rest, place) ?? packageProgram(name, rest, project);
  return found ?? (first.includes("/") ? missing(first, place) : undefined);
}

/** The file after `node`, with the options before it. */
function nodeProgram(name: string, words: readonly string[], place: Place): Program | Refusal {
  const taking = name === "nodemon" ? [...TAKING_A_VALUE, ...TAKING_A_VALUE_IN_NODEMON] : TAKING_A_VALUE;
  const isArgument = (word: string, at: number) => !word.startsWith("-") && !taking.includes(words[at - 1] ?? "");
  const found = words.findIndex((word, at) => isArgument(word, at) && fileOf(word, place) !== undefined);
  const file = fileOf(words[found] ?? "", place);
  if (found < 0 || file === undefined) {
    const own = words.filter(isArgument);
    // A word with a dot or a slash names a file; else the first word does, unless that is an option.
    const written = own.find((word) => /[./]/.test(word)) ?? (isArgument(words[0] ?? "-", 0) ? words[0] : undefined);
    return { reason: written === undefined ? "not a file with node" : `there is no "${written}"` };
  }
  const options = optionsIn(words.slice(0, found), taking);
  const isNode = name === "node" || name === "nodejs";
  const kept = options.filter(
    (option) => isNode || /^(-r|--require|--import|--env-file|--inspect)/.test(option[0] ?? ""),
  );
  // nodemon's own only say when it starts the app again.
  const dropped = name === "nodemon" ? [] : options.filter((option) => !kept.includes(option));
  return {
    file,
    nodeArgs: kept.flat(),
    args: words.slice(found + 1),
    lost: dropped.map((option) => ({ what: `"${quoted(option)}", an option of ${name},` })),
  };
}

/** Each option with its value, without those that `start` has itself. */
function optionsIn(words: readonly string[], taking: readonly string[]): string[][] {
  const options: string[][] = [];
  for (let at = 0; at < words.length; at++) {
    const word = words[at] ?? "";
    const option = taking.includes(word) && at + 1 < words.length ? [word, words[++at] ?? ""] : [word];
    if (!OWN.test(option.join(" "))) options.push(option);
  }
  return options;
}

/** `./bin/www`, a file of the project for node. */
function ownFile(word: string, args: readonly string[], place: Place): Program | undefined {
  const file = word.includes("/") && !word.includes("node_modules/") ? fileOf(word, place) : undefined;
  if (file === undefined) return undefined;
  const isScript = /\.[cm]?[jt]s$/.test(word) || /^#!.*\b(node|tsx)\b/.test(firstLine(place.project.root, file));
  return isScript ? { file, nodeArgs: [], args: [...args], lost: [] } : undefined;
}

function missing(word: string, { step, project }: Place): Refusal | undefined {
  return existsSync(path.join(project.root, step.folder, word)) ? undefined : { reason: `there is no "${word}"` };
}

function firstLine(root: string, file: string): string {
  return readFileSync(path.join(root, file), "utf8").split("\n", 1)[0] ?? "";
}

function otherRuntime(runtime: string, rest: readonly string[], place: Place): Refusal {
  const file = rest.map((word) => fileOf(word, place)).find((found) => found !== undefined);
  return {
    reason: `remsh starts apps with Node, not with ${runtime}`,
    ...(file !== undefined && { remedy: `--entry ${file} if Node can run it` }),
  };
}
