// `tasks`: what the app offers, or how one task is called.
import { RpcError } from "../../shared/errors.ts";
import type { DescribeResult, JsonSchema, TaskDescription } from "../../shared/protocol.ts";
import { findAgent } from "../discover.ts";
import { request } from "../request.ts";
import type { GlobalOptions } from "./command-line.ts";
import type { Streams } from "./streams.ts";

/** Prints the list of tasks, or one task's usage. */
export async function tasks(options: GlobalOptions & { task: string | undefined }, streams: Streams): Promise<void> {
  const address = await findAgent(options, streams.env);
  const described = await request<DescribeResult>(address, { method: "describe", params: {} });
  const { task: name, json } = options;
  const found = name === undefined ? described.tasks : [find(name, described)];
  if (json) streams.stdout.write(`${JSON.stringify(name === undefined ? found : found[0])}\n`);
  else if (name === undefined) streams.stdout.write(listText(found));
  else for (const task of found) streams.stdout.write(usageText(task));
}

function find(name: string, { tasks: known, app, instance }: DescribeResult): TaskDescription {
  const found = known.find((task) => task.name === name);
  if (found) return found;
  const meant = known.find((task) => task.name.toLowerCase().endsWith(name.toLowerCase()));
  const hint = meant ? ` (did you mean "${meant.name}"?)` : "";
  throw new RpcError("UNKNOWN_TASK", `Cannot show "${name}": ${app} ${instance} has no task of that name${hint}`);
}

function listText(found: readonly TaskDescription[]): string {
  const width = Math.max(...found.map(({ name, usage }) => `${name} ${usage}`.length));
  const lines = found.map(({ name, usage, description = "" }) =>
    `${`${name} ${usage}`.padEnd(width)}  ${description}`.trimEnd(),
  );
  return `${lines.join("\n")}\n`;
}

function usageText({ name, usage, description, parameters }: TaskDescription): string {
  const lines = [`Usage: rpc ${name} ${usage}`.trimEnd()];
  if (description !== undefined) lines.push("", description);
  const options = Object.entries(parameters?.properties ?? {});
  if (options.length > 0) lines.push("", "Options:", ...optionLines(options, parameters?.required ?? []));
  return `${lines.join("\n")}\n`;
}

function optionLines(options: [string, JsonSchema][], required: readonly string[]): string[] {
  const rows = options.map(([key, schema]) => [
    `--${kebabCase(key)}${valueText(schema)}`,
    detailText(schema, required.includes(key)),
  ]);
  const width = Math.max(...rows.map(([left = ""]) => left.length));
  return rows.map(([left = "", right = ""]) => `  ${left.padEnd(width)}  ${right}`.trimEnd());
}

function valueText({ type, enum: values }: JsonSchema): string {
  if (values) return ` <${values.map(String).join("|")}>`;
  return type === "boolean" ? "" : ` <${[type ?? "value"].flat().join("|")}>`;
}

function detailText({ description = "", default: value }: JsonSchema, required: boolean): string {
  if (value !== undefined) return `${description} (default: ${JSON.stringify(value)})`.trimStart();
  return required ? `${description} (required)`.trimStart() : description;
}

function kebabCase(key: string): string {
  return key.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}
