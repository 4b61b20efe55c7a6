// Prints the demo's own text, apart from the output of the commands. It is coloured only on a terminal that wants
// colours.
import { styleText } from "node:util";

type Style = Parameters<typeof styleText>[0];

/** The reason for the next command. */
export function explainStep(why: string): void {
  process.stdout.write(`${paint("dim", `# ${why}`)}\n`);
}

/** The command, as it would be typed. */
export function showCommand(line: string): void {
  process.stdout.write(`${paint("dim", "$")} ${paint("bold", line)}\n`);
}

/** How the command ended. */
export function showExit(code: number): void {
  process.stdout.write(`${paint(code === 0 ? "green" : "yellow", `[exit ${code}]`)}\n\n`);
}

/** Passes on what a command printed. */
export function showOutput(text: string): void {
  process.stdout.write(text);
}

/** A line of the demo itself. */
export function say(text: string): void {
  process.stdout.write(`${text}\n`);
}

/** Something is not as it should be. */
export function warn(text: string): void {
  process.stderr.write(`${paint("red", text)}\n`);
}

function paint(style: Style, text: string): string {
  const { NO_COLOR, TERM } = process.env;
  return process.stdout.isTTY && !NO_COLOR && TERM !== "dumb" ? styleText(style, text) : text;
}
