// Assigns the words of a command line to a plain function's parameters. An option belongs to the parameter with its
// name, or to a property of a destructured parameter. Any other option is refused: a function that expects a number of
// days would otherwise get an object.
import type { JsonSchema, ParameterDescription } from "../../shared/messages/messages.ts";

/** The options that the parameters allow, as a schema that forbids all others. */
export function optionsSchema(parameters: readonly ParameterDescription[]): JsonSchema {
  const named = parameters.flatMap(({ name, flag }): [string, JsonSchema][] =>
    name === undefined ? [] : [[name, flag ? { type: "boolean" } : {}]],
  );
  const properties = parameters.flatMap(({ options = [] }) => options.map((key): [string, JsonSchema] => [key, {}]));
  return {
    properties: Object.fromEntries([...properties, ...named]),
    additionalProperties: parameters.some(({ open }) => open),
  };
}

/**
 * The arguments, in the order of the parameters: options in their own places, words in the places that are left. If a
 * parameter would get two values, the result names it.
 */
export function placeArguments(
  parameters: readonly ParameterDescription[],
  words: readonly unknown[],
  options: ReadonlyMap<string, unknown>,
): { args: unknown[] } | { twice: string } {
  const places = new Map<number, unknown>();
  const rest: unknown[] = [];
  const made = new Map<number, object>();
  for (const [key, value] of options) {
    const at = placeOf(parameters, key);
    if (parameters[at]?.name !== key) made.set(at, withProperty(made.get(at), key, value));
    else if (parameters[at].rest) rest.push(...[value].flat());
    else places.set(at, value);
  }
  for (const [at, object] of made) {
    if (places.has(at)) return { twice: parameters[at]?.name ?? "" };
    if (parameters[at]?.rest) rest.push(object);
    else places.set(at, object);
  }
  return { args: fill(parameters, places, [...words, ...rest]) };
}

/** The object with one more property, whatever its name is. */
function withProperty(object: object | undefined, key: string, value: unknown): object {
  return Object.fromEntries([...Object.entries(object ?? {}), [key, value]]);
}

/**
 * The place of the parameter that an option belongs to: by its name, by a property that it is known to have, or because
 * it may have any property.
 */
function placeOf(parameters: readonly ParameterDescription[], key: string): number {
  const byName = parameters.findIndex(({ name }) => name === key);
  if (byName !== -1) return byName;
  const byProperty = parameters.findIndex(({ options }) => options?.includes(key));
  return byProperty === -1 ? parameters.findIndex(({ open }) => open) : byProperty;
}

/**
 * The words fill the places that no option has taken, from the left. Words that are left follow: a rest parameter takes
 * them, or they are refused.
 */
function fill(parameters: readonly ParameterDescription[], places: Map<number, unknown>, words: unknown[]): unknown[] {
  const ends = parameters.findIndex(({ rest }) => rest);
  const count = ends === -1 ? parameters.length : ends;
  for (let at = 0; at < count && words.length > 0; at++) if (!places.has(at)) places.set(at, words.shift());
  const last = words.length > 0 ? count : Math.max(0, ...[...places.keys()].map((at) => at + 1));
  return [...Array.from({ length: last }, (_, at) => places.get(at)), ...words];
}
