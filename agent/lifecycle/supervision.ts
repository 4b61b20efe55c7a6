// The app's end of the line to `remsh start`, where that has started it: says how far the app has come, and hears whether
// it may be called ready. An app that was started in another way has no such line, and is ready when it says so.
import { fstatSync } from "node:fs";
import { Socket } from "node:net";
import {
  lineDescriptor,
  lineReader,
  messageLine,
  SUPERVISOR_FD,
  type FromApp,
  type ToApp,
} from "../../shared/supervision.ts";
import { drain, endRuns, START_LEASE, undrain } from "./departure.ts";
import { entryLoaded } from "./entry-loaded.ts";
import { RpcError } from "../../shared/errors.ts";
import type { Verdict } from "./readiness.ts";
import { reasonOf } from "../tasks/thrown.ts";
import { warn } from "../instance/warn.ts";

let line: Socket | undefined;
let standing: Verdict | undefined;
let hasAgent = false;
let isLoaded = false;
/** The code with which the supervisor wants this process to end. */
let endCode: number | undefined;

/** Takes the line up where there is one; false where there is none. The app's own children find no trace of it. */
export function joinSupervisor(): boolean {
  const fd = lineDescriptor(process.env[SUPERVISOR_FD]);
  Reflect.deleteProperty(process.env, SUPERVISOR_FD);
  const opened = fd === undefined ? undefined : openLine(fd);
  if (!opened) return false;
  standing = { ready: "starting" };
  line = opened;
  line.setEncoding("utf8").on("data", lineReader(hear));
  line.on("error", () => {}); // "close" follows
  line.on("close", lost);
  // Like everything else of the agent, it does not keep the process alive.
  line.unref();
  return true;
}

/** The line; undefined where the descriptor cannot be one, as when it was closed on the way here. */
function openLine(fd: number): Socket | undefined {
  try {
    return fstatSync(fd).isSocket() ? new Socket({ fd, readable: true, writable: true }) : undefined;
  } catch {
    return undefined; // whatever it is, the app runs
  }
}

/** Tells the supervisor something, where there is one. */
export function tellSupervisor(message: FromApp): void {
  if (message.type === "listening") hasAgent = true;
  if (line?.writable) line.write(messageLine(message));
}

/** The agent cannot run. `remsh start` waits for it and decides; anywhere else, and for a second one, it is a warning. */
export function tellOfFailure(error: unknown): void {
  const reason = reasonOf(error);
  if (line?.writable && !hasAgent) tellSupervisor({ type: "failed", reason, isTaken: isTaken(error) });
  else warn(`The app runs without its agent: ${reason}`);
}

function isTaken(error: unknown): boolean {
  return error instanceof RpcError && error.code === "SEVERAL_INSTANCES";
}

/** Keeps the process alive until the supervisor says with which code it is to end, or is gone without a word: then undefined. */
export function whenSupervisorEnds(then: (exitCode: number | undefined) => void): void {
  line?.ref().once("close", () => then(endCode));
}

/** What is to be said of the app's readiness for what the supervisor said last; undefined when it left that to the app. */
export function supervisionVerdict(): Verdict | undefined {
  return standing;
}

/** A supervisor that is gone can say nothing more of the app: somebody else says that it is ready. */
export function forgetLostSupervisor(): void {
  if (!line) standing = undefined;
}

/** Says that the entry is loaded when it is; an entry that fails ends the process by itself. */
export async function reportEntry(): Promise<void> {
  await entryLoaded();
  isLoaded = true;
  tellSupervisor({ type: "loaded" });
  sayLost();
}

function hear(text: string): void {
  // Written by the supervisor of this very version.
  const message = JSON.parse(text) as ToApp;
  switch (message.type) {
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
 * The supervisor was killed. The app goes on: one that it was about to stop is not stopped, and one that it had not called
 * ready yet, as its post_start hooks had not ended, waits for somebody else to do so.
 */
function lost(): void {
  line = undefined;
  undrain({ lease: START_LEASE });
  sayLost();
}

const LOST =
  "remsh start was killed before its post_start hooks had ended (start --adopt takes over; or restart the app, or call it ready with remsh ready)";

/** Until the entry has been evaluated that is what the app waits for: whoever takes it over knows by this when it has been. */
function sayLost(): void {
  if (standing && !line && isLoaded) standing = { ...standing, reason: LOST };
}
