// The demo's own command line: there is one option.

/** Reads the words after `npm run demo --`; ends the process where they make no sense. */
export function ask(words: readonly string[]): { stay: boolean } {
  const unknown = words.find((word) => word !== "--stay");
  if (unknown === undefined) return { stay: words.length > 0 };
  process.stderr.write(`Cannot run the demo: no option "${unknown}" (the only one is --stay)\n`);
  process.exit(64);
}
