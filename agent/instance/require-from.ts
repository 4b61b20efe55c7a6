// Makes a `require` for a file. webpack would replace `createRequire` by its version if it were imported.

/** The `require` that a module in this file, or at this URL, has. */
export function requireFrom(file: string): NodeJS.Require {
  return process.getBuiltinModule("node:module").createRequire(file);
}
