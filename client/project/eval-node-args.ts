// Selects the app's Node options that its tasks also get in `eval`'s process.

/** It would wait for file changes and start another process, which `eval` does not notice. */
const WATCHING = /^--watch(-path|-preserve-output|-kill-signal)?(=|$)/;
/** The running app uses that port, and `eval` would wait for a debugger that never connects. */
const INSPECTING = /^--inspect(-brk|-wait|-port|-publish-uid)?(=|$)/;
/** These may have their value in the next word. */
const WITH_VALUE = ["--watch-path", "--watch-kill-signal", "--inspect-port", "--inspect-publish-uid"];

/** All options but those that only make sense for the app. `--env-file`, `--import` and other configuration stay. */
export function evalNodeArgs(nodeArgs: readonly string[]): string[] {
  return nodeArgs.filter((arg, index) => {
    if (WITH_VALUE.includes(nodeArgs[index - 1] ?? "") && !arg.startsWith("-")) return false;
    return !WATCHING.test(arg) && !INSPECTING.test(arg);
  });
}
