// Marks the statements that remsh itself sends on a migration's connection, so that they are not taken for the
// migration's.

const MARK = "/* remsh */ ";

/** The statement with remsh's mark in front. */
export function ownStatement(text: string): string {
  return MARK + text;
}

/** Whether remsh itself sent the text. */
export function isOwnStatement(text: string): boolean {
  return text.startsWith(MARK);
}
