// The error for an unknown task, used by the runner and, if it knows the tasks, by the gateway.
import { didYouMean } from "./did-you-mean.ts";
import { RpcError } from "./errors.ts";

const NONE = ', as the app has none ("remsh": { "tasks": "./release.js" } in package.json names their module)';

/** The error for a name that no task has, with the name that was probably meant. */
export function unknownTask(name: string, names: readonly string[]): RpcError {
  const inside = names.find((each) => each.startsWith(`${name}.`));
  if (inside !== undefined)
    return new RpcError(
      "UNKNOWN_TASK",
      `Cannot call "${name}": it is a namespace (its tasks are called as "${inside}" is)`,
    );
  const hint = names.length === 0 ? NONE : didYouMean(name, names);
  return new RpcError("UNKNOWN_TASK", `Cannot call "${name.slice(0, 200)}": no task has that name${hint}`);
}
