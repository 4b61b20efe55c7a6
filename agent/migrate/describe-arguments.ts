// The arguments of the migration tasks, as a Standard Schema made by hand: remsh depends on no schema library.
import type { StandardJSONSchemaV1, StandardSchemaV1 } from "@standard-schema/spec";
import { didYouMean } from "../../shared/did-you-mean.ts";
import { durationFault as durationFaultOf } from "../../shared/duration.ts";
import { isObject } from "../../shared/messages/shape.ts";

/** One argument. A `duration` is text such as `30s`; a `name` may also be given as a number, as versions are. */
export interface Field {
  readonly type: "boolean" | "count" | "duration" | "name";
  readonly description: string;
}

type ValueOf<Kind extends Field["type"]> = Kind extends "boolean" ? boolean : Kind extends "count" ? number : string;
type Values<Fields extends Readonly<Record<string, Field>>> = {
  [Name in keyof Fields]?: ValueOf<Fields[Name]["type"]>;
};
type Schema<Value> = StandardSchemaV1<Value, Value> & StandardJSONSchemaV1<Value, Value>;
type Issue = StandardSchemaV1.Issue;

/** Describes an object of optional arguments, of which at most one among `exclusive` may be given. */
export function describeArguments<const Fields extends Readonly<Record<string, Field>>>(
  fields: Fields,
  exclusive: readonly (keyof Fields & string)[] = [],
): Schema<Values<Fields>> {
  const json = () => jsonSchema(fields);
  return {
    "~standard": {
      version: 1,
      vendor: "remsh",
      validate: (given) => {
        if (!isObject(given))
          return { issues: [{ message: `expected one object with ${listed(Object.keys(fields))}` }] };
        const issues = findIssues(given, fields, exclusive);
        if (issues.length > 0) return { issues };
        // Checked just above: only known names, each with a value of its type.
        return { value: normalised(given, fields) as Values<Fields> };
      },
      jsonSchema: { input: json, output: json },
    },
  };
}

function findIssues(given: object, fields: Readonly<Record<string, Field>>, exclusive: readonly string[]): Issue[] {
  const entries = Object.entries(given).filter(([, value]) => value !== undefined);
  const issues = entries.flatMap(([name, value]) => issueOf({ name, value, fields }) ?? []);
  const clashing = exclusive.filter((name) => entries.some(([key, value]) => key === name && value !== false));
  if (clashing.length > 1) issues.push({ message: `give only one of ${listed(clashing)}` });
  return issues;
}

function issueOf({
  name,
  value,
  fields,
}: {
  name: string;
  value: unknown;
  fields: Readonly<Record<string, Field>>;
}): Issue | undefined {
  const field = Object.hasOwn(fields, name) ? fields[name] : undefined;
  if (!field) return { message: `unknown argument "${name}"${didYouMean(name, Object.keys(fields))}` };
  const fault = faultOf(field.type, value);
  return fault === undefined ? undefined : { message: `argument "${name}" ${fault}` };
}

function faultOf(type: Field["type"], value: unknown): string | undefined {
  switch (type) {
    case "boolean":
      return typeof value === "boolean" ? undefined : "must be true or false";
    case "count":
      return Number.isInteger(value) && Number(value) > 0 ? undefined : "must be a whole number above 0";
    case "duration":
      return durationFault(value);
    case "name":
      return nameFault(value);
  }
}

function durationFault(value: unknown): string | undefined {
  if (isZero(value)) return undefined;
  if (typeof value !== "string") return "must be a duration: 300ms, 30s, 5m or 2h";
  const fault = durationFaultOf(value);
  return fault === undefined ? undefined : `is no duration: ${fault}`;
}

/** It needs no unit. */
export function isZero(value: unknown): boolean {
  return value === 0 || value === "0";
}

function nameFault(value: unknown): string | undefined {
  if (typeof value === "number" && !Number.isSafeInteger(value))
    return "has too many digits for a number: write it in quotes";
  return (typeof value === "string" && value !== "") || typeof value === "number"
    ? undefined
    : "must be a name or a version";
}

function normalised(given: Record<string, unknown>, fields: Readonly<Record<string, Field>>): Record<string, unknown> {
  const named = Object.entries(given).filter(([, value]) => value !== undefined);
  return Object.fromEntries(
    named.map(([name, value]) => {
      if (fields[name]?.type === "duration" && isZero(value)) return [name, "0s"];
      return [name, fields[name]?.type === "name" ? String(value) : value];
    }),
  );
}

const JSON_TYPES = {
  boolean: { type: "boolean" },
  count: { type: "integer", minimum: 1 },
  duration: { type: "string" },
  name: { type: "string" },
} as const satisfies Record<Field["type"], object>;

function jsonSchema(fields: Readonly<Record<string, Field>>): Record<string, unknown> {
  const properties = Object.entries(fields).map(([name, { type, description }]): [string, object] => [
    name,
    { ...JSON_TYPES[type], description },
  ]);
  return { type: "object", properties: Object.fromEntries(properties), additionalProperties: false };
}

function listed(names: readonly string[]): string {
  return names.map((name) => `"${name}"`).join(", ");
}
