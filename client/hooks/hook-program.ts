// The program that runs a hook written as a JavaScript or TypeScript module: calls its default export and waits for it.
import { loadModule } from "../../shared/module-system.ts";

const [, , file = ""] = process.argv;
const { REMSH_HOOK: name = file } = process.env;

try {
  const hook = await importHook(file);
  await hook();
} catch (error) {
  console.error(error);
  process.exitCode = 1;
}

function isFunction(value: unknown): value is () => unknown {
  return typeof value === "function";
}

async function importHook(path: string): Promise<() => unknown> {
  // The default of a CommonJS module is its exports. TypeScript compiled to CommonJS has its default export inside
  // them.
  const { default: exported } = await loadModule(path);
  const found =
    typeof exported === "object" && exported !== null && "default" in exported ? exported.default : exported;
  if (isFunction(found)) return found;
  throw new TypeError(`Cannot run the hook "${name}": its default export is not a function`);
}
