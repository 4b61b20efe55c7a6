// Resolves `require` and `import()` for a console from the app's root, since code that is typed there has no file.
import Module from "node:module";
import path from "node:path";
import { requireFrom } from "../instance/require-from.ts";

/** The two ways to load a module. */
export interface AppModules {
  require: NodeJS.Require;
  import: (specifier: string, options?: ImportCallOptions) => Promise<unknown>;
}

/** Loads modules as a file in the folder would. */
export function appModules(root: string): AppModules {
  const file = path.join(root, "[console].cjs");
  return { require: requireFrom(file), import: importFrom(file, root) };
}

/**
 * A compiled CommonJS module is the only place where import() resolves from a folder of our choice without a flag or a
 * warning. `Module._compile` does that. Require hooks have used it for years, but the types do not declare it.
 */
function importFrom(file: string, root: string): AppModules["import"] {
  const Compilable = Module as unknown as CompilableModule;
  const module = new Compilable(file);
  module.filename = file;
  module.paths = Compilable._nodeModulePaths(root);
  module._compile(
    "module.exports = (specifier, options) => options === undefined ? import(specifier) : import(specifier, options);",
    file,
  );
  return module.exports;
}

interface CompilableModule {
  new (id: string): {
    filename: string;
    paths: string[];
    exports: AppModules["import"];
    _compile(source: string, file: string): void;
  };
  _nodeModulePaths(folder: string): string[];
}
