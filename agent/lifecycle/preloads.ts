// Tells whether a preload of the app is executing: an APM that opens a server for its metrics is not the app.
import path from "node:path";
import { fileURLToPath } from "node:url";
import { OWN_FOLDER as FILES } from "../instance/own-files.ts";

/** As many frames as a framework may put between the app and a `listen()`. */
const FRAMES = 50;

/** The folder of this package's files; undefined in an app's bundle, whose files are the app's. */
const OWN_FOLDER = FILES && fileURLToPath(new URL(".", import.meta.url));

/** The modules that `--require` and `--import` name, on the command line or in NODE_OPTIONS. */
export class Preloads {
  readonly #places = namesOf([...process.execArgv, ...(process.env.NODE_OPTIONS ?? "").split(/\s+/)]).map(placeOf);

  /** Whether the code that executes now was called by a preload, or by a package of the same scope. */
  areCalling(): boolean {
    // A preload may also be among the callers of the app's code: it has wrapped `require`, or compiles TypeScript.
    const files = callingFiles();
    const isApp = (file: string) => !file.includes("/node_modules/") && !this.#isPlaceOf(file);
    return !files.some(isApp) && this.#isPlaceOf(files.at(-1) ?? "");
  }

  #isPlaceOf(file: string): boolean {
    return this.#places.some((place) => file === place || (place.endsWith("/") && file.includes(place)));
  }
}

/** The files of the frames that are not Node's or ours, innermost first. Frames before an `await` count, too. */
function callingFiles(): string[] {
  const { stackTraceLimit } = Error;
  const prepare = Object.getOwnPropertyDescriptor(Error, "prepareStackTrace");
  try {
    Error.stackTraceLimit = FRAMES;
    Error.prepareStackTrace = (_error, frames) => frames.map((frame) => frame.getFileName());
    const { stack } = new Error() as unknown as { stack: unknown };
    const files = Array.isArray(stack) ? stack.filter((file): file is string => typeof file === "string") : [];
    return files.map(toPath).filter((file) => path.isAbsolute(file) && !isOwn(file));
  } catch {
    return []; // an app that has made Error unusable
  } finally {
    Error.stackTraceLimit = stackTraceLimit;
    if (prepare) Object.defineProperty(Error, "prepareStackTrace", prepare);
    else Reflect.deleteProperty(Error, "prepareStackTrace");
  }
}

function isOwn(file: string): boolean {
  return OWN_FOLDER !== undefined && file.startsWith(OWN_FOLDER);
}

function toPath(file: string): string {
  return file.startsWith("file:") ? fileURLToPath(file.replace(/[?#].*$/, "")) : file;
}

function namesOf(words: readonly string[]): string[] {
  return words.flatMap((word, index) => {
    const [option = "", value] = word.split(/=(.*)/s);
    if (!["-r", "--require", "--import"].includes(option)) return [];
    return [value ?? words[index + 1] ?? ""].filter((name) => name !== "");
  });
}

/** The file of `./apm.cjs`; for a package the part of a path that all packages of its scope have. */
function placeOf(name: string): string {
  if (name.startsWith("file:")) return fileURLToPath(name);
  if (/^\.{0,2}\//.test(name)) return path.resolve(name);
  const [first = ""] = name.split("/");
  return `/node_modules/${first}/`;
}
