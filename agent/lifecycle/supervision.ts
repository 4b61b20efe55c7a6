// The app's end of the line to `remsh start`, if that has started the app: reports the app's progress, and hears
// whether the app may be called ready. An app that was started in another way has no such line, and decides itself when
// it is ready.
import { fstatSync } from "node:fs";
import { Socket } from "node:net";
import {
  lineDescriptor,
  lineReader,
  messageLine,
  readToApp,
  START_LOST,
  SUPERVISOR_FD,
  type FromApp,
} from "../../shared/supervision.ts";
import { drain, endRuns, START_LEASE, undrain } from "./departure.ts";
import { RpcError } from "../../shared/errors.ts";
import type { Verdict } from "./ready-rule.ts";
import { reasonOf } from "../tasks/thrown.ts";
import { warn } from "../instance/warn.ts";

let line: Socket | undefined;
let standing: Verdict | undefined;
let hasAgent = false;
let isLoaded = false;
/** The code with which the supervisor wants this process to end. */
let endCode: number | undefined;

/**
 * Opens the line if there is one; false if there is none. The app's own child processes see no trace of it. The sockets
 * that systemd has opened for `start` are the app's.
 */
export function joinSupervisor(): boolean {
  const fd = lineDescriptor(process.env[SUPERVISOR_FD]);
  Reflect.deleteProperty(process.env, SUPERVISOR_FD);
  const opened = fd === undefined ? undefined : openLine(fd);
  if (!opened) return false;
  if (process.env.LISTEN_PID === String(process.ppid)) process.env.LISTEN_PID = String(process.pid);
  standing = { ready: "starting" };
  line = opened;
  line.setEncoding("utf8").on("data", lineReader(hear));
  line.on("error", () => {}); // "close" follows
  line.on("close", lost);
  // Like the rest of the agent, it does not keep the process alive.
  line.unref();
  return true;
}

/** The line; undefined if the descriptor is not a socket, for example because it was closed meanwhile. */
function openLine(fd: number): Socket | undefined {
  try {
    return fstatSync(fd).isSocket() ? new Socket({ fd, readable: true, writable: true }) : undefined;
  } catch {
    return undefined; // whatever the descriptor is, the app runs
  }
}

/** Whether `remsh start` waits for reports of this process. */
export function isSupervised(): boolean {
  return line !== undefined;
}

/** Sends the supervisor a message, if there is one. */
export function tellSupervisor(message: FromApp): void {
  if (message.type === "listening") hasAgent = true;
  if (message.type === "loaded") hasLoaded();
  if (line?.writable) line.write(messageLine(message));
}

/**
 * The agent cannot run. `remsh start` waits for this and decides. Without `remsh start`, or for a second agent, it is
 * only a warning.
 */
export function tellOfFailure(error: unknown): void {
  const reason = reasonOf(error);
  if (line?.writable && !hasAgent) tellSupervisor({ type: "failed", reason, isTaken: isTaken(error) });
  else warn(`The app runs without its agent: ${reason}`);
}

function isTaken(error: unknown): boolean {
  return error instanceof RpcError && error.code === "SEVERAL_INSTANCES";
}

/**
 * Keeps the process alive until the supervisor sends the exit code, or until it is gone without one: then undefined.
 */
export function whenSupervisorEnds(then: (exitCode: number | undefined) => void): void {
  if (line) line.ref().once("close", () => then(endCode));
  else then(endCode); // it closed while the agent started
}

/** The readiness that follows from the supervisor's last message; undefined when it left that to the app. */
export function supervisionVerdict(): Verdict | undefined {
  return standing;
}

/** Forgets what a lost supervisor said, since another client now says that the app is ready. */
export function forgetLostSupervisor(): void {
  if (!line) standing = undefined;
}

function hasLoaded(): void {
  isLoaded = true;
  sayLost();
}

function hear(text: string): void {
  const message = readToApp(text);
  switch (message?.type) {
    case "hook":
      standing &&= { ready: "starting", reason: `it waits for its hook ${message.name}` };
      return;
    case "ready":
      standing = undefined;
      return;
    case "stopping":
      return drain({ lease: START_LEASE });
    case "end":
      endCode = message.exitCode;
      return;
    case "ending":
      tellSupervisor({ type: "ending" });
      void endRuns({ lease: START_LEASE, graceMs: message.graceMs }).then(() => tellSupervisor({ type: "idle" }));
  }
}

/**
 * The supervisor was killed. The app continues. If it was about to be stopped, it is not stopped. If its post_start
 * hooks had not ended, it is not ready yet, and waits until another client says so.
 */
function lost(): void {
  line = undefined;
  undrain({ lease: START_LEASE });
  sayLost();
}

/**
 * Before the entry has been evaluated, the app waits for that. The new reason tells `start --adopt` that this is over.
 */
function sayLost(): void {
  if (standing && !line && isLoaded) standing = { ...standing, reason: START_LOST };
}
