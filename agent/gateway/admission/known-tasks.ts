// Keeps the task list of the main thread, so that the gateway can answer `describe` and refuse unknown names without
// the app.
import { unknownTask } from "../../../shared/unknown-task.ts";
import type { ToGateway } from "../../border/channel.ts";

/** The tasks as they were last described, until they change. */
export class KnownTasks {
  #described: string | undefined;
  #names = new Set<string>();

  /** Takes the task list from the main thread. */
  hear({ described, names }: Extract<ToGateway, { type: "tasks" }>): void {
    this.#described = described;
    this.#names = new Set(names);
  }

  /** The DescribeResult in JSON; undefined while only the main thread knows it. */
  get described(): string | undefined {
    return this.#described;
  }

  /** A copy of the tasks' names; undefined while only the main thread knows them. */
  get names(): string[] | undefined {
    return this.#described === undefined ? undefined : [...this.#names];
  }

  /** @throws RpcError UNKNOWN_TASK for a name that no task has. */
  check(name: string): void {
    if (this.#described !== undefined && !this.#names.has(name)) throw unknownTask(name, [...this.#names]);
  }
}
