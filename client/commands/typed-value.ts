// Converts a word of the command line to the type that a JSON Schema wants there.
import type { JsonSchema } from "../../shared/messages/messages.ts";
import { accepts, jsonTypeOf, listItemsOf, propertyOf } from "./json-schema.ts";
import { readJson, WrittenNumber } from "./json-words.ts";

/** A number that JavaScript cannot hold exactly, where a number is wanted. */
export class InexactNumber extends Error {}

/**
 * The value of a word: `20240302` stays text if text is wanted, and `3.10` is a number only if a number is wanted.
 *
 * @throws InexactNumber when digits would be lost.
 */
export function typedValue(word: string, schema: JsonSchema | undefined): unknown {
  const value = readJson(word);
  const wanted = schema && itemOf(schema, value);
  if (!wanted || value instanceof WrittenNumber) return written(value, wanted);
  if (accepts(wanted, jsonTypeOf(value))) return written(value, wanted);
  return accepts(wanted, "string") ? word : written(value, wanted);
}

/** Converts the written numbers in a value to numbers where the schema wants numbers, otherwise to their text. */
function written(value: unknown, schema: JsonSchema | undefined): unknown {
  if (value instanceof WrittenNumber) return isNumberWanted(schema) ? exactly(value) : value.text;
  if (Array.isArray(value)) return value.map((item: unknown) => written(item, schema && listItemsOf(schema)));
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value).map(([key, item]: [string, unknown]) => {
    const property = schema && propertyOf(schema, key);
    return [key, written(item, property === false ? undefined : property)] as const;
  });
  return Object.fromEntries(entries);
}

function isNumberWanted(schema: JsonSchema | undefined): boolean {
  return schema !== undefined && accepts(schema, "number") && !accepts(schema, "string");
}

function exactly(number: WrittenNumber): number {
  if (number.exact !== undefined) return number.exact;
  throw new InexactNumber(number.text);
}

/** If a list is wanted and one value is given, the value is one item. */
function itemOf(schema: JsonSchema, value: unknown): JsonSchema {
  const isItem = !Array.isArray(value) && accepts(schema, "array") && !accepts(schema, "string");
  return isItem ? (listItemsOf(schema) ?? schema) : schema;
}
