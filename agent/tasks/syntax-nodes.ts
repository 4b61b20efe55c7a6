// Walks a syntax tree of acorn's.
import type { AnyNode } from "acorn";

/** The nodes inside a node, in the order of its properties. */
export function childrenOf(node: AnyNode): AnyNode[] {
  const values: unknown[] = Object.values(node);
  return values.flat().filter(isNode);
}

function isNode(value: unknown): value is AnyNode {
  return typeof value === "object" && value !== null && "type" in value && typeof value.type === "string";
}
