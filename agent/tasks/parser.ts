// Loads the parser only when there is code to parse: it is a separate package, which takes 2 MiB of the app's memory.
import { createRequire } from "node:module";
import type * as Acorn from "acorn";
import { asReplaced } from "../instance/own-part.ts";

/** Loads acorn. @throws RpcError REPLACED when it is no longer on the disk. */
export function parser(): typeof Acorn {
  try {
    const load: (name: "acorn") => typeof Acorn = createRequire(import.meta.url);
    return load("acorn");
  } catch (error) {
    throw asReplaced(error);
  }
}
