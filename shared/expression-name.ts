// What tells an expression from a task's name, and what an expression is called in sentences.

/** As JavaScript has names: `Überweisung.größe` is one. */
const TASK_NAME = /^[\p{ID_Start}$_][\p{ID_Continue}$]*(\.[\p{ID_Start}$_][\p{ID_Continue}$]*)*$/u;

const NAME_CHARS = 60;

/** True for `Release.migrate`; anything else that can be called is an expression. */
export function isTaskName(text: string): boolean {
  return TASK_NAME.test(text);
}

/** An expression as sentences and `runs` call it: one line, and not a long one. */
export function expressionName(code: string): string {
  const line = code.trim().replaceAll(/\s+/g, " ");
  return line.length <= NAME_CHARS ? line : `${line.slice(0, NAME_CHARS - 1)}…`;
}
