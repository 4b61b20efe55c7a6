// Reads the start script of package.json: which file is the app, with which options, variables and words, and what runs
// before it.
import { existsSync } from "node:fs";
import path from "node:path";
import type { PackageJson } from "../package-json.ts";
import { procfileLine } from "../procfile.ts";
import { beforeApp, type BeforeApp } from "./before-app.ts";
import type { Lost, Program, Refusal } from "./found-program.ts";
import { programOf } from "./program.ts";
import { isComputed, NotPlain, quoted } from "./shell.ts";
import { stepsOfScript, stepsOfText, type Step } from "./steps.ts";
import { programName } from "./wrappers.ts";

/** What a start script does. */
export interface StartScript {
  /** The app's file, a path in the project. */
  file: string;
  nodeArgs: string[];
  /** The app's own words. */
  args: string[];
  /** Variables, as a shell reads their values. */
  env: Record<string, string>;
  /** What has to end before the app starts, in order. */
  before: BeforeApp[];
  lost: Lost[];
}

/** A script that does not say which file is the app. */
export interface UnreadScript extends Refusal {
  script: string;
  text: string;
}

const STARTING_SCRIPTS = ["start:prod", "start:production", "start"];
/** Scripts of a container that prepare its app and then become it. */
const ENTRYPOINTS = ["", "docker", "scripts", "bin", ".docker"].flatMap((folder) =>
  ["entrypoint.sh", "docker-entrypoint.sh"].map((name) => path.join(folder, name)),
);

/** The first of the scripts that start the app and can be read; if none can, the reason for the first. */
export function readStartScript(project: PackageJson): StartScript | UnreadScript | undefined {
  const script = firstScript(project);
  const release = procfileLine(project.root, "release");
  if (release === undefined || !script || !("file" in script)) return script;
  // What migrates before a release, as on Heroku, has to end before the app starts.
  const whole = readStartText(project, `${release} && node ${script.file}`, "release");
  return "file" in whole ? { ...script, before: [...whole.before, ...script.before] } : script;
}

/** The first script that can be read, else the Procfile's `web`. */
function firstScript(project: PackageJson): StartScript | UnreadScript | undefined {
  const names = STARTING_SCRIPTS.filter((name) => typeof project.scripts[name] === "string");
  const read = names.map((name) => readScript(project, name));
  const web = names.length > 0 ? undefined : procfileLine(project.root, "web");
  return (
    read.find((each) => "file" in each) ??
    read[0] ??
    (web === undefined ? undefined : readStartText(project, web, "web"))
  );
}

function readScript(project: PackageJson, name: string): StartScript | UnreadScript {
  const text = String(project.scripts[name]);
  const found = understood(() => startOf(stepsOfScript(project, name), project));
  if ("reason" in found) return { ...found, script: name, text };
  return withEntrypoint(found, project, { name, text });
}

/** The start script with what an entrypoint.sh does before it, unless that script is the entrypoint itself. */
function withEntrypoint(
  start: StartScript,
  project: PackageJson,
  { name, text }: { name: string; text: string },
): StartScript {
  const entrypoint = ENTRYPOINTS.find((file) => existsSync(path.join(project.root, file)));
  if (entrypoint === undefined || text.includes(path.basename(entrypoint))) return start;
  const whole = understood(() => startOf(stepsOfText(project, `./${entrypoint} npm run ${name}`, entrypoint), project));
  if ("reason" in whole || whole.file !== start.file)
    return {
      ...start,
      lost: [
        ...start.lost,
        { what: `what ${entrypoint} does before it`, instead: "a hook in rel/hooks/pre_start.d can do that" },
      ],
    };
  return whole;
}

/** The same for a text that is not in package.json, which `name` names in sentences. */
export function readStartText(project: PackageJson, text: string, name: string): StartScript | UnreadScript {
  const found = understood(() => startOf(stepsOfText(project, text, name), project));
  return "reason" in found ? { ...found, script: name, text } : found;
}

function understood(read: () => StartScript | Refusal): StartScript | Refusal {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof NotPlain)) throw error;
    return {
      reason: `it ${error.message}, which gen does not read`,
      remedy: "--entry <file>, and what it does before the app as hooks in rel/hooks/pre_start.d",
    };
  }
}

/** The app is the last command: those before it end before it, and those after it run when it has ended. */
function startOf(steps: readonly Step[], project: PackageJson): StartScript | Refusal {
  const end = steps.findIndex(({ then }) => then === "|" || then === "||");
  const line = end < 0 ? steps : steps.slice(0, end + 1);
  const background = line.find(({ then }) => then === "&");
  if (background) return { reason: `it leaves "${background.text}" in the background`, remedy: "--entry <file>" };
  const last = line.at(-1);
  const program = last && programOf(last, project);
  if (!last || !program) return { reason: "not a file with node" };
  if ("reason" in program) return program;
  const after = steps.slice(line.length).map(({ text }) => text);
  const earlier = line.slice(0, -1);
  return {
    ...program,
    ...environmentOf(last, program),
    before: earlier.map(beforeApp),
    lost: [...program.lost, ...lostOf(last, program), ...afterIt(last, after), ...goingOn(earlier)],
  };
}

/** Words whose values only a shell knows cannot be settings. */
function environmentOf(step: Step, { args, nodeArgs }: Program): Pick<StartScript, "args" | "env" | "nodeArgs"> {
  const files = step.envFiles.map((file) => `--env-file-if-exists=${path.join(step.folder, file)}`);
  return {
    env: step.env,
    args: args.some(isComputed) ? [] : args,
    nodeArgs: nodeArgs.some(isComputed) ? files : [...files, ...nodeArgs],
  };
}

function lostOf({ folder, unknown, redirections }: Step, { args, nodeArgs }: Program): Lost[] {
  return [
    ...unknown.map((text) => ({ what: `"${text}"`, instead: `${text} bin/<app> start` })),
    ...redirections.map((text) => ({ what: `"${text}"`, instead: "bin/<app> daemon writes a log" })),
    ...(folder === "." ? [] : [{ what: `"cd ${folder}"`, instead: "the app's working directory is the project's" }]),
    ...(args.some(isComputed) ? [{ what: `"${quoted(args)}"`, instead: `bin/<app> start -- ${quoted(args)}` }] : []),
    ...(nodeArgs.some(isComputed)
      ? [{ what: `"${quoted(nodeArgs)}"`, instead: `export NODE_OPTIONS=${quoted(nodeArgs)} in rel/env.sh` }]
      : []),
  ];
}

function afterIt({ then }: Step, after: readonly string[]): Lost[] {
  const [first] = after;
  if (first === undefined) return [];
  return [{ what: `"${then} ${first}"`, ...(then === "|" && { instead: `bin/<app> start | ${first}` }) }];
}

function goingOn(earlier: readonly Step[]): Lost[] {
  return earlier
    .filter((step) => step.then === ";" && beforeApp(step).kind !== "builds")
    .map(({ text }) => ({ what: `";" after "${text}"`, instead: "a hook that fails ends the start" }));
}

/** True for the app's own launcher, which has nothing to say about how the app starts. */
export function isLauncher({ text }: Pick<UnreadScript, "text">): boolean {
  const [first = "", ...rest] = text.split(/\s+/);
  const words = first === "npx" ? rest : [first, ...rest];
  return /^(\.\/)?bin\//.test(words[0] ?? "") ? words[1] === "start" : programName(words[0]) === "remsh";
}
