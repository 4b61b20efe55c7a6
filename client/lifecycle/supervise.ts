// Starts the app and supervises it: in this process or, if Node can, in a fresh program that replaces this process. The
// code that the first hooks and the settings have loaded is then not in memory as long as the app runs.
import type { Streams } from "../terminal/streams.ts";
import type * as AdoptedAppModule from "./adopted-app.ts";
import { announceStart } from "./announce-start.ts";
import { AppProcess } from "./app-process.ts";
import { giveBack } from "../processes/lock-holder.ts";
import { keepLog } from "./log-rotation.ts";
import { signalExitCode } from "../../shared/signal-exit-code.ts";
import { interruptedBy, signalsHeard, type Signals } from "../processes/signals.ts";
import { spawnFailure } from "../processes/spawn-failure.ts";
import type { SupervisionPlan } from "./supervision-plan.ts";
import { markOf, recordFile, removeRecord, writeRecord } from "./supervision-record.ts";
import { Supervisor, type SupervisedProcess } from "./supervisor.ts";

// Loaded when it is needed: the supervisor of a child waits without it.
declare function require(bundle: "./adopted-app.cjs"): typeof AdoptedAppModule;

/**
 * Starts the app and resolves to its exit code when it has ended. The streams' environment, with the plan's variables,
 * becomes the app's. `signals` are this process's signals: if one has already asked to end, the app is not started.
 */
export async function supervise(plan: SupervisionPlan, given: Streams, signals: Signals): Promise<number> {
  const { words, variables } = plan;
  const streams = { ...given, env: { ...given.env, ...variables } };
  let app: SupervisedProcess | undefined;
  try {
    await signalsHeard();
    if (signals.first) {
      streams.stderr.write(`${interruptedBy(signals.first)}\n`);
      return signalExitCode(signals.first);
    }
    app = begin(plan, streams);
    const { instance, socket } = plan.adopts ?? plan;
    const { isUp } = plan.adopts ?? {};
    const processes = { supervisor: markOf(process.pid), app: markOf(app.pid) };
    const added = Object.keys(variables).filter((name) => given.env[name] === undefined);
    const record = { ...processes, instance, socket, isUp, words, added };
    writeRecord(plan.record, record);
    const announce = announceStart(streams.env, plan.waitingFile);
    const supervisor = new Supervisor(app, { plan, streams, announce, record });
    signals.giveTo(supervisor);
    if (plan.log) keepLog(plan.log);
    return await supervisor.ended();
  } catch (error) {
    const failure = spawnFailure(`start ${plan.app}`, error);
    if (!failure) throw error;
    streams.stderr.write(`${failure.message}\n`);
    return failure.exitCode;
  } finally {
    if (app) removeRecord(recordFile(plan.record, app));
    giveBack(plan.lock);
    signals.ignore();
  }
}

function begin(plan: SupervisionPlan, { env, stderr }: Streams): SupervisedProcess {
  if (!plan.adopts) return new AppProcess(plan, env);
  const { AdoptedApp } = require("./adopted-app.cjs");
  return new AdoptedApp(plan.app, plan.adopts, (sentence) => stderr.write(`${plan.app} ${sentence}\n`));
}
