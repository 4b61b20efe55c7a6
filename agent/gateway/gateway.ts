// Assembles the parts of the gateway. Each part has one job, and gets only the other parts that it needs.
import type { MessagePort } from "node:worker_threads";
import type { OwnFolder } from "../../shared/app-folder.ts";
import { Admission } from "./admission/admission.ts";
import { AppState } from "./admission/app-state.ts";
import { BusyConsoles } from "./consoles/busy-consoles.ts";
import type { GatewayData } from "../border/channel.ts";
import { ExpressionRuns } from "./expressions/expression-runs.ts";
import { Inspection } from "./inspection/inspection.ts";
import { MainThread } from "./relay/main-thread.ts";
import { Relays } from "./relay/relays.ts";
import { Runs } from "./runs.ts";

/** The parts that connections use. */
export interface Gateway {
  readonly folder: OwnFolder;
  readonly app: AppState;
  readonly mainThread: MainThread;
  readonly inspection: Inspection;
  readonly admission: Admission;
  readonly relays: Relays;
  readonly consoles: BusyConsoles;
  readonly expressions: ExpressionRuns;
  readonly runs: Runs;
}

/** Creates the gateway of an agent that was started with this data; `port` leads to the main thread. */
export function createGateway(data: GatewayData, port: MessagePort): Gateway {
  const app = new AppState(data);
  const mainThread = new MainThread(port);
  const admission = new Admission(data.limits);
  const relays = new Relays({ app, mainThread, admission });
  const consoles = new BusyConsoles();
  const expressions = new ExpressionRuns(data.limits);
  const runs = new Runs({ app, relays, expressions, consoles });
  const inspection = new Inspection(data.mayInspect);
  return { folder: data.folder, app, mainThread, inspection, admission, relays, consoles, expressions, runs };
}
