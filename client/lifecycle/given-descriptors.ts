// The open descriptors that a start was given for the app: the sockets of systemd's socket activation
// (https://www.freedesktop.org/software/systemd/man/latest/sd_listen_fds.html), and the IPC channel of a parent that is a Node program.
import { closeSync, fstatSync } from "node:fs";
import type { Environment } from "../../shared/addresses.ts";
import { KnownProcess } from "../processes/known-process.ts";
import { CHANNEL_FD } from "../project/given-environment.ts";
import { badConfiguration } from "../terminal/command-failure.ts";

/** The first descriptor of socket activation. */
const FIRST = 3;

/** The descriptors to pass on. */
export interface GivenDescriptors {
  /** How many sockets there are, from descriptor 3 on. The app gets them under the same numbers. */
  sockets: number;
  /** The IPC channel. */
  channel?: number | undefined;
  /** How the parent writes its messages; undefined if a variable says so, or if it is the default. */
  serialization?: string | undefined;
}

/**
 * The descriptors of this process that are meant for the app; undefined if there are none.
 *
 * @throws CommandFailure 78 when LISTEN_FDS names a descriptor that is not open.
 */
export function givenDescriptors(app: string, env: Environment): GivenDescriptors | undefined {
  const given = { sockets: socketsIn(app, env), ...channelIn(env) };
  return given.sockets === 0 && given.channel === undefined ? undefined : given;
}

/** Where the app gets them: their numbers here, in the order of the app's descriptors from 3 on. */
export function descriptorsOf({ sockets, channel }: GivenDescriptors): number[] {
  const numbers = Array.from({ length: sockets }, (_socket, index) => FIRST + index);
  return channel === undefined ? numbers : [...numbers, channel];
}

/** The variables by which the app finds them. The agent's preload puts the app's own id into LISTEN_PID. */
export function descriptorVariables({ sockets, channel, serialization }: GivenDescriptors): Record<string, string> {
  if (channel === undefined) return {};
  return {
    NODE_CHANNEL_FD: String(FIRST + sockets),
    ...(serialization !== undefined && { NODE_CHANNEL_SERIALIZATION_MODE: serialization }),
  };
}

/** Closes them in this process when the app has them: otherwise a peer would not notice that the app has closed them. */
export function closeDescriptors(given: GivenDescriptors): void {
  for (const descriptor of descriptorsOf(given)) {
    // Node itself has opened the channel, if no launcher has kept it from doing so.
    if (descriptor === given.channel && process.connected) process.disconnect();
    else closeSync(descriptor);
  }
}

function socketsIn(app: string, { LISTEN_FDS: count = "", LISTEN_PID: pid }: Environment): number {
  // Programs inherit the variables without the sockets, and then they name another process.
  if (!/^[1-9]\d{0,3}$/.test(count) || (pid !== undefined && pid !== String(process.pid))) return 0;
  const sockets = Number(count);
  const missing = descriptorsOf({ sockets }).find((descriptor) => !isOpen(descriptor));
  if (missing === undefined) return sockets;
  throw badConfiguration(
    `Cannot start ${app}: LISTEN_FDS is ${sockets}, and descriptor ${missing} is not open (unset LISTEN_FDS)`,
  );
}

function channelIn({ [CHANNEL_FD]: passed = "" }: Environment): Pick<GivenDescriptors, "channel" | "serialization"> {
  if (/^\d+$/.test(passed) && isOpen(Number(passed))) return { channel: Number(passed) };
  if (!process.connected) return {};
  // Without a launcher, Node has opened the channel and removed its variables from process.env.
  const { NODE_CHANNEL_SERIALIZATION_MODE: serialization } = new KnownProcess(process.pid).environment ?? {};
  // Node's types do not know this property of the channel.
  return { channel: (process.channel as { fd?: number } | undefined)?.fd, serialization };
}

/** False for what Node itself has opened, such as the descriptor that it polls: those have no type of file. */
function isOpen(descriptor: number): boolean {
  try {
    const stats = fstatSync(descriptor);
    return stats.isSocket() || stats.isFIFO() || stats.isFile() || stats.isCharacterDevice();
  } catch {
    return false;
  }
}
