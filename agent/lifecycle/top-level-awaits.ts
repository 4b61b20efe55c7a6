// Finds the awaits at the top level of a module: while one of them waits, the module has not been evaluated.
import type { Node } from "acorn";
import { parser } from "../tasks/parser.ts";

/** A node whose code runs later, or in another context. */
const NOT_TOP_LEVEL = /Function|^Class|^MethodDefinition|^PropertyDefinition|^StaticBlock/;

/** The lines of the module's top-level awaits, in order. */
export function topLevelAwaits(text: string): number[] {
  if (!/\bawait\b/.test(text)) return [];
  try {
    const ast = parser().parse(text, {
      ecmaVersion: "latest",
      sourceType: "module",
      locations: true,
      allowHashBang: true,
    });
    return [...awaitsIn(ast)];
  } catch {
    // TypeScript, or a syntax that acorn does not know: awaits of formatted code begin at the left margin.
    return text
      .split("\n")
      .flatMap((line, index) => (/^(?=\S)(?!\/|.*\basync\b).*\bawait\b/.test(line) ? index + 1 : []));
  }
}

function* awaitsIn(node: Node): Generator<number> {
  if (NOT_TOP_LEVEL.test(node.type)) return;
  const isAwait = node.type === "AwaitExpression" || ("await" in node && node.await === true);
  if (isAwait && node.loc) yield node.loc.start.line;
  for (const child of Object.values(node).flat() as unknown[]) if (isNode(child)) yield* awaitsIn(child);
}

function isNode(value: unknown): value is Node {
  return typeof value === "object" && value !== null && "type" in value && typeof value.type === "string";
}
