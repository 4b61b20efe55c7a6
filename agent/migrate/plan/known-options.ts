// Refuses options that would have no effect. Otherwise a mistyped option would silently keep its default, especially in
// JavaScript, and an engine's option that remsh cannot honour would be ignored.
import { didYouMean } from "../../../shared/did-you-mean.ts";
import { TaskFailure } from "../../tasks/task.ts";

/** What a function knows of its options. */
export interface KnownOptions {
  /** The function, as its callers write it: `knex()`. */
  readonly of: string;
  readonly names: readonly string[];
  /** Options of the engine's own that are not honoured, and what to do instead. */
  readonly refused?: Readonly<Record<string, string>>;
}

/** @throws TaskFailure (exit 78) that names the first option that is unknown or refused. */
export function requireKnownOptions(given: unknown, { of, names, refused = {} }: KnownOptions): void {
  if (typeof given !== "object" || given === null || Array.isArray(given)) {
    throw badOption(`Cannot use the options of ${of}: they must be an object`);
  }
  for (const [name, value] of Object.entries(given)) {
    if (value === undefined || names.includes(name)) continue;
    const reason = Object.hasOwn(refused, name)
      ? refused[name]
      : `there is none of that name${didYouMean(name, names)}`;
    throw badOption(`Cannot use the option "${name}" of ${of}: ${reason}`);
  }
}

/** What to throw for an option that cannot be used. */
export function badOption(sentence: string): TaskFailure {
  return new TaskFailure(sentence, { exitCode: 78, code: "BAD_OPTION" });
}
