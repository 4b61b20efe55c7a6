// What is done to a line before it is evaluated. A dynamic import() has no module to start from there, so it becomes a call
// of ours; and a declaration that would hide one of the app's globals from the app itself is refused.
import { parse, type Node, type Pattern, type Program } from "acorn";

/** What the evaluated code calls instead of import(). */
export const IMPORT = 'globalThis[Symbol.for("remsh.console")].import';

const OPTIONS = {
  ecmaVersion: "latest",
  allowAwaitOutsideFunction: true,
  allowHashBang: true,
} as const;

/** Makes of what was typed what is evaluated; `isGlobal` tells the names that the app itself uses. */
export function prepareSource(typed: string, isGlobal: (name: string) => boolean): string {
  const source = asExpression(typed);
  const program = tryParse(source);
  // Newer syntax than the parser knows, or none at all: V8 is the judge.
  if (program === undefined) return source;
  const hidden = declaredNames(program).find(isGlobal);
  if (hidden !== undefined) {
    throw new SyntaxError(
      `Cannot declare "${hidden}": the app would get it instead of its own global (choose another name)`,
    );
  }
  return replaceImports(source, program);
}

/** `{ a: 1 }` is meant as an object, not as a block with a label. */
function asExpression(typed: string): string {
  if (!/^\s*\{/.test(typed) || /;\s*$/.test(typed)) return typed;
  const wrapped = `(${typed}\n)`;
  return tryParse(wrapped) ? wrapped : typed;
}

function tryParse(source: string): Program | undefined {
  try {
    return parse(source, OPTIONS);
  } catch {
    return undefined; // the caller goes on with the source as it is
  }
}

function declaredNames({ body }: Program): string[] {
  return body.flatMap((statement) => {
    if (statement.type === "VariableDeclaration") return statement.declarations.flatMap(({ id }) => namesIn(id));
    if (statement.type === "FunctionDeclaration" || statement.type === "ClassDeclaration") return [statement.id.name];
    return [];
  });
}

function namesIn(pattern: Pattern): string[] {
  switch (pattern.type) {
    case "Identifier":
      return [pattern.name];
    case "ObjectPattern":
      return pattern.properties.flatMap((property) =>
        namesIn(property.type === "RestElement" ? property.argument : property.value),
      );
    case "ArrayPattern":
      return pattern.elements.flatMap((element) => (element ? namesIn(element) : []));
    case "RestElement":
      return namesIn(pattern.argument);
    case "AssignmentPattern":
      return namesIn(pattern.left);
    default:
      return [];
  }
}

function replaceImports(source: string, program: Program): string {
  const starts: number[] = [];
  visit(program, (node) => {
    if (node.type === "ImportExpression") starts.push(node.start);
  });
  // From the end, so that the places before stay where they are.
  return starts
    .sort((a, b) => b - a)
    .reduce((text, start) => text.slice(0, start) + IMPORT + text.slice(start + "import".length), source);
}

function visit(node: Node, see: (node: Node) => void): void {
  see(node);
  for (const value of Object.values(node) as unknown[]) {
    for (const child of [value].flat()) if (isNode(child)) visit(child, see);
  }
}

function isNode(value: unknown): value is Node {
  return typeof value === "object" && value !== null && "type" in value && typeof value.type === "string";
}
