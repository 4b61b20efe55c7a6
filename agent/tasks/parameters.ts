// Finds out what a plain function's parameters are, from its source text: how a usage line shows them, which option
// belongs to which parameter, and what a call lacks.
import type { ParameterDescription } from "../../shared/messages/messages.ts";
import { listEnd, parameterTexts, splitList } from "./parameter-list.ts";

type PlainFunction = (...args: never) => unknown;

const NAME = /^[\p{ID_Start}$_][\p{ID_Continue}$]*$/u;

/** Parameters with these names are objects by convention: their properties cannot be known. */
const OPTIONS_NAME =
  /^(?:args|attributes|attrs|flags|input|kwargs|overrides|parameters|params|payload|props)$|(?:options?|opts|settings|config)$/i;

/** How much of a function's source is read, to see which properties of a parameter it uses. */
const SOURCE_CHARS = 100_000;

/** A parameter, and its text in a usage line. */
interface Parameter {
  description: ParameterDescription;
  usage: string;
}

/** The parameters. Undefined if the source does not show them, as for a bound or a native function. */
export function parametersOf(code: PlainFunction): ParameterDescription[] | undefined {
  return readParameters(code)?.map(({ description }) => description);
}

/** `<days> [limit] [rest ...] --step <value>`: required, with a default, the rest, and a destructured property. */
export function usageOfFunction(code: PlainFunction): string {
  const usages = readParameters(code)?.map(({ usage }) => usage) ?? Array.from({ length: code.length }, numbered);
  return usages.join(" ");
}

/** How many arguments the function can use. Undefined if that is not certain. */
export function maxArgsOfFunction(code: PlainFunction): number | undefined {
  const parameters = parametersOf(code);
  if (parameters === undefined || parameters.some(({ rest }) => rest) || readsArguments(sourceOf(code)))
    return undefined;
  return parameters.length;
}

/**
 * The arguments of a call that must be complete: a destructured object with a default for every property may be
 * omitted. Otherwise the missing parameters, as the usage line shows them.
 */
export function completeArguments(code: PlainFunction, args: unknown[]): { args: unknown[] } | { missing: string } {
  const missing = Array.from({ length: code.length }, (_, at) => at).filter((at) => args[at] === undefined);
  if (missing.length === 0) return { args };
  const parameters = readParameters(code);
  const completed = [...args];
  for (const at of missing) {
    const parameter = parameters?.[at];
    if (!parameter?.description.optional) return { missing: parameter?.usage ?? numbered(undefined, at) };
    completed[at] = {};
  }
  return { args: completed };
}

function readParameters(code: PlainFunction): Parameter[] | undefined {
  const source = sourceOf(code);
  const texts = parameterTexts(source);
  if (texts === undefined || (texts.length === 0 && readsArguments(source))) return undefined;
  const parameters = texts.map((text) => (text.startsWith("{") ? destructured(text) : parameterOf(text, source)));
  return parameters.every((parameter) => parameter !== undefined) ? parameters : undefined;
}

function parameterOf(text: string, source: string): Parameter | undefined {
  if (text.startsWith("[")) return { description: {}, usage: "<list>" };
  if (text.startsWith("...")) return restOf(text.slice("...".length).trim());
  const [, name = "", value] = /^([^\s=]+)\s*(?:=(.*))?$/s.exec(text) ?? [];
  if (!NAME.test(name)) return undefined;
  const options = propertiesUsed(name, source);
  const isOpen = OPTIONS_NAME.test(name) || /^\s*\{/.test(value ?? "");
  const description = {
    name,
    ...(options.length > 0 && { options }),
    ...(isOpen && { open: true }),
  };
  if (value === undefined) return { description, usage: `<${name}>` };
  const isFlag = /^\s*(?:true|false|!0|!1)\s*$/.test(value);
  return { description: { ...description, optional: true, ...(isFlag && { flag: true }) }, usage: `[${name}]` };
}

function restOf(name: string): Parameter {
  // It takes words, and no options: `(...args) => purge(...args)` would pass an object to a task that expects a number.
  const description = { optional: true, rest: true };
  return NAME.test(name)
    ? { description: { name, ...description }, usage: `[${name} ...]` }
    : { description, usage: "[...]" };
}

/**
 * `{ days, dryRun: dry = false }`: its properties are options. It may be omitted if it, or each property, has a
 * default.
 */
function destructured(text: string): Parameter {
  const properties = (splitList(text, 0) ?? []).map(propertyOf);
  const named = properties.flatMap(({ key, optional }) => (key === undefined ? [] : [{ key, optional }]));
  const hasDefault = /^\s*=/.test(text.slice(listEnd(text, 0)));
  const isOptional = hasDefault || properties.every(({ optional }) => optional);
  const usages = named.map(({ key, optional }) => (optional ? `[--${key} <value>]` : `--${key} <value>`));
  const isOpen = named.length < properties.length;
  return {
    description: {
      options: named.map(({ key }) => key),
      ...(isOptional && { optional: true }),
      ...(isOpen && { open: true }),
    },
    usage: [...usages, ...(isOpen ? ["[--name value ...]"] : [])].join(" "),
  };
}

/** `days`, `days = 30`, `"dry-run": dry = false`. A rest element and a computed key have no name. */
function propertyOf(text: string): { key: string | undefined; optional: boolean } {
  const pattern =
    /^(?:"([^"]+)"|'([^']+)'|([\p{ID_Start}$_][\p{ID_Continue}$]*))\s*(?::\s*[\p{ID_Start}$_][\p{ID_Continue}$]*\s*)?(=)?/u;
  const [, double, single, plain, equals] = pattern.exec(text) ?? [];
  return { key: double ?? single ?? plain, optional: equals !== undefined || text.startsWith("...") };
}

/** The properties that the function reads or destructures from its parameter. */
function propertiesUsed(name: string, source: string): string[] {
  const escaped = name.replaceAll("$", "\\$");
  const read = source.matchAll(
    new RegExp(`(?<![\\p{ID_Continue}$.])${escaped}\\s*\\??\\.\\s*([\\p{ID_Start}$_][\\p{ID_Continue}$]*)`, "gu"),
  );
  const taken = source.matchAll(new RegExp(`\\{([^{}()]*)\\}\\s*=\\s*${escaped}(?![\\p{ID_Continue}$.(])`, "gu"));
  const keys = [...taken].flatMap(([, list = ""]) =>
    list.split(",").map((part) => /^\s*([\p{ID_Continue}$]+)/u.exec(part)?.[1]),
  );
  const found = [...[...read].map(([, key]) => key), ...keys].filter((key) => key !== undefined);
  return [...new Set(found)];
}

function sourceOf(code: PlainFunction): string {
  const source = Function.prototype.toString.call(code);
  // Of a long source, this much is enough to see which properties it reads.
  return source.length > SOURCE_CHARS ? source.slice(0, SOURCE_CHARS) : source;
}

function numbered(_none: undefined, at: number): string {
  return `<arg${at + 1}>`;
}

function readsArguments(source: string): boolean {
  return /\barguments\b/.test(source);
}
