// The environment that a start was given: without what the launcher, rel/env.sh and remsh itself have added to it.
// `restart` gives it to the new process.
import type { Environment } from "../../shared/addresses.ts";
import { callersEnvironment } from "../find/node-options.ts";

/**
 * The variable in which the launcher keeps what it was given before rel/env.sh ran: launcher-script.ts writes it. The
 * supervisor keeps it, and neither hooks nor the app have it.
 */
export const GIVEN = "REMSH_GIVEN";

/** The variable in which the launcher passes NODE_CHANNEL_FD: Node itself would read from the channel, which is the app's. */
export const CHANNEL_FD = "REMSH_CHANNEL_FD";

/** Variables that one program of remsh sets for the next. */
const OWN = /^REMSH_(ROOT|FOLDER|PROGRAM|COMMAND|GIVEN|WAITING_FILE|LOG_FILE|SUPERVISION_PLAN|SUPERVISOR_FD)$/;

/** Variables about descriptors and sockets that are for one process alone. */
const DESCRIPTORS = /^(LISTEN_(PID|FDS|FDNAMES)|(NODE|REMSH)_CHANNEL_.*)$/;
const FOR_ONE_PROCESS = /^(NOTIFY_SOCKET|WATCHDOG_(PID|USEC))$/;

/** The environment that the process with this environment was given. */
export function givenEnvironment(env: Environment): Environment {
  const { [GIVEN]: given, ...rest } = env;
  const all = given ? readGiven(given) : callersEnvironment(rest);
  const isGiven = (name: string) => !OWN.test(name) && !FOR_ONE_PROCESS.test(name);
  return Object.fromEntries(Object.entries(withoutDescriptors(all)).filter(([name]) => isGiven(name)));
}

/** The environment of a program that inherits no descriptors. */
export function withoutDescriptors(env: Environment): Environment {
  return Object.fromEntries(Object.entries(env).filter(([name]) => !DESCRIPTORS.test(name)));
}

/** Without what the launcher passes to the client alone. */
export function withoutOwn(env: Environment): Environment {
  return Object.fromEntries(Object.entries(env).filter(([name]) => name !== GIVEN && name !== CHANNEL_FD));
}

/** The launcher writes one variable a line, and a line feed in a value as \x01: a shell cannot hold a NUL. */
function readGiven(text: string): Environment {
  return readVariables(text.split("\n").map((line) => line.replaceAll("\x01", "\n")));
}

/** Variables from their texts: `NAME=value`. */
export function readVariables(texts: readonly string[]): Environment {
  const pairs = texts.filter((text) => text.indexOf("=") > 0).map((text) => /^([^=]+)=(.*)$/s.exec(text) ?? []);
  return Object.fromEntries(pairs.map(([, name = "", value = ""]) => [name, value]));
}

/** These follow the terminal or the session, and no app is meant by them. */
const OF_THE_SESSION =
  /^(_|SHLVL|PWD|OLDPWD|TERM.*|COLORTERM|COLUMNS|LINES|LS_COLORS|INIT_CWD|INVOCATION_ID|JOURNAL_STREAM|SYSTEMD_.*|MEMORY_PRESSURE_.*|MANAGERPID.*|(SSH|XDG|DBUS|SUDO|npm)_.*)$/;

/** `restart` takes these from the running app or from the disk. */
const OF_THE_PLACE = /^REMSH_(APP|INSTANCE|RUNTIME_DIR|SOCKET|VERSION)$/;

/** The names of the variables that the two environments have with different values, in order. */
export function differences(one: Environment, other: Environment): string[] {
  const names = new Set([...Object.keys(one), ...Object.keys(other)]);
  const isTold = (name: string) => !OF_THE_SESSION.test(name) && !OF_THE_PLACE.test(name);
  return [...names].filter((name) => isTold(name) && one[name] !== other[name]).sort();
}
