// A real terminal for the tests: tmux draws what the command line writes, sends it keys, and reads the screen.
import { execFileSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { REMSH, NODE, eventually } from "./processes.ts";

/** One window of a terminal with a program in it. */
export interface TerminalWindow {
  /** Types text as it is. */
  type(text: string): void;
  /** Presses a key by its tmux name: Enter, Tab, C-c, Up. */
  press(...keys: string[]): void;
  /** The text on the screen and above it, without padding at the end of lines. */
  screen(): string;
  /** The same with the escape sequences of its colours. */
  colored(): string;
  /** Waits until the text is on the screen. */
  shows(text: string | RegExp): Promise<void>;
  resize(columns: number, rows: number): void;
  /** Resolves to the exit code of the program when it has ended. */
  exitCode(): Promise<number>;
  close(): void;
}

/** Starts the command line in a new window, 100 columns wide; `around` adds a shell's redirections. */
export function openTerminal(
  words: string[],
  env: Record<string, string>,
  around: (command: string) => string = (command) => command,
): TerminalWindow {
  const server = `remsh-${randomBytes(4).toString("hex")}`;
  const tmux = (...args: string[]) =>
    execFileSync("tmux", ["-L", server, "-f", "/dev/null", ...args], { encoding: "utf8" });
  const assignments = Object.entries(env).map(([name, value]) => quote(`${name}=${value}`));
  // The window stays until the exit code is read.
  const program = `env ${assignments.join(" ")} ${[NODE, REMSH, ...words].map(quote).join(" ")}`;
  const command = `${around(program)}; echo "exit code $?"; cat`;
  tmux("new-session", "-d", "-s", "test", "-x", "100", "-y", "40", command);
  const screen = () => tmux("capture-pane", "-p", "-J", "-S", "-", "-t", "test").replaceAll(/ +$/gm, "").trimEnd();
  const shows = (text: string | RegExp) =>
    eventually(
      () => (typeof text === "string" ? screen().includes(text) : text.test(screen())),
      `${text} in\n${screen()}`,
    );
  return {
    // A semicolon at the end would separate tmux's own commands.
    type: (text) => void tmux("send-keys", "-t", "test", "-l", "--", text.replace(/;$/, "\\;")),
    press: (...keys) => void tmux("send-keys", "-t", "test", ...keys),
    screen,
    colored: () => tmux("capture-pane", "-p", "-e", "-J", "-S", "-", "-t", "test"),
    shows,
    resize: (columns, rows) => void tmux("resize-window", "-t", "test", "-x", String(columns), "-y", String(rows)),
    exitCode: async () => {
      await shows(/^exit code \d+$/m);
      return Number(/^exit code (\d+)$/m.exec(screen())?.[1]);
    },
    close: () => void tmux("kill-server"),
  };
}

function quote(word: string): string {
  return `'${word.replaceAll("'", `'\\''`)}'`;
}
