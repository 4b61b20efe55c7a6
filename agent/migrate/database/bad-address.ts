// The error for an address of a database that cannot be used.
import { messageOf } from "../../../shared/message-of.ts";
import { TaskFailure } from "../../tasks/task.ts";

/** The error for an unusable address (exit 78). It has no cause, which could hold the address. */
export function badAddress(reason: unknown): TaskFailure {
  return new TaskFailure(`Cannot use the database's address: ${messageOf(reason)}`, {
    exitCode: 78,
    code: "BAD_DATABASE_URL",
  });
}
