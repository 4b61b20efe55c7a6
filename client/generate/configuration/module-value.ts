// Reads what a configuration file exports, in JSON, JavaScript or TypeScript, without running it.
import { readFileSync } from "node:fs";
import { tsPlugin } from "@sveltejs/acorn-typescript";
import { Parser } from "acorn";
import { parse as parseJson } from "jsonc-parser";
import { isNode, nodesIn, staticValue, UNKNOWN, type Scope, type SyntaxNode } from "./static-value.ts";

/** The value that the file exports; {@link UNKNOWN} where only running it would tell, or if it cannot be parsed. */
export function moduleValue(file: string, root: string): unknown {
  const text = readFileSync(file, "utf8");
  if (file.endsWith(".json")) return parseJson(text) as unknown;
  const body = statementsOf(text);
  const scope: Scope = { file, root, constants: new Map(body.flatMap(constantsIn)), depth: 0 };
  const exported = body.map(exportOf).findLast((node) => node !== undefined);
  return exported ? staticValue(exported, scope) : UNKNOWN;
}

function statementsOf(text: string): SyntaxNode[] {
  try {
    const options = { sourceType: "module", ecmaVersion: "latest", locations: true } as const;
    const { body } = Parser.extend(tsPlugin()).parse(text.replace(/^#!.*/, ""), options);
    return nodesIn(body);
  } catch {
    return []; // its engine says better what is wrong with it
  }
}

/** `const directory = "./migrations"`, also where it is exported. */
function constantsIn(statement: SyntaxNode): [string, SyntaxNode][] {
  const { type, declaration, declarations, kind } = statement;
  if (type === "ExportNamedDeclaration") return isNode(declaration) ? constantsIn(declaration) : [];
  if (type !== "VariableDeclaration" || kind !== "const") return [];
  return nodesIn(declarations).flatMap(({ id, init }) => (isNode(id) && isNode(init) ? [[String(id.name), init]] : []));
}

/** The expression of `export default …`, `module.exports = …` and `export = …`. */
function exportOf({ type, declaration, expression }: SyntaxNode): SyntaxNode | undefined {
  if (type === "ExportDefaultDeclaration") return isNode(declaration) ? declaration : undefined;
  if (!isNode(expression)) return undefined;
  if (type === "TSExportAssignment") return expression;
  const { left, right } = expression;
  const isModule = isNode(left) && isNode(left.object) && left.object.name === "module";
  return type === "ExpressionStatement" && isModule && isNode(right) ? right : undefined;
}
