// Starts the gateway thread, restarts it when it fails, and removes the socket and directory that it leaves behind.
import { rmdirSync } from "node:fs";
import path from "node:path";
import { Worker } from "node:worker_threads";
import { RpcError } from "../shared/errors.ts";
import type { Channel, FromGateway, GatewayData, ToGateway } from "./border/channel.ts";
import { ownFile } from "./instance/own-files.ts";
import { asNodePort } from "./border/node-port.ts";
import { mayInspect } from "./border/inspector-access.ts";
import { monotonicMs } from "../shared/boot-clock.ts";
import { removeOwn } from "../shared/socket-file.ts";
import { restartDelayMs } from "./tasks/restart-delay.ts";
import { reasonOf } from "./tasks/thrown.ts";

/** A gateway that has served for this long has recovered from the error that ended the one before. */
const STEADY_AFTER_MS = 10_000;

/** How long the gateway may take to close before its thread is terminated. */
const CLOSE_LIMIT_MS = 2000;

/** How long an app that has nothing else to do waits for its last answers to be sent. */
const FLUSH_LIMIT_MS = 1000;

/** What the gateway thread needs from the main thread. */
export interface GatewayHandlers {
  connected(channel: Channel): void;
  /** Asked whether the app is ready; the handler answers with {@link GatewayThread.tell}. */
  ready(question: number): void;
  /** The gateway failed, or a new one could not listen; `sentence` says which. A new gateway will be started. */
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
  /** How many gateways have been started since one last listened. */
  #refused = 0;
  #lastTrouble = "";
  #closing = false;
  #flushed = () => {};

  constructor(data: Omit<GatewayData, "mayInspect">, handlers: GatewayHandlers) {
    this.#data = data;
    this.#handlers = handlers;
  }

  /**
   * Starts the thread and resolves when it listens. Until then the process stays alive, because the app awaits this.
   *
   * @throws RpcError when it cannot listen; then nothing is left running.
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

  /** Sends a message to the gateway. The message is lost while the gateway is being restarted. */
  tell(message: ToGateway): void {
    this.#worker?.postMessage(message);
  }

  /** Resolves when all answers are on their way, or after a second. Meanwhile the process stays alive. */
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
    // Usually the thread has removed its socket already. This covers the case that it could not.
    this.#removeSocket();
  }

  #create(): Worker {
    // The thread gets none of the app's options or variables: an inherited --import would load the app's preloads
    // again.
    const worker = new Worker(ownFile("gateway.cjs"), {
      workerData: { ...this.#data, mayInspect: mayInspect() } satisfies GatewayData,
      execArgv: [],
      env: {},
      // V8 would let this heap grow to 32 MiB for messages that live for a moment. That takes memory from the app
      // without serving more calls.
      resourceLimits: { maxYoungGenerationSizeMb: 6 },
      // By default Node pipes these streams into the app's own. If a full disk refuses a line, `console.log` ignores
      // the error, but the pipe's listener would turn it into an error that ends the app. The thread prints nothing, so
      // nothing is read.
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
        return this.#handlers.connected({ ...message.channel, port: asNodePort(message.channel.port) });
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

  /** Reports each sentence once: repeating it every second does not help. */
  #complain(sentence: string): void {
    if (sentence !== this.#lastTrouble) this.#handlers.trouble(sentence);
    this.#lastTrouble = sentence;
  }

  /** Removes the socket if it is still this agent's. The thread normally does so, but may not have had the chance. */
  #removeSocket(): void {
    if (this.#identity === undefined) return;
    try {
      removeOwn(this.#data.socket, this.#identity);
    } catch {
      // The directory is no longer this agent's, so neither is the socket in it.
    }
    this.#removeDirectory();
  }

  /** Removes the app's directory, if it is empty. */
  #removeDirectory(): void {
    if (!this.#data.ownsDirectory) return;
    try {
      rmdirSync(path.dirname(this.#data.socket));
    } catch {
      // The directory holds another instance's socket, or is already gone. Both are fine.
    }
  }
}
