// Finds migrations that cannot be rolled back. Engines would fail in the middle of a rollback, or remove the record
// from their table and leave the rest as it is. So each step of a rollback is checked before the first one runs.
import { pathToFileURL } from "node:url";
import { importFile } from "./import-file.ts";
import { TaskFailure } from "../../tasks/task.ts";

/** The error for a migration that has no down; `reason` if there is more to say. */
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
