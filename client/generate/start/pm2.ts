// Reads what PM2 starts. Its configuration is a program, so its apps are only named.
import { readFileSync } from "node:fs";
import path from "node:path";
import { fileOf, type Place } from "./place.ts";
import type { Program, Refusal } from "./found-program.ts";
import { quoted } from "./shell.ts";

const ONE = "bin/<app> start starts one process";

/** pm2-runtime starts a file, or what its configuration names. */
export function pm2(words: readonly string[], place: Place): Program | Refusal {
  const rest = words[0] === "start" ? words.slice(1) : words;
  const end = rest.indexOf("--");
  const own = end < 0 ? rest : rest.slice(0, end);
  const args = end < 0 ? [] : rest.slice(end + 1);
  const found = own.findIndex((word, at) => !word.startsWith("-") && !own[at - 1]?.startsWith("-"));
  const word = own[found] ?? "";
  if (/ecosystem|\.config\.[cm]?js$|\.json$|\.ya?ml$/.test(word)) return configured(word, place);
  const file = fileOf(word, place);
  if (file === undefined) return { reason: found < 0 ? "not a file with node" : `there is no "${word}"` };
  const options = own.filter((_word, at) => at !== found);
  const nodeArgs = options.flatMap((option, at) => {
    const value = /^--(?:node-args|interpreter-args)=(.*)$/.exec(option)?.[1];
    return value ?? (/^--(node-args|interpreter-args)$/.test(options[at - 1] ?? "") ? option : []);
  });
  const others = options.filter((option) => !/^--(node|interpreter)-args/.test(option) && !nodeArgs.includes(option));
  return {
    file,
    nodeArgs: nodeArgs.flatMap((value) => value.split(/\s+/)).filter(Boolean),
    args,
    lost: others.length === 0 ? [] : [{ what: `"${quoted(others)}" for PM2`, instead: ONE }],
  };
}

function configured(name: string, place: Place): Refusal {
  const file = path.join(place.project.root, place.step.folder, name);
  let text = "";
  try {
    text = readFileSync(file, "utf8");
  } catch {
    return { reason: `there is no "${name}"` };
  }
  const scripts = [...text.matchAll(/["']?\bscript["']?\s*:\s*["'`]([^"'`]+)["'`]/g)].map(([, script = ""]) => script);
  const named = scripts.map((script) => fileOf(script, place) ?? script);
  const [first] = named;
  return {
    reason: `${name} says what PM2 starts`,
    ...(first !== undefined && {
      remedy: named.length === 1 ? `--entry ${first}` : `--entry with one of ${named.join(", ")}`,
    }),
  };
}
