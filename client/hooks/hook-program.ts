// Runs a hook that is a JavaScript or TypeScript module, in a process of its own: calls its default export and waits for it.
import { pathToFileURL } from "node:url";

const [, , file = ""] = process.argv;
const { REMSH_HOOK: name = file } = process.env;

try {
  const hook = await importHook(file);
  await hook();
} catch (error) {
  console.error(error);
  process.exitCode = 1;
}

async function importHook(path: string): Promise<() => unknown> {
  const loaded = (await import(pathToFileURL(path).href)) as { default?: unknown };
  // A CommonJS module's exports are its default; what TypeScript compiled to CommonJS has its own default in there.
  const exported = loaded.default;
  const found =
    typeof exported === "object" && exported !== null && "default" in exported ? exported.default : exported;
  if (typeof found === "function") return found as () => unknown;
  throw new TypeError(`Cannot run the hook "${name}": its default export is not a function`);
}
