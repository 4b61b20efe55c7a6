// The completion script of each shell. It passes the words typed so far to the hidden command `__complete` and offers
// what that prints. It calls the program as the user called it, so that a launcher with another name completes, too.

/** Makes the script for a program; `id` is the program's name in a form that a shell function can have. */
export const COMPLETION_SCRIPTS: Readonly<Record<string, (program: string, id: string) => string>> = {
  bash: (program, id) => `# bash completion for ${program}: add  source <(${program} completion bash)  to ~/.bashrc
_${id}_complete() {
  local IFS=$'\\n'
  COMPREPLY=($("\${COMP_WORDS[0]}" __complete -- "\${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null))
}
complete -o default -F _${id}_complete ${program}
`,
  zsh: (program, id) => `#compdef ${program}
# zsh completion for ${program}: add  source <(${program} completion zsh)  to ~/.zshrc, after compinit
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
