// Starts the gateway thread, starts it again when it ends by an error, and removes what it leaves behind.
import { rmdirSync } from "node:fs";
import path from "node:path";
import { Worker } from "node:worker_threads";
import { RpcError } from "../shared/errors.ts";
import type { Channel, FromGateway, GatewayData, ToGateway } from "./border/channel.ts";
import { mayInspect } from "./gateway/inspection/inspector-access.ts";
import { monotonicMs } from "./gateway/admission/pulse.ts";
import { removeOwn } from "../shared/socket-file.ts";
import { restartDelayMs } from "./tasks/restart-delay.ts";
import { reasonOf } from "./tasks/thrown.ts";

/** A gateway that has served this long has recovered from whatever ended the one before. */
const STEADY_AFTER_MS = 10_000;

/** How long the gateway may take to close before it is ended. */
const CLOSE_LIMIT_MS = 2000;

/** How long an app that has nothing else to do waits for its last answers to leave. */
const FLUSH_LIMIT_MS = 1000;

/** What the gateway thread asks of the main thread. */
export interface GatewayHandlers {
  connected(channel: Channel): void;
  /** Answers with {@link GatewayThread.tell}. */
  ready(question: number): void;
  /** The gateway ended by an error, or a new one could not listen: `sentence` says so. A new one will be started. */
  trouble(sentence: string): void;
}

interface Settle {
  resolve: () => void;
  reject: (error: Error) => void;
}

/** The gateway thread of one agent. */
export class GatewayThread {
  readonly #data: Omit<GatewayData, "mayInspect">;
  readonly #handlers: GatewayHandlers;
  readonly #atExit = () => this.#removeSocket();
  #worker: Worker | undefined;
  #identity: string | undefined;
  #failures = 0;
  /** Gateways that were started anew since one has listened. */
  #refused = 0;
  #lastTrouble = "";
  #closing = false;
  #flushed = () => {};

  constructor(data: Omit<GatewayData, "mayInspect">, handlers: GatewayHandlers) {
    this.#data = data;
    this.#handlers = handlers;
  }

  /**
   * Starts the thread and resolves when it listens. Until then the process stays alive: the app awaits it.
   *
   * @throws RpcError when it cannot listen; nothing is left running then.
   */
  async start(): Promise<void> {
    const worker = this.#create();
    worker.ref();
    try {
      await this.#listening(worker);
    } finally {
      worker.unref();
    }
    process.on("exit", this.#atExit);
  }

  /** Tells the gateway something; a gateway that is being started anew does not hear it. */
  tell(message: ToGateway): void {
    this.#worker?.postMessage(message);
  }

  /** Resolves when what was answered is on its way, or after a second. Meanwhile the process stays alive. */
  flush(): Promise<void> {
    if (!this.#worker) return Promise.resolve();
    return new Promise((resolve) => {
      const limit = setTimeout(resolve, FLUSH_LIMIT_MS);
      this.#flushed = () => {
        clearTimeout(limit);
        resolve();
      };
      this.tell({ type: "flush" });
    });
  }

  /** Ends the thread and removes its socket. */
  async close(): Promise<void> {
    this.#closing = true;
    const worker = this.#worker;
    if (worker) {
      const ended = new Promise((resolve) => worker.once("exit", resolve));
      const limit = setTimeout(() => void worker.terminate(), CLOSE_LIMIT_MS);
      this.tell({ type: "close" });
      await ended;
      clearTimeout(limit);
    }
    process.off("exit", this.#atExit);
    // The thread has removed its socket, unless it could not any more.
    this.#removeSocket();
  }

  #create(): Worker {
    // No option and no variable of the app's: an inherited --import would load the app's preloads in the thread again.
    const worker = new Worker(new URL("./gateway.cjs", import.meta.url), {
      workerData: { ...this.#data, mayInspect: mayInspect() } satisfies GatewayData,
      execArgv: [],
      env: {},
      // V8 would let it grow to 32 MiB for messages that live a moment: the app's memory, and no calls more for it.
      resourceLimits: { maxYoungGenerationSizeMb: 6 },
      // Node would pipe them into the app's own streams, and the listener of a pipe turns a line that a full disk refuses, which
      // `console.log` lets pass, into an error that ends the app. Nothing is printed in there, so nothing is read.
      stdout: true,
      stderr: true,
      name: "remsh",
    });
    // The agent never keeps the app's process alive.
    worker.unref();
    this.#worker = worker;
    return worker;
  }

  #listening(worker: Worker): Promise<void> {
    const startedAt = monotonicMs();
    let reason = "its thread was ended";
    return new Promise((resolve, reject) => {
      worker.on("message", (message: FromGateway) => this.#hear(message, { resolve, reject }));
      worker.on("error", (error: unknown) => (reason = reasonOf(error))); // "exit" follows
      worker.once("exit", () => {
        reject(new RpcError("INTERNAL", `Cannot start the gateway: ${reason}`));
        this.#worker = undefined;
        if (this.#identity !== undefined) this.#restart(monotonicMs() - startedAt, reason);
      });
    });
  }

  #hear(message: FromGateway, { resolve, reject }: Settle): void {
    switch (message.type) {
      case "listening":
        this.#refused = 0;
        this.#identity = message.identity;
        return resolve();
      case "failed":
        return reject(new RpcError(message.code, message.message));
      case "connected":
        return this.#handlers.connected(message.channel);
      case "ready?":
        return this.#handlers.ready(message.question);
      case "flushed":
        return this.#flushed();
      case "trouble":
        return this.#complain(message.message);
    }
  }

  #restart(servedMs: number, reason: string): void {
    if (this.#closing) return;
    if (servedMs > STEADY_AFTER_MS) this.#failures = 0;
    if (this.#failures === 0) this.#complain(`The gateway ended and starts again: ${reason}`);
    setTimeout(() => void this.#startAgain(), restartDelayMs(this.#failures, this.#refused)).unref();
    this.#failures++;
  }

  async #startAgain(): Promise<void> {
    if (this.#closing) return;
    this.#refused++;
    let worker: Worker;
    try {
      worker = this.#create();
    } catch (error) {
      this.#complain(`The gateway could not start again: ${reasonOf(error)}`);
      return this.#restart(0, "");
    }
    await this.#listening(worker).catch((error: unknown) => {
      this.#complain(`The gateway could not start again: ${reasonOf(error)}`); // its "exit" starts the next
    });
  }

  /** Every second the same sentence would tell nobody anything. */
  #complain(sentence: string): void {
    if (sentence !== this.#lastTrouble) this.#handlers.trouble(sentence);
    this.#lastTrouble = sentence;
  }

  /** Removes the socket if it is still ours: the thread, which would do it, may not come to it any more. */
  #removeSocket(): void {
    if (this.#identity === undefined) return;
    try {
      removeOwn(this.#data.socket, this.#identity);
    } catch {
      // The directory is not ours any more: what is in it is not either.
    }
    this.#removeDirectory();
  }

  /** Removes the app's directory, if it is empty. */
  #removeDirectory(): void {
    if (!this.#data.ownsDirectory) return;
    try {
      rmdirSync(path.dirname(this.#data.socket));
    } catch {
      // Another instance lives in it, or it is gone: both are how it should be.
    }
  }
}
