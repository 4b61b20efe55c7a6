// Which of the app's Node options its tasks get in a process of their own.

/** It would wait for files to change, and start another process, which we would not hear. */
const WATCHING = /^--watch(-path|-preserve-output|-kill-signal)?(=|$)/;
/** The running app has that port, and a debugger that is waited for would never come. */
const INSPECTING = /^--inspect(-brk|-wait|-port|-publish-uid)?(=|$)/;
/** They may have their value in the next word. */
const WITH_VALUE = ["--watch-path", "--watch-kill-signal", "--inspect-port", "--inspect-publish-uid"];

/** All but those that make sense for the app alone: `--env-file`, `--import` and whatever else configures it stay. */
export function evalNodeArgs(nodeArgs: readonly string[]): string[] {
  return nodeArgs.filter((arg, index) => {
    if (WITH_VALUE.includes(nodeArgs[index - 1] ?? "") && !arg.startsWith("-")) return false;
    return !WATCHING.test(arg) && !INSPECTING.test(arg);
  });
}
