// Lists a folder of migration files.
import { readdir } from "node:fs/promises";
import path from "node:path";
import { messageOf } from "../../../shared/message-of.ts";
import { TaskFailure } from "../../tasks/task.ts";
import { codeOf } from "../database/code-of.ts";

/** The names of the files in a folder, in the system's order. @throws TaskFailure (exit 78) when it cannot be read. */
export async function listFolder(folder: string, what: "file" | "folder" = "file"): Promise<string[]> {
  try {
    const entries = await readdir(folder, { withFileTypes: true });
    return entries.filter((entry) => entry.isDirectory() === (what === "folder")).map(({ name }) => name);
  } catch (cause) {
    const reason = codeOf(cause) === "ENOENT" ? "it does not exist" : messageOf(cause);
    throw new TaskFailure(`Cannot read the migrations in "${path.resolve(folder)}": ${reason}`, {
      exitCode: 78,
      cause,
    });
  }
}
