// What `daemon` waits for: that the start it has begun removes a file. Not a pipe, since that start becomes another program
// on the way and keeps no descriptor; and not a socket, which would cost the program that stays a third of a MiB.
import { existsSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { makePrivateDirectory, runtimeDirectory, type Environment } from "../../shared/addresses.ts";

/** As `stop` looks for a process that ends. */
const LOOK_EVERY_MS = 20;

/** A file that is there for as long as somebody waits. */
export class WaitingFile {
  readonly path: string;

  /** @throws RpcError DENIED when the runtime directory is not private to this user. */
  constructor(env: Environment) {
    const directory = runtimeDirectory(env);
    makePrivateDirectory(directory);
    this.path = path.join(directory, `daemon-${process.pid}.waits`);
    writeFileSync(this.path, "", { mode: 0o600 });
  }

  /** Resolves when it has been removed. */
  async removed(): Promise<void> {
    while (existsSync(this.path)) await sleep(LOOK_EVERY_MS);
  }

  remove(): void {
    rmSync(this.path, { force: true });
  }
}
