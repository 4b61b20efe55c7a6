// Works out what an expression of a configuration file means without running it: literals, constants of the same file,
// and the usual ways to write a path. Everything else is not known.
import path from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { isObject } from "../../../shared/messages/shape.ts";

/** The value of what only running the file could tell. */
export const UNKNOWN = Symbol("not known without running the file");

/** A node of the syntax tree. */
export interface SyntaxNode {
  type: string;
  readonly [name: string]: unknown;
}

/** Where an expression stands. */
export interface Scope {
  /** The file, an absolute path. */
  file: string;
  /** The folder in which the engine's command line runs. */
  root: string;
  /** The constants of the file, by name. */
  constants: ReadonlyMap<string, SyntaxNode>;
  /** How many constants led here: they may name each other in a circle. */
  depth: number;
}

/** How many constants may name each other. */
const MOST_CONSTANTS = 50;

const PATH_FUNCTIONS: Readonly<Record<string, (...parts: string[]) => string>> = {
  join: (...parts) => path.join(...parts),
  resolve: (...parts) => path.resolve(...parts),
  dirname: (file) => path.dirname(file ?? ""),
  fileURLToPath: (url) => (url?.startsWith("file:") ? fileURLToPath(url) : (url ?? "")),
  normalize: (file) => path.normalize(file ?? ""),
};

/** The value of an expression: a string, a number, a list or an object of such, or {@link UNKNOWN}. */
export function staticValue(node: unknown, scope: Scope): unknown {
  if (!isNode(node)) return undefined;
  const evaluate = EVALUATED[node.type];
  return evaluate ? evaluate(node, scope) : UNKNOWN;
}

/** True for a node of the syntax tree. */
export function isNode(value: unknown): value is SyntaxNode {
  return isObject(value) && typeof value.type === "string";
}

/** The nodes in a list of the syntax tree. */
export function nodesIn(list: unknown): SyntaxNode[] {
  return Array.isArray(list) ? list.filter(isNode) : [];
}

const inner = (node: SyntaxNode, scope: Scope): unknown => staticValue(node.expression, scope);

const EVALUATED: Readonly<Record<string, (node: SyntaxNode, scope: Scope) => unknown>> = {
  Literal: ({ value }) => value,
  TemplateLiteral: templateValue,
  ObjectExpression: objectValue,
  ArrayExpression: ({ elements }, scope) => nodesIn(elements).map((each) => staticValue(each, scope)),
  Identifier: identifierValue,
  MemberExpression: memberValue,
  CallExpression: callValue,
  NewExpression: newValue,
  TSAsExpression: inner,
  TSSatisfiesExpression: inner,
  TSNonNullExpression: inner,
  TSTypeAssertion: inner,
  ParenthesizedExpression: inner,
};

function templateValue({ quasis, expressions }: SyntaxNode, scope: Scope): unknown {
  const values = nodesIn(expressions).map((each) => staticValue(each, scope));
  if (!values.every((value) => typeof value === "string")) return UNKNOWN;
  const texts = nodesIn(quasis).map(({ value }) => (isObject(value) ? String(value.cooked) : ""));
  return texts.map((text, at) => `${text}${values[at] ?? ""}`).join("");
}

/** Of two properties with one name, the later counts. What a spread adds may be any of them. */
function objectValue({ properties }: SyntaxNode, scope: Scope): unknown {
  let value: Record<string, unknown> = {};
  for (const { type, key, computed, value: content, argument } of nodesIn(properties)) {
    if (type === "SpreadElement") {
      const spread = staticValue(argument, scope);
      if (!isObject(spread)) return UNKNOWN;
      value = { ...value, ...spread };
    } else if (computed === true || !isNode(key)) return UNKNOWN;
    else value[String(key.name ?? key.value)] = staticValue(content, scope);
  }
  return value;
}

function identifierValue({ name }: SyntaxNode, scope: Scope): unknown {
  if (name === "__dirname") return path.dirname(scope.file);
  if (name === "__filename") return scope.file;
  if (name === "undefined") return undefined;
  const constant = scope.constants.get(String(name));
  return constant && scope.depth < MOST_CONSTANTS
    ? staticValue(constant, { ...scope, depth: scope.depth + 1 })
    : UNKNOWN;
}

function memberValue({ object, property, computed }: SyntaxNode, scope: Scope): unknown {
  const name = isNode(property) && computed !== true ? String(property.name) : "";
  if (isNode(object) && object.type === "MetaProperty") return ofModule(name, scope.file);
  const value = staticValue(object, scope);
  if (typeof value === "string" && /^(pathname|href)$/.test(name)) return PATH_FUNCTIONS.fileURLToPath?.(value);
  return isObject(value) && Object.hasOwn(value, name) ? value[name] : UNKNOWN;
}

/** `import.meta.dirname` and its like. */
function ofModule(name: string, file: string): unknown {
  if (name === "dirname") return path.dirname(file);
  if (name === "url") return pathToFileURL(file).href;
  return name === "filename" ? file : UNKNOWN;
}

/** A path, or the object that `defineConfig({ … })` gets. */
function callValue({ callee, arguments: given }: SyntaxNode, scope: Scope): unknown {
  const name = isNode(callee) ? String(isNode(callee.property) ? callee.property.name : callee.name) : "";
  if (name === "cwd") return scope.root;
  const values = nodesIn(given).map((each) => staticValue(each, scope));
  const compute = Object.hasOwn(PATH_FUNCTIONS, name) ? PATH_FUNCTIONS[name] : undefined;
  if (!compute) return /^(define|create)?config|^define/i.test(name) && isObject(values[0]) ? values[0] : UNKNOWN;
  if (!values.every((value) => typeof value === "string")) return UNKNOWN;
  // A relative path of a command line begins in the folder where it runs.
  return name === "resolve" ? compute(scope.root, ...values) : compute(...values);
}

/** `new URL("./migrations", import.meta.url)`. */
function newValue({ callee, arguments: given }: SyntaxNode, scope: Scope): unknown {
  const [relative, base] = nodesIn(given).map((each) => staticValue(each, scope));
  const isUrl = isNode(callee) && callee.name === "URL";
  return isUrl && typeof relative === "string" && typeof base === "string" && URL.canParse(relative, base)
    ? new URL(relative, base).href
    : UNKNOWN;
}
