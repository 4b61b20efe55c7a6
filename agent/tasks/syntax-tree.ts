// Walks a syntax tree of acorn's, and finds the names that a program declares.
import type { AnyNode, Pattern, Program } from "acorn";

/** The nodes inside a node, in the order of its properties. */
export function childrenOf(node: AnyNode): AnyNode[] {
  const values: unknown[] = Object.values(node);
  return values.flat().filter(isNode);
}

/** The names that the program declares at its top level. */
export function declaredNames({ body }: Program): string[] {
  return body.flatMap((statement) => {
    if (statement.type === "VariableDeclaration") return statement.declarations.flatMap(({ id }) => namesIn(id));
    if (statement.type === "FunctionDeclaration" || statement.type === "ClassDeclaration") return [statement.id.name];
    return [];
  });
}

function isNode(value: unknown): value is AnyNode {
  return typeof value === "object" && value !== null && "type" in value && typeof value.type === "string";
}

function namesIn(pattern: Pattern): string[] {
  switch (pattern.type) {
    case "Identifier":
      return [pattern.name];
    case "ObjectPattern":
      return pattern.properties.flatMap((part) => namesIn(part.type === "RestElement" ? part.argument : part.value));
    case "ArrayPattern":
      return pattern.elements.flatMap((part) => (part ? namesIn(part) : []));
    case "AssignmentPattern":
      return namesIn(pattern.left);
    case "RestElement":
      return namesIn(pattern.argument);
    case "MemberExpression":
      return [];
  }
}
