// The demo's own command line: it has one option.

/** Reads the words after `npm run demo --`; ends the process if they are not valid. */
export function ask(words: readonly string[]): { stay: boolean } {
  const unknown = words.find((word) => word !== "--stay");
  if (unknown === undefined) return { stay: words.length > 0 };
  process.stderr.write(`Cannot run the demo: no option "${unknown}" (the only one is --stay)\n`);
  process.exit(64);
}
