// Turns typed code into a program: `await` works at its top level, its variables outlive it, and the value of its last
// expression is the result. Line numbers do not change, so that an error's line is correct.
import type { ModuleDeclaration, Parser, Program, Statement } from "acorn";
import { declaredNames } from "../tasks/syntax-tree.ts";

/** The language version that vm2's own parser reads. */
const ECMA_VERSION = 2022;

interface Edit {
  at: number;
  remove: number;
  insert: string;
}

/**
 * Parses typed code with the parser that vm2 has already loaded: a second parser would cost every start some 10 ms.
 *
 * @throws SyntaxError when the code is not JavaScript.
 */
export function parseCode(code: string, parser: Pick<typeof Parser, "parse">): Program {
  return parser.parse(code, { ecmaVersion: ECMA_VERSION, allowAwaitOutsideFunction: true });
}

/**
 * Typed code as a function. It receives the Promise that it should use, since vm2 has locked the global of that name.
 */
export type AsyncProgram = (promise: PromiseConstructor) => Promise<unknown>;

/** The program of parsed code: an expression whose value is an {@link AsyncProgram}. */
export function toProgram(code: string, program: Program): string {
  const { body } = program;
  const last = body.findLast(({ type }) => type !== "FunctionDeclaration" && type !== "EmptyStatement");
  const edits = [...body.flatMap(keepDeclared), ...(last ? returnValue(last, code) : [])];
  const names = new Set(declaredNames(program));
  const declared = names.size === 0 ? "" : `var ${[...names].join(", ")}; `;
  const functions = body.flatMap((node) => (node.type === "FunctionDeclaration" ? [node.id.name] : []));
  const hoisted = functions.map((name) => `globalThis.${name} = ${name}; `).join("");
  return `${declared}(async (Promise) => { ${hoisted}${apply(code, edits)}\n})`;
}

/** Turns a declaration into an assignment to a variable that is declared outside the function. */
function keepDeclared(node: Statement | ModuleDeclaration): Edit[] {
  if (node.type === "ClassDeclaration") return [insert(node.start, `;${node.id.name} = `), insert(node.end, ";")];
  if (node.type !== "VariableDeclaration") return [];
  const { declarations, kind, start, end } = node;
  return [
    { at: start, remove: kind.length, insert: ";void (" },
    ...declarations.filter(({ init }) => !init).map(({ id }) => insert(id.end, " = undefined")),
    insert(declarations.at(-1)?.end ?? end, ")"),
  ];
}

function returnValue(node: Statement | ModuleDeclaration, code: string): Edit[] {
  if (node.type !== "ExpressionStatement") return [];
  // A comment may stand between the expression and its semicolon.
  const end = code[node.end - 1] === ";" ? node.end - 1 : node.end;
  return [insert(node.start, "return ("), insert(end, "\n)")];
}

function insert(at: number, text: string): Edit {
  return { at, remove: 0, insert: text };
}

function apply(code: string, edits: Edit[]): string {
  // Applied from the end, so that earlier positions stay valid. Of two edits at one position, the first stays first.
  const ordered = edits.map((edit, index) => ({ ...edit, index })).sort((a, b) => b.at - a.at || b.index - a.index);
  return ordered.reduce(
    (text, { at, remove, insert: added }) => text.slice(0, at) + added + text.slice(at + remove),
    code,
  );
}
