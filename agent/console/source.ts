// Prepares a line for evaluation. A dynamic import() has no module to resolve from, so it becomes a call of ours. An
// `await` becomes a call too. A declaration that would hide a global of the app from the app is refused.
import type { AnyNode, Program } from "acorn";
import { parser } from "../tasks/parser.ts";
import { childrenOf, declaredNames } from "../tasks/syntax-tree.ts";
import type { Insertion } from "./typed-places.ts";

/** The expression by which evaluated code reaches the hook that ./console-engine.ts defines. */
export const HOOK = 'globalThis[Symbol.for("remsh.console")]';

/** The source in the form that is evaluated. */
export interface PreparedSource {
  source: string;
  /** True if it may await at its top level. */
  mayAwait: boolean;
  /** The inserted pieces, from left to right. */
  insertions: Insertion[];
  /** The parsed program; undefined if the parser does not know the syntax. */
  program: Program | undefined;
  /** The names that it declares at its top level, as far as the parser can tell. */
  declares: string[];
}

const OPTIONS = {
  ecmaVersion: "latest",
  allowAwaitOutsideFunction: true,
  allowHashBang: true,
  preserveParens: true,
} as const;

/**
 * Turns typed code into the source that is evaluated; `isGlobal` says which names the app itself uses.
 *
 * @throws SyntaxError when the code must not be evaluated.
 */
export function prepareSource(typed: string, isGlobal: (name: string) => boolean): PreparedSource {
  const source = asExpression(typed);
  const program = tryParse(source);
  // The syntax is wrong, or newer than the parser: V8 decides. Without a parse, awaited values could not be kept alive.
  if (program === undefined) return { source, mayAwait: false, insertions: [], program, declares: [] };
  const declares = declaredNames(program);
  const hidden = declares.find(isGlobal);
  if (hidden !== undefined) {
    throw new SyntaxError(
      `Cannot declare "${hidden}": the app would get it instead of its own global (choose another name)`,
    );
  }
  const edits = editsOf(program);
  const insertions = insertionsOf(edits, source, source === typed ? 0 : 1);
  return { source: apply(edits, source), mayAwait: true, insertions, program, declares };
}

/** `{ a: 1 }` is meant as an object, not as a block with a label. */
function asExpression(typed: string): string {
  if (!/^\s*\{/.test(typed) || /;\s*$/.test(typed)) return typed;
  const wrapped = `(${typed}\n)`;
  return tryParse(wrapped) ? wrapped : typed;
}

function tryParse(source: string): Program | undefined {
  const { parse } = parser();
  try {
    return parse(source, OPTIONS);
  } catch {
    return undefined; // the caller continues with the unchanged source
  }
}

interface Edit {
  start: number;
  end: number;
  text: string;
}

/** Each `await` becomes a call of ours: see ./awaits.ts. */
function editsOf(program: Program): Edit[] {
  const edits: Edit[] = [];
  const wrap = (start: number, end: number, call: string) =>
    edits.push({ start, end: start, text: call }, { start: end, end, text: ")" });
  visit(program, true, (node, isTop) => {
    if (node.type === "ImportExpression")
      edits.push({ start: node.start, end: node.start + "import".length, text: `${HOOK}.import` });
    if (node.type === "AwaitExpression") {
      wrap(node.start, node.end, `${HOOK}.resume(`);
      wrap(node.start + "await".length, node.end, ` ${HOOK}.${isTop ? "hold" : "pass"}(`);
    }
    if (node.type === "ForOfStatement" && node.await)
      wrap(node.right.start, node.right.end, ` ${HOOK}.${isTop ? "holdEach" : "passEach"}(`);
    if (!isTop) return;
    if (node.type === "VariableDeclaration" && node.kind === "await using")
      throw new SyntaxError('Cannot declare with "await using" at the top level of a console: put it into a function');
  });
  return edits;
}

/** The edits by their positions in the typed code, and how many characters were inserted before each. */
function insertionsOf(edits: Edit[], source: string, before: number): Insertion[] {
  const made = before === 0 ? [] : [{ line: 0, column: 0, length: before }];
  const inserted = [...edits]
    .sort((a, b) => a.start - b.start)
    .map(({ start, end, text }) => {
      const lines = source.slice(before, start).split("\n");
      return { line: lines.length - 1, column: lines.at(-1)?.length ?? 0, length: text.length - (end - start) };
    });
  return [...made, ...inserted];
}

/**
 * Applies edits from the end, so that earlier positions stay valid. At one position, the enclosing edit comes first.
 */
function apply(edits: Edit[], source: string): string {
  return [...edits]
    .reverse()
    .sort((a, b) => b.start - a.start)
    .reduce((text, { start, end, text: inserted }) => text.slice(0, start) + inserted + text.slice(end), source);
}

/** Visits all nodes, and says for each whether it is outside of any function. */
function visit(node: AnyNode, isTop: boolean, see: (node: AnyNode, isTop: boolean) => void): void {
  see(node, isTop);
  const isInside = isTop && !/Function/.test(node.type);
  for (const child of childrenOf(node)) visit(child, isInside, see);
}
