// The parser is a package of its own, which takes the app 2 MiB: it is loaded only when there is code to parse.
import { createRequire } from "node:module";
import type * as Acorn from "acorn";
import { asReplaced } from "../instance/own-part.ts";

/** acorn. @throws RpcError REPLACED when it is no longer on the disk. */
export function parser(): typeof Acorn {
  try {
    return createRequire(import.meta.url)("acorn") as typeof Acorn;
  } catch (error) {
    throw asReplaced(error);
  }
}
