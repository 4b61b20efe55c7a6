// Sets up everything around the commands: the database, the app, the folder of its socket. `strike` takes everything
// down in the opposite order, even if the set-up stopped half-way.
import { existsSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { freePort } from "../free-port.ts";
import { Child, type ChildOptions } from "./child.ts";

/** The app's folder: the commands are typed there. */
export const SHOP = fileURLToPath(new URL("../shop", import.meta.url));

const BUILT = fileURLToPath(new URL("../../dist/remsh.cjs", import.meta.url));
const DATABASE_PROGRAM = fileURLToPath(new URL("./database-process.ts", import.meta.url));

/** A command that has not ended by then hangs. */
const COMMAND_LIMIT_MS = 1000;
const APP_LIMIT_MS = 8000;
const DATABASE_LIMIT_MS = 15_000;

/** The app, its database, and the commands that run against it. */
export class Stage {
  /** The environment of the app and the commands. */
  readonly env = childEnvironment();
  readonly #commands = new Set<Child>();
  #app: Child | undefined;
  #database: Child | undefined;
  #isStruck = false;

  /** Starts the database and the app. It does not wait until the app is up: the first command does that. */
  async set(): Promise<{ url: string }> {
    if (!existsSync(BUILT)) throw new Error(`Cannot find "${BUILT}": remsh is not built (npm run build)`);
    // Not the system's folder for temporary files: its path may be too long for that of a Unix socket.
    this.env.REMSH_RUNTIME_DIR = await mkdtemp("/tmp/remsh-");
    this.env.DATABASE_URL = await this.#startDatabase();
    const port = process.env.PORT ?? String(await freePort());
    this.#app = this.#spawn(["bin/shop", "start"], { env: { ...this.env, PORT: port } });
    return { url: `http://127.0.0.1:${port}` };
  }

  /** Runs a line in a shell, in the app's folder. */
  command(line: string, onOutput: (text: string) => void): Child {
    const child = this.#spawn(["/bin/sh", "-c", line], { onOutput });
    this.#commands.add(child);
    void child.ended.finally(() => this.#commands.delete(child)).catch(() => {}); // reported where it is awaited
    return child;
  }

  /** True when everything is being taken down, or has been. */
  get isStruck(): boolean {
    return this.#isStruck;
  }

  /** The app's process. */
  get app(): Child {
    if (!this.#app) throw new Error("Cannot use the app: it is not started");
    return this.#app;
  }

  /** Rejects when the app has ended. */
  async appIsGone(): Promise<never> {
    const { code } = await this.app.ended;
    throw new Error(`The app ended with exit ${code} before it should:\n${this.app.output}`);
  }

  /** Ends all processes and removes everything that was made. */
  async strike(): Promise<void> {
    this.#isStruck = true;
    await Promise.all([...this.#commands].map((child) => child.stop(COMMAND_LIMIT_MS)));
    await this.#app?.stop(APP_LIMIT_MS);
    await this.#database?.stop(DATABASE_LIMIT_MS);
    if (this.env.REMSH_RUNTIME_DIR) await rm(this.env.REMSH_RUNTIME_DIR, { recursive: true, force: true });
  }

  async #startDatabase(): Promise<string> {
    // One that the environment names is asked by the same program, which also drops what it made there.
    const { DATABASE_URL } = process.env;
    this.#database = this.#spawn([process.execPath, "--import", "tsx", DATABASE_PROGRAM], {
      env: { ...this.env, ...(DATABASE_URL !== undefined && { DATABASE_URL }) },
      endsWithInput: true,
    });
    await this.#database.prints(/^DATABASE_URL=.*$/m);
    return /^DATABASE_URL=(.*)$/m.exec(this.#database.output)?.[1] ?? "";
  }

  #spawn(words: readonly string[], options: Partial<ChildOptions>): Child {
    if (this.#isStruck) throw new Error("Cannot start another process: the demo is over");
    return new Child(words, { cwd: SHOP, env: this.env, ...options });
  }
}

function childEnvironment(): NodeJS.ProcessEnv {
  const env: NodeJS.ProcessEnv = { ...process.env };
  // Node reads these certificates at every start, which costs more than a whole command.
  delete env.NODE_EXTRA_CA_CERTS;
  // The user may already work on another remsh app: its variables must not apply to the demo.
  for (const name of Object.keys(env)) if (name.startsWith("REMSH_")) delete env[name];
  return env;
}
