// Several real processes that migrate at the same moment.
import { fork, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { onTestFinished } from "vitest";
import type { MigrationReport } from "../../../agent/migrate/index.ts";

/** What one process answered. */
export interface Answer {
  exitCode: number;
  value?: MigrationReport[];
  message?: string;
  printed: string[];
}

/** A process that migrates on demand. */
export class Caller {
  readonly process: ChildProcess;

  constructor() {
    this.process = fork(new URL("fixtures/caller.ts", import.meta.url), { execArgv: ["--import", "tsx"] });
    onTestFinished(() => void this.process.kill("SIGKILL"));
  }

  /** Resolves when the process is ready for an order. */
  async ready(): Promise<this> {
    await once(this.process, "message");
    return this;
  }

  /** Tells it to migrate, and resolves to its answer. */
  async migrate(order: {
    url: string;
    directory: string;
    engine?: string;
    command?: string;
    args?: object;
  }): Promise<Answer> {
    this.process.send(order);
    const [answer] = (await once(this.process, "message")) as [Answer];
    return answer;
  }
}

/** Starts this many processes; they end with the test. */
export async function startCallers(count: number): Promise<Caller[]> {
  return Promise.all(Array.from({ length: count }, () => new Caller().ready()));
}
