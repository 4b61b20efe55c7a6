// The program that runs a hook written as a JavaScript or TypeScript module: calls its default export and waits for it.
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
  // The default of a CommonJS module is its exports. TypeScript compiled to CommonJS has its default export inside
  // them.
  const exported = loaded.default;
  const found =
    typeof exported === "object" && exported !== null && "default" in exported ? exported.default : exported;
  if (typeof found === "function") return found as () => unknown;
  throw new TypeError(`Cannot run the hook "${name}": its default export is not a function`);
}
