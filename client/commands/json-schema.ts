// Reads a task's JSON Schema as far as a command line needs it: which options there are, and what each takes.
import type { JsonSchema } from "../../shared/messages/messages.ts";

/** The names of JSON's types, as schemas write them. */
export type JsonType = "string" | "number" | "boolean" | "null" | "array" | "object";

/** The type of a JSON value. */
export function jsonTypeOf(value: unknown): JsonType {
  if (value === null) return "null";
  if (Array.isArray(value)) return "array";
  const type = typeof value;
  return type === "string" || type === "number" || type === "boolean" ? type : "object";
}

/** True when a value of that type can fit. A schema that names no types accepts every type. */
export function accepts(schema: JsonSchema, type: JsonType): boolean {
  const { type: own, enum: values, anyOf, oneOf, allOf } = schema;
  if (own !== undefined) return [own].flat().some((name) => (name === "integer" ? "number" : name) === type);
  if (values) return values.some((value) => jsonTypeOf(value) === type);
  if ("const" in schema) return jsonTypeOf(schema.const) === type;
  const choices = anyOf ?? oneOf;
  if (choices) return choices.some((choice) => accepts(choice, type));
  return allOf?.every((part) => accepts(part, type)) ?? true;
}

/** True for an option that is on or off and takes no value. */
export function isFlag(schema: JsonSchema): boolean {
  const others: JsonType[] = ["string", "number", "array", "object"];
  return accepts(schema, "boolean") && !others.some((type) => accepts(schema, type));
}

/** The properties that the schema and all its branches name. */
export function propertiesOf(schema: JsonSchema): Readonly<Record<string, JsonSchema>> {
  const { properties, anyOf = [], oneOf = [], allOf = [] } = schema;
  const branches = [...anyOf, ...oneOf, ...allOf].map(propertiesOf);
  // fromEntries defines own keys, so that a property may be called `__proto__`.
  return Object.fromEntries([...branches, properties ?? {}].flatMap((each) => Object.entries(each)));
}

/** What the schema says about a property: undefined when it says nothing, false when there is no such property. */
export function propertyOf(schema: JsonSchema, key: string): JsonSchema | undefined | false {
  const known = propertiesOf(schema);
  if (Object.hasOwn(known, key)) return known[key];
  const { additionalProperties: others } = schema;
  if (others === true || "patternProperties" in schema) return undefined;
  if (typeof others === "object") return others;
  // An object schema without properties accepts any shape, so it forbids nothing either.
  return others === false || Object.keys(known).length > 0 ? false : undefined;
}

/** What the schema says about a list's items. */
export function listItemsOf({ items, anyOf, oneOf }: JsonSchema): JsonSchema | undefined {
  return items ?? (anyOf ?? oneOf)?.find((choice) => choice.items)?.items;
}
