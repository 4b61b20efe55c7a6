// Completion for bash, zsh and fish: each script hands the words so far to the hidden command `__complete`, which asks the
// live app for the names of its tasks.
import type { Command } from "commander";
import type { DescribeResult } from "../../shared/protocol.ts";
import { findAgent, type Target } from "../discover.ts";
import { request } from "../request.ts";
import { UsageError } from "./failure.ts";
import type { Streams } from "./streams.ts";

/** Nobody waits longer than this for a completion. */
const ANSWER_LIMIT_MS = 500;

/** Prints the completion script of a shell, for the program by the name it was called by. */
export function completionScript(shell: string, program: string, { stdout }: Streams): void {
  const script = SCRIPTS[shell];
  if (!script) throw new UsageError(`Cannot complete for "${shell}": there are scripts for bash, zsh and fish`);
  stdout.write(script(program, program.replace(/[^A-Za-z0-9]/g, "_")));
}

/** Prints the candidates for the last of the words, one a line. Silent when the app cannot be asked. */
export async function complete(program: Command, words: string[], { stdout, env }: Streams): Promise<void> {
  const last = words.at(-1) ?? "";
  const candidates = await candidatesFor(program, words.slice(0, -1), env);
  for (const candidate of candidates) if (candidate.startsWith(last)) stdout.write(`${candidate}\n`);
}

async function candidatesFor(program: Command, before: string[], env: Streams["env"]): Promise<string[]> {
  const commands = program.commands.filter((command) => !command.name().startsWith("_"));
  const chosen = commands.find((command) => before.includes(command.name()));
  if (!chosen) return [...commands.map((command) => command.name()), ...optionsOf(program)];
  const isFirstArgument = before.at(-1) === chosen.name();
  const flags = optionsOf(chosen);
  if (chosen.name() === "completion") return Object.keys(SCRIPTS);
  if (!["rpc", "tasks"].includes(chosen.name())) return flags;
  const described = await describe(targetOf(before), env);
  if (isFirstArgument) return [...described.map(({ name }) => name), ...flags];
  const task = described.find(({ name }) => before.includes(name));
  return Object.keys(task?.parameters?.properties ?? {}).map(
    (key) => `--${key.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`,
  );
}

async function describe(target: Target, env: Streams["env"]): Promise<DescribeResult["tasks"]> {
  try {
    const address = await findAgent({ ...target, any: true }, env);
    const result = await request<DescribeResult>(address, {
      method: "describe",
      params: {},
      answerWithinMs: ANSWER_LIMIT_MS,
    });
    return result.tasks;
  } catch {
    return []; // no app, no names: a completion has no place for an error
  }
}

function targetOf(words: string[]): Target {
  const after = (option: string) => (words.includes(option) ? words[words.indexOf(option) + 1] : undefined);
  return { app: after("--app"), instance: after("--instance"), socket: after("--socket") };
}

function optionsOf(command: Command): string[] {
  return command.options.filter((option) => !option.hidden).map((option) => option.long ?? "");
}

const SCRIPTS: Readonly<Record<string, (program: string, id: string) => string>> = {
  bash: (program, id) => `# bash completion for ${program}: add  source <(${program} completion bash)  to ~/.bashrc
_${id}_complete() {
  local IFS=$'\\n'
  COMPREPLY=($("\${COMP_WORDS[0]}" __complete -- "\${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null))
}
complete -o default -F _${id}_complete ${program}
`,
  zsh: (program, id) => `#compdef ${program}
# zsh completion for ${program}: add  source <(${program} completion zsh)  to ~/.zshrc
_${id}_complete() {
  local -a found
  found=("\${(@f)$("\${words[1]}" __complete -- "\${(@)words[2,CURRENT]}" 2>/dev/null)}")
  compadd -a found
}
compdef _${id}_complete ${program}
`,
  fish: (program, id) => `# fish completion for ${program}: put this into ~/.config/fish/completions/${program}.fish
function __${id}_complete
  set -l words (commandline -opc) (commandline -ct)
  $words[1] __complete -- $words[2..-1] 2>/dev/null
end
complete -c ${program} -f -a '(__${id}_complete)'
`,
};
