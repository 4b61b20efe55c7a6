// Starts the gateway thread, starts it again when it ends by an error, and removes what it leaves behind.
import { rmdirSync, statSync, unlinkSync } from "node:fs";
import path from "node:path";
import { Worker } from "node:worker_threads";
import { RpcError } from "../shared/errors.ts";
import type { Channel, FromGateway, GatewayData, ToGateway } from "./gateway/channel.ts";

/** Waits before a new start: at once, then slower, always within a second. */
const RESTART_DELAYS_MS = [50, 200, 900];

/** A gateway that has served this long has recovered from whatever ended the one before. */
const STEADY_AFTER_MS = 10_000;

/** How long the gateway may take to close before it is ended. */
const CLOSE_LIMIT_MS = 2000;

/** What the gateway thread asks of the main thread. */
export interface GatewayHandlers {
  connected(channel: Channel): void;
  /** Answers with {@link GatewayThread.tell}. */
  ready(question: number): void;
  /** The gateway ended by an error, or a new one could not listen: `sentence` says so. A new one will be started. */
  trouble(sentence: string): void;
}

/** The gateway thread of one agent. */
export class GatewayThread {
  readonly #data: GatewayData;
  readonly #handlers: GatewayHandlers;
  readonly #atExit = () => this.#removeSocket();
  #worker: Worker | undefined;
  #inode: number | undefined;
  #failures = 0;
  #closing = false;

  constructor(data: GatewayData, handlers: GatewayHandlers) {
    this.#data = data;
    this.#handlers = handlers;
  }

  /**
   * Starts the thread and resolves when it listens.
   *
   * @throws RpcError when it cannot listen; nothing is left running then.
   */
  async start(): Promise<void> {
    await this.#spawn();
    process.on("exit", this.#atExit);
  }

  /** Tells the gateway something; a gateway that is being started anew does not hear it. */
  tell(message: ToGateway): void {
    this.#worker?.postMessage(message);
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
    this.#removeSocket();
  }

  #spawn(): Promise<void> {
    // An inherited --import would load the app's preloads in the thread again.
    const worker = new Worker(new URL("./gateway.js", import.meta.url), {
      workerData: this.#data,
      execArgv: [],
      name: "remsh",
    });
    // The agent never keeps the app's process alive.
    worker.unref();
    this.#worker = worker;
    return new Promise((resolve, reject) => {
      worker.on("message", (message: FromGateway) => this.#hear(message, { resolve, reject }));
      worker.on("error", (error) => reject(error)); // "exit" follows, and with it the new start
      const startedAt = Date.now();
      worker.once("exit", () => {
        reject(new RpcError("INTERNAL", "Cannot start the gateway: its thread ended"));
        this.#worker = undefined;
        if (this.#inode !== undefined) this.#restart(Date.now() - startedAt);
      });
    });
  }

  #hear(message: FromGateway, settle: { resolve: () => void; reject: (error: Error) => void }): void {
    switch (message.type) {
      case "listening":
        this.#inode = message.inode;
        return settle.resolve();
      case "failed":
        return settle.reject(new RpcError(message.code, message.message));
      case "connected":
        return this.#handlers.connected(message.channel);
      case "ready?":
        return this.#handlers.ready(message.question);
    }
  }

  #restart(servedMs: number): void {
    if (this.#closing) return;
    if (servedMs > STEADY_AFTER_MS) this.#failures = 0;
    const delayMs = RESTART_DELAYS_MS[Math.min(this.#failures, RESTART_DELAYS_MS.length - 1)];
    this.#failures++;
    setTimeout(() => {
      if (this.#closing) return;
      this.#spawn().catch((error: unknown) => {
        this.#handlers.trouble(
          `The gateway could not start again: ${error instanceof Error ? error.message : String(error)}`,
        );
      });
    }, delayMs).unref();
  }

  /** Removes the socket if it is still ours, and the app's directory if it is empty. */
  #removeSocket(): void {
    const { socket, ownsDirectory } = this.#data;
    try {
      if (this.#inode === undefined || statSync(socket).ino !== this.#inode) return;
      unlinkSync(socket);
      if (ownsDirectory) rmdirSync(path.dirname(socket));
    } catch {
      // Gone already, or another instance lives in the directory: both are how it should be.
    }
  }
}
