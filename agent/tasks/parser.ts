// Loads the parser only when there is code to parse: it is a separate package, which takes 2 MiB of the app's memory.
import type * as Acorn from "acorn";
import { ownFile } from "../instance/own-files.ts";
import { asReplaced } from "../instance/own-part.ts";
import { requireFrom } from "../instance/require-from.ts";

/** Loads acorn. @throws RpcError REPLACED when it is no longer on the disk. */
export function parser(): typeof Acorn {
  try {
    const load: (name: "acorn") => typeof Acorn = requireFrom(ownFile("agent.js"));
    return load("acorn");
  } catch (error) {
    throw asReplaced(error);
  }
}
