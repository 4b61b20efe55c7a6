// A migration that cannot be rolled back: engines would fail in the middle of a rollback, or take the record out of their table and
// leave the rest as it is. So each step of a rollback is looked at before the first one runs.
import { pathToFileURL } from "node:url";
import { importFile } from "./import-file.ts";
import { TaskFailure } from "../../tasks/task.ts";

/** The sentence for one that has no down; `reason` where there is more to say. */
export function noDown(name: string, reason = "it has no down"): TaskFailure {
  return new TaskFailure(`Cannot roll back "${name}": ${reason} (write one, or undo the change by a new migration)`, {
    code: "NO_DOWN",
  });
}

/** What a migration's module exports, by itself or by default. */
export interface MigrationExports {
  readonly up: unknown;
  readonly down: unknown;
}

/** What the file exports as a migration; undefined when it exports no `up`, and so is something else to its engine. */
export async function exportsOf(file: string): Promise<MigrationExports | undefined> {
  const module = await importFile(pathToFileURL(file));
  return [module, module.default].map(readExports).find(({ up }) => typeof up === "function");
}

function readExports(value: unknown): MigrationExports {
  if ((typeof value !== "object" && typeof value !== "function") || value === null)
    return { up: undefined, down: undefined };
  return { up: "up" in value ? value.up : undefined, down: "down" in value ? value.down : undefined };
}
