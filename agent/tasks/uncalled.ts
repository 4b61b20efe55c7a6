// Finds the tasks that code names without calling them. `Release.migrate;` looks like a call to its author, but does
// nothing in JavaScript: a deploy script must not take that for a migration.
import type { AnyNode, Program } from "acorn";
import { childrenOf } from "./syntax-tree.ts";

/** The sentence about a task or namespace that is named where a call was meant. Completes "Cannot evaluate …: ". */
export function aloneText(name: string, tasks: readonly string[]): string {
  if (tasks.includes(name)) return `"${name}" alone calls nothing (write "${name}()")`;
  const inside = tasks.find((task) => task.startsWith(`${name}.`)) ?? name;
  return `"${name}" alone calls nothing: it is a namespace (its tasks are called as "${inside}()" is)`;
}

/** The sentence about a name in code that has ended without calling anything. Completes "Evaluated …, but ". */
export function mentionText(name: string, tasks: readonly string[]): string {
  const task = tasks.includes(name) ? name : (tasks.find((each) => each.startsWith(`${name}.`)) ?? name);
  return `it names "${name}" and calls no task (write "${task}()")`;
}

/**
 * The name in the first statement that consists only of a task, a namespace, or a list of them. Undefined if there is
 * none.
 */
export function uncalledStatement(program: Program, tasks: readonly string[]): string | undefined {
  const names = new Names(tasks);
  let found: string | undefined;
  visit(program, (node) => {
    if (node.type === "ExpressionStatement") found ??= names.alone(node.expression);
    return found === undefined;
  });
  return found;
}

/**
 * The first task that the code names without calling it, or calls only in a function that it declares. That may be
 * right, as in `const { add } = Release; add(1, 2)`. It is a mistake if the code has ended without calling anything.
 */
export function uncalledMention(program: Program, tasks: readonly string[]): string | undefined {
  const names = new Names(tasks);
  const look = (node: AnyNode, parent: AnyNode, isIdle: boolean): string | undefined => {
    const name = names.of(node);
    if (name !== undefined) return isMention(node, parent, { name, isIdle, names }) ? name : undefined;
    const isIdleInside = isFunction(node) ? isIdle || !isPassedOn(node, parent) : isIdle;
    for (const child of childrenOf(node)) {
      const found = look(child, node, isIdleInside);
      if (found !== undefined) return found;
    }
    return undefined;
  };
  return look(program, program, false);
}

/** True for code that does nothing: it is empty, or a comment. */
export function isEmpty({ body }: Program): boolean {
  return body.every(({ type }) => type === "EmptyStatement");
}

/** The names of tasks and namespaces, and how to find them in code. */
class Names {
  readonly #tasks: ReadonlySet<string>;
  readonly #namespaces: ReadonlySet<string>;

  constructor(tasks: readonly string[]) {
    this.#tasks = new Set(tasks);
    this.#namespaces = new Set(tasks.flatMap(namespacesOf));
  }

  isTask(name: string): boolean {
    return this.#tasks.has(name);
  }

  /** The task or namespace that the expression names: `Release.migrate`, `Release["migrate"]`, `globalThis.Release`. */
  of(node: AnyNode): string | undefined {
    const name = pathOf(node)?.replace(/^globalThis\./, "");
    return name !== undefined && (this.#tasks.has(name) || this.#namespaces.has(name)) ? name : undefined;
  }

  /** The name in an expression that contains nothing else besides `await`, parentheses or a list around the name. */
  alone(node: AnyNode | null): string | undefined {
    if (node === null) return undefined;
    const text = textOf(node);
    if (text !== undefined) return this.#tasks.has(text) ? text : undefined;
    const name = this.of(node);
    if (name !== undefined) return name;
    for (const part of partsOf(node)) {
      const inside = this.alone(part);
      if (inside !== undefined) return inside;
    }
    return undefined;
  }
}

/** The parts of an expression that does nothing itself. */
function partsOf(node: AnyNode): readonly (AnyNode | null)[] {
  switch (node.type) {
    case "AwaitExpression":
      return [node.argument];
    case "UnaryExpression":
      return node.operator === "typeof" || node.operator === "delete" ? [] : [node.argument];
    case "ParenthesizedExpression":
    case "ChainExpression":
      return [node.expression];
    case "SequenceExpression":
      return node.expressions;
    case "ArrayExpression":
      return node.elements;
    case "ObjectExpression":
      return node.properties.map((property) => (property.type === "Property" ? property.value : null));
    case "ConditionalExpression":
      return [node.consequent, node.alternate];
    case "LogicalExpression":
      return [node.right];
    default:
      return [];
  }
}

function isMention(node: AnyNode, parent: AnyNode, place: { name: string; isIdle: boolean; names: Names }): boolean {
  const { name, isIdle, names } = place;
  // Code may read a namespace in many ways, as in Object.keys(Release). Only code that stores it keeps its tasks for
  // later.
  if (!names.isTask(name)) return isKept(node, parent);
  if (parent.type === "UnaryExpression" && parent.operator === "typeof") return false;
  const isCalled =
    ("callee" in parent && parent.callee === node) ||
    (parent.type === "TaggedTemplateExpression" && parent.tag === node);
  return isIdle || !isCalled;
}

function isKept(node: AnyNode, parent: AnyNode): boolean {
  if (parent.type === "VariableDeclarator") return parent.init === node;
  return parent.type === "AssignmentExpression" && parent.right === node;
}

/** True for a function that is called where it is written, or is passed to code that may call it. */
function isPassedOn(node: AnyNode, parent: AnyNode): boolean {
  if (parent.type === "ParenthesizedExpression") return true; // as in (async () => { … })()
  if (parent.type !== "CallExpression" && parent.type !== "NewExpression") return false;
  return parent.callee === node || parent.arguments.some((argument) => argument === node);
}

function isFunction({ type }: AnyNode): boolean {
  return type === "FunctionDeclaration" || type === "FunctionExpression" || type === "ArrowFunctionExpression";
}

/** `a.b["c"]` as a path with dots; undefined for any other expression. */
function pathOf(node: AnyNode): string | undefined {
  if (node.type === "Identifier") return node.name;
  if (node.type === "ChainExpression" || node.type === "ParenthesizedExpression") return pathOf(node.expression);
  if (node.type !== "MemberExpression" || node.property.type === "PrivateIdentifier") return undefined;
  const before = pathOf(node.object);
  const last = node.computed ? textOf(node.property) : pathOf(node.property);
  return before === undefined || last === undefined ? undefined : `${before}.${last}`;
}

/** The text of a string in the code. */
function textOf(node: AnyNode): string | undefined {
  if (node.type === "Literal") return typeof node.value === "string" ? node.value : undefined;
  if (node.type !== "TemplateLiteral" || node.expressions.length > 0) return undefined;
  return node.quasis[0]?.value.cooked ?? undefined;
}

function namespacesOf(task: string): string[] {
  const parts = task.split(".").slice(0, -1);
  return parts.map((_part, index) => parts.slice(0, index + 1).join("."));
}

/** Visits the nodes from the outside inwards, while `see` returns true. */
function visit(node: AnyNode, see: (node: AnyNode) => boolean): void {
  if (!see(node)) return;
  for (const child of childrenOf(node)) visit(child, see);
}
