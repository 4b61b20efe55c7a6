// What the gateway has been told of the tasks: it answers `describe`, and refuses names that no task has, without the app.
import { unknownTask } from "../../../shared/unknown-task.ts";
import type { ToGateway } from "../../border/channel.ts";

/** The tasks as they were described last, until they are others. */
export class KnownTasks {
  #described: string | undefined;
  #names = new Set<string>();

  /** Takes what the main thread says. */
  hear({ described, names }: Extract<ToGateway, { type: "tasks" }>): void {
    this.#described = described;
    this.#names = new Set(names);
  }

  /** The DescribeResult in JSON; undefined while only the main thread knows. */
  get described(): string | undefined {
    return this.#described;
  }

  /** Their names; undefined while only the main thread knows. */
  get names(): readonly string[] | undefined {
    return this.#described === undefined ? undefined : [...this.#names];
  }

  /** @throws RpcError UNKNOWN_TASK for a name that is known to be none. */
  check(name: string): void {
    if (this.#described !== undefined && !this.#names.has(name)) throw unknownTask(name, [...this.#names]);
  }
}
