// Finds the project's package.json, and adds to its "remsh" without changing another byte.
import { readFileSync } from "node:fs";
import path from "node:path";
import { findNodeAtLocation, parseTree, type Node } from "jsonc-parser";
import { findManifest, readManifest } from "../../shared/manifest.ts";
import { isObject } from "../../shared/messages/shape.ts";
import { badConfiguration } from "../terminal/command-failure.ts";
import { UsageError } from "../terminal/failure.ts";

/** A project's package.json. */
export interface PackageJson {
  /** The folder that it is in. */
  root: string;
  text: string;
  /** Its name, with the scope unchecked. */
  name: string | undefined;
  /** The value of `"remsh"`. */
  remsh: Readonly<Record<string, unknown>>;
  scripts: Readonly<Record<string, unknown>>;
  dependencies: Readonly<Record<string, unknown>>;
  devDependencies: Readonly<Record<string, unknown>>;
  /** All of it, for properties that are rarely needed. */
  content: Readonly<Record<string, unknown>>;
}

/**
 * The nearest one in the folder or above it.
 *
 * @throws UsageError when there is none; SyntaxError or CommandFailure 78 when it cannot be read as one.
 */
export function readPackageJson(from: string): PackageJson {
  const manifest = readManifest(from) ?? findManifest(from); // a new project may have nothing in it yet
  if (!manifest)
    throw new UsageError(`Cannot generate a release: there is no package.json in "${from}" or above it (npm init)`);
  const { root, name } = manifest;
  const text = readFileSync(path.join(root, "package.json"), "utf8");
  const content = objectOr(JSON.parse(text), "it must be an object");
  return {
    root,
    text,
    name,
    content,
    remsh: objectOr("remsh" in content ? content.remsh : {}, '"remsh" must be an object'),
    scripts: objectOr(content.scripts ?? {}, '"scripts" must be an object'),
    dependencies: objectOr(content.dependencies ?? {}, '"dependencies" must be an object'),
    devDependencies: objectOr(content.devDependencies ?? {}, '"devDependencies" must be an object'),
  };
}

/** What is added to `"remsh"`. */
export type Settings = Readonly<Record<string, unknown>>;

/** A path in `"remsh"`. @throws CommandFailure 78 when the value is not a path. */
export function pathIn(remsh: PackageJson["remsh"], name: "entry" | "tasks"): string | undefined {
  const value = remsh[name];
  if (value === undefined || typeof value === "string") return value && path.normalize(value);
  throw badConfiguration(`Cannot use package.json: "remsh.${name}" must be the path of a module`);
}

/**
 * The text with these settings in `"remsh"`. No other byte of the text changes.
 *
 * @throws CommandFailure 78 when a reader of the text would not find the settings: of two properties with one name,
 * only one is read.
 */
export function withSettings(text: string, settings: Settings): string {
  const entries = Object.entries(settings);
  const isNew = entries.length > 0 && !findNode(text, ["remsh"]);
  const edited = isNew ? inserted(text, [], { name: "remsh", value: settings }) : entries.reduce(withSetting, text);
  const { remsh } = objectOr(JSON.parse(edited), "it must be an object");
  const isWritten = ([name, value]: [string, unknown]) =>
    isObject(remsh) && JSON.stringify(remsh[name]) === JSON.stringify(value);
  if (entries.every(isWritten)) return edited;
  throw badConfiguration('Cannot use package.json: "remsh", or a setting in it, is there twice');
}

function withSetting(text: string, [name, value]: [string, unknown]): string {
  const node = findNode(text, ["remsh", name]);
  if (!node) return inserted(text, ["remsh"], { name, value });
  if (isObject(value)) return withMissing(text, ["remsh", name], value);
  return text.slice(0, node.offset) + written(value, "", "") + text.slice(node.offset + node.length);
}

/** Adds the properties that an object does not have. */
function withMissing(text: string, place: readonly string[], value: Settings): string {
  const missing = Object.entries(value).filter(([name]) => !findNode(text, [...place, name]));
  return missing.reduce((edited, [name, each]) => inserted(edited, place, { name, value: each }), text);
}

/** Adds a property at the end of an object, on a separate line if the object has several lines. */
function inserted(text: string, place: readonly string[], { name, value }: { name: string; value: unknown }): string {
  const node = findObject(text, place, name);
  const [, indent = "  "] = /^([ \t]+)"/m.exec(text) ?? [];
  const end = text.includes("\r\n") ? "\r\n" : "\n";
  const isOneLine = !text.slice(node.offset, node.offset + node.length).includes("\n");
  const gap = isOneLine ? " " : `${end}${indent.repeat(place.length + 1)}`;
  const inside = written(value, isOneLine ? "" : gap, isOneLine ? "" : indent);
  const last = node.children?.at(-1);
  const at = last ? last.offset + last.length : node.offset + 1;
  return `${text.slice(0, at)}${last ? "," : ""}${gap}"${name}": ${inside}${isOneLine && !last ? " " : ""}${text.slice(at)}`;
}

/** A value as JSON: an object on separate lines where `gap` is one, lists and the objects in it on one line. */
function written(value: unknown, gap: string, indent: string): string {
  if (Array.isArray(value)) return `[${value.map((each) => JSON.stringify(each)).join(", ")}]`;
  if (!isObject(value)) return JSON.stringify(value);
  const lines = Object.entries(value).map(
    ([key, each]) => `${JSON.stringify(key)}:${gap && " "}${written(each, gap && " ", "")}`,
  );
  return gap === "" ? `{${lines.join(",")}}` : `{${gap}${indent}${lines.join(`,${gap}${indent}`)}${gap}}`;
}

/** The object that a property is added to. @throws CommandFailure 78. */
function findObject(text: string, place: readonly string[], name: string): Node {
  const node = findNode(text, place);
  if (node?.type === "object") return node;
  throw badConfiguration(`Cannot add "${name}" to package.json: what it would be in is no object, or is there twice`);
}

function findNode(text: string, place: readonly string[]): Node | undefined {
  const whole = parseTree(text);
  return whole && findNodeAtLocation(whole, [...place]);
}

function objectOr(value: unknown, wanted: string): Record<string, unknown> {
  if (typeof value === "object" && value !== null && !Array.isArray(value)) return { ...value };
  throw badConfiguration(`Cannot use package.json: ${wanted}`);
}
