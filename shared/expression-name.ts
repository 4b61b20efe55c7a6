// Distinguishes an expression from a task's name, and gives expressions a name for sentences.

/** Names as JavaScript allows them: `Überweisung.größe` is one. */
const TASK_NAME = /^[\p{ID_Start}$_][\p{ID_Continue}$]*(\.[\p{ID_Start}$_][\p{ID_Continue}$]*)*$/u;

const NAME_CHARS = 60;

/** True for `Release.migrate`; any other text is an expression. */
export function isTaskName(text: string): boolean {
  return TASK_NAME.test(text);
}

/** The name of an expression in sentences and in `runs`: one line, and not a long one. */
export function expressionName(code: string): string {
  const line = code.trim().replaceAll(/\s+/g, " ");
  return line.length <= NAME_CHARS ? line : `${line.slice(0, NAME_CHARS - 1)}…`;
}
