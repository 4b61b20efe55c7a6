// Reads a task's JSON Schema as far as words on a command line need it: which options there are, and what each takes.
import type { JsonSchema } from "../../shared/messages/messages.ts";

/** The names of JSON's types, as schemas write them. */
export type JsonType = "string" | "number" | "boolean" | "null" | "array" | "object";

/** The type of a JSON value. */
export function jsonTypeOf(value: unknown): JsonType {
  if (value === null) return "null";
  if (Array.isArray(value)) return "array";
  // Of what JSON.parse gives, typeof tells the rest apart.
  return typeof value as JsonType;
}

/** True when a value of that type can fit; a schema that says nothing of types takes every type. */
export function accepts(schema: JsonSchema, type: JsonType): boolean {
  const { type: own, enum: values, anyOf, oneOf, allOf } = schema;
  if (own !== undefined) return [own].flat().some((name) => (name === "integer" ? "number" : name) === type);
  if (values) return values.some((value) => jsonTypeOf(value) === type);
  if ("const" in schema) return jsonTypeOf(schema.const) === type;
  const choices = anyOf ?? oneOf;
  if (choices) return choices.some((choice) => accepts(choice, type));
  return allOf?.every((part) => accepts(part, type)) ?? true;
}

/** True for an option that is on or off and takes no word. */
export function isFlag(schema: JsonSchema): boolean {
  const others: JsonType[] = ["string", "number", "array", "object"];
  return accepts(schema, "boolean") && !others.some((type) => accepts(schema, type));
}

/** The properties that the schema names, of all its branches. */
export function propertiesOf(schema: JsonSchema): Readonly<Record<string, JsonSchema>> {
  const { properties, anyOf = [], oneOf = [], allOf = [] } = schema;
  const branches = [...anyOf, ...oneOf, ...allOf].map(propertiesOf);
  // A Map's own keys rather than an object's: a property may be called `__proto__`.
  return Object.fromEntries([...branches, properties ?? {}].flatMap((each) => Object.entries(each)));
}

/** What the schema says of a property: undefined when it says nothing, false when there is no such property. */
export function propertyOf(schema: JsonSchema, key: string): JsonSchema | undefined | false {
  const known = propertiesOf(schema);
  if (Object.hasOwn(known, key)) return known[key];
  const { additionalProperties: others } = schema;
  if (others === true || "patternProperties" in schema) return undefined;
  if (typeof others === "object") return others;
  // An object that names nothing, as one of any shape does, does not forbid anything either.
  return others === false || Object.keys(known).length > 0 ? false : undefined;
}

/** What the schema says of a list's items. */
export function listItemsOf({ items, anyOf, oneOf }: JsonSchema): JsonSchema | undefined {
  return items ?? (anyOf ?? oneOf)?.find((choice) => choice.items)?.items;
}
