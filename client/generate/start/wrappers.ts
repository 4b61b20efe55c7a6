// Takes from a command what only prepares the program in it: variables, env files, programs that start another one.

/** A command without its preparation. */
export interface Unwrapped {
  words: readonly string[];
  env: Record<string, string>;
  /** The files that dotenv-cli and its like read. */
  envFiles: string[];
  /** Programs that do more than to start another one, which `start` does not call. */
  unknown: string[];
}

/** What a wrapper's words say; `rest` is what it starts. */
interface Taken {
  rest: readonly string[];
  env?: Record<string, string>;
  envFiles?: readonly string[];
  unknown?: string;
}

const ASSIGNMENT = /^([A-Za-z_]\w*)=(.*)$/s;

/** Each takes the words after its own name. */
const WRAPPERS: Readonly<Record<string, (words: readonly string[]) => Taken>> = {
  exec: (rest) => ({ rest }),
  command: (rest) => ({ rest }),
  time: (rest) => ({ rest }),
  env: (words) => ({ rest: afterOptions(words, ["-u", "--unset"]) }),
  "cross-env": (rest) => ({ rest }),
  "dumb-init": (words) => ({ rest: afterOptions(words, ["-r", "--rewrite"]) }),
  tini: (words) => ({ rest: afterOptions(words, ["-p", "-e"]) }),
  catatonit: (words) => ({ rest: afterOptions(words, []) }),
  npx: (words) => ({ rest: afterOptions(words, ["-p", "--package"]) }),
  bunx: (words) => ({ rest: afterOptions(words, ["-p", "--package"]) }),
  dotenv: (words) => dotenv(words, ["-e"]),
  dotenvx: (words) => dotenv(words.slice(1), ["-f", "--env-file"]),
  "env-cmd": (words) => dotenv(words, ["-f", "--file"]),
};

/** Take options, and then a program: they do something that `start` does not do. */
const UNKNOWN =
  /^(doppler|infisical|op|aws-vault|chamber|nice|ionice|nohup|gosu|su-exec|sudo|taskset|timeout|newrelic)$/;

/** Unwraps until the program itself is first. */
export function unwrap(given: readonly string[]): Unwrapped {
  const found: Unwrapped = { words: given, env: {}, envFiles: [], unknown: [] };
  for (let taken = takeFirst(given); taken; taken = takeFirst(taken.rest)) {
    found.words = taken.rest;
    Object.assign(found.env, taken.env);
    found.envFiles.push(...(taken.envFiles ?? []));
    if (taken.unknown !== undefined) found.unknown.push(taken.unknown);
  }
  return found;
}

/** A file's name without its folder: `node` for `./node_modules/.bin/node`. */
export function programName(word = ""): string {
  return word.slice(word.lastIndexOf("/") + 1);
}

function takeFirst(words: readonly string[]): Taken | undefined {
  const [first = "", ...rest] = words;
  const [, name, value = ""] = ASSIGNMENT.exec(first) ?? [];
  if (name !== undefined) return { rest, env: { [name]: value } };
  const wrapper = WRAPPERS[programName(first)];
  if (wrapper && Object.hasOwn(WRAPPERS, programName(first)) && rest.length > 0) return wrapper(rest);
  const program = rest.indexOf("--") + 1;
  if (!UNKNOWN.test(programName(first)) || rest.length === 0) return undefined;
  const at = program > 0 ? program : rest.findIndex((word) => /^(node|nodejs|tsx|npm|npx|yarn|pnpm)$/.test(word));
  return at < 0 ? undefined : { rest: rest.slice(at), unknown: [first, ...rest.slice(0, at)].join(" ") };
}

/** The words after the options, of which these have a value in the next word. */
export function afterOptions(words: readonly string[], withValue: readonly string[]): readonly string[] {
  for (let at = 0; at < words.length; at++) {
    const word = words[at] ?? "";
    if (word === "--") return words.slice(at + 1);
    if (withValue.includes(word)) at++;
    else if (!word.startsWith("-")) return words.slice(at);
  }
  return [];
}

/** `dotenv -e .env.production -- node server.js`. Without an option the file is `.env`. */
function dotenv(words: readonly string[], named: readonly string[]): Taken {
  const rest = afterOptions(words, [...named, "-v", "-p", "-c"]);
  const options = words.slice(0, words.length - rest.length);
  const files = options.flatMap((word, at) => {
    if (named.includes(options[at - 1] ?? "")) return [word];
    const [, name = "", value] = /^(-{1,2}[\w-]+)=(.+)$/.exec(word) ?? [];
    return named.includes(name) && value !== undefined ? [value] : [];
  });
  const pairs = options.filter((_word, at) => options[at - 1] === "-v").map((word) => ASSIGNMENT.exec(word) ?? []);
  const env = Object.fromEntries(pairs.map(([, name = "", value = ""]) => [name, value]));
  return { rest, env, envFiles: files.length > 0 ? files : [".env"] };
}
