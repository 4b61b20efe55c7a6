// Formats how one task is called, as `tasks <task>` prints it: usage line, description, and the options from the JSON
// Schema.
import { columns } from "../../shared/columns.ts";
import type { JsonSchema, TaskDescription } from "../../shared/messages/messages.ts";
import { accepts, isFlag, propertiesOf } from "./json-schema.ts";
import { optionNameOf } from "./option-names.ts";

/** The text. `program` is the name by which the program was called. */
export function taskUsage({ name, usage, description, parameters }: TaskDescription, program: string): string {
  const lines = [`Usage: ${program} rpc ${name} ${usage}`.trimEnd()];
  if (description !== undefined) lines.push("", description);
  const options = Object.entries(propertiesOf(parameters ?? {}));
  if (options.length > 0) lines.push("", "Options:", ...optionLines(options, parameters?.required ?? []));
  return `${lines.join("\n")}\n`;
}

function optionLines(options: [string, JsonSchema][], required: readonly string[]): string[] {
  const rows = options.map(([key, schema]) => [optionText(key, schema), detailText(schema, required.includes(key))]);
  return columns(rows, { indent: "  " });
}

function optionText(key: string, schema: JsonSchema): string {
  const name = optionNameOf(key);
  if (isFlag(schema)) return schema.default === true ? `--no-${name}` : `--${name}`;
  return schema.items ? `--${name} ${valueText(schema.items)} ...` : `--${name} ${valueText(schema)}`;
}

/** `<number>`, `<admin|guest>`, `<string|null>`. */
function valueText(schema: JsonSchema): string {
  return `<${[...new Set(alternatives(schema))].join("|") || "value"}>`;
}

function alternatives(schema: JsonSchema): string[] {
  const { type, enum: values, anyOf, oneOf } = schema;
  if (values) return values.map(String);
  if ("const" in schema) return [String(schema.const)];
  return type === undefined ? (anyOf ?? oneOf ?? []).flatMap(alternatives) : [type].flat();
}

function detailText({ description = "", default: value, ...schema }: JsonSchema, required: boolean): string {
  const notes: string[] = [];
  if (required && value === undefined) notes.push("required");
  if (value !== undefined) notes.push(`default: ${JSON.stringify(value)}`);
  if (schema.items && !accepts(schema, "string")) notes.push("may be repeated");
  return notes.length === 0 ? description : `${description} (${notes.join("; ")})`.trimStart();
}
