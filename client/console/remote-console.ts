// A console backend that evaluates in the live app, over a separate connection.
import type {
  ConsoleCompleteResult,
  ConsoleDisplay,
  ConsoleEvaluateResult,
  ConsoleMoreResult,
  ConsoleOpenParams,
  ConsoleOpenResult,
} from "../../shared/messages/console-messages.ts";
import { RpcError } from "../../shared/errors.ts";
import type { Method, Params, Result } from "../../shared/messages/methods.ts";
import { defined } from "../../shared/messages/protocol.ts";
import { lostAnswer, silent, type Address } from "../wire/address.ts";
import type { Connection } from "../connection.ts";
import { expiryOf } from "../expiry.ts";
import { Deadline } from "../wire/deadline.ts";
import { ANSWER_LIMIT_MS, CONSOLE_CLOSE_LIMIT_MS } from "../wire/limits.ts";
import { open } from "../open.ts";
import type { EvaluateOptions, OpenConsole, Printed } from "./console-backend.ts";

/** What makes a {@link RemoteConsole}. */
export interface RemoteOptions {
  address: Address;
  /** When it must be open. */
  deadline: Deadline;
  who: string;
  /** How long an evaluation may stop the app. Default: the agent's. */
  timeoutMs?: number | undefined;
  /** Whether to evaluate the app's start file. */
  startFile?: boolean;
  onPrinted: (printed: Printed) => void;
}

/** One console in the app. */
export class RemoteConsole implements OpenConsole {
  readonly isSafe = false;
  /** What the agent said about the app. */
  readonly app: ConsoleOpenResult;
  readonly ended: Promise<void>;
  readonly #connection: Connection;
  readonly #options: RemoteOptions;

  private constructor(connection: Connection, app: ConsoleOpenResult, options: RemoteOptions) {
    this.#connection = connection;
    this.#options = options;
    this.app = app;
    this.ended = connection.ended;
    connection.listen(app.console, { onConsoleOutput: options.onPrinted });
  }

  /** @throws RpcError when the agent cannot be reached or opens no console. */
  static async open(options: RemoteOptions): Promise<RemoteConsole> {
    const { address, who, deadline, startFile } = options;
    const connection = await open(address, { deadline });
    const params: ConsoleOpenParams = { who, ...defined({ startFile }) };
    try {
      const app = await ask(connection, address, { method: "console.open", params, deadline });
      return new RemoteConsole(connection, app, options);
    } catch (error) {
      connection.close();
      throw error;
    }
  }

  evaluate(source: string, { bare, columns, colors, deadline }: EvaluateOptions): Promise<ConsoleEvaluateResult> {
    const { label } = this.#options.address;
    // The agent limits how long it stops the app. The caller limits the evaluation as a whole.
    const limits = { timeoutMs: this.#options.timeoutMs, expiry: deadline && expiryOf(deadline).expiry };
    const params = { source, ...defined({ bare, columns, colors, ...limits }) };
    const became = { "not-started": "it did not start", unknown: "it may or may not have finished" } as const;
    return this.#connection.request({
      method: "console.evaluate",
      params: { console: this.app.console, ...params },
      lost: (state) =>
        new RpcError("CONNECTION_LOST", `Lost ${label} during the evaluation: ${became[state]}`, { state }),
    });
  }

  complete(line: string): Promise<ConsoleCompleteResult> {
    return this.#ask("console.complete", { console: this.app.console, line });
  }

  async interrupt(): Promise<void> {
    await this.#ask("console.interrupt", { console: this.app.console });
  }

  more(display: ConsoleDisplay): Promise<ConsoleMoreResult> {
    return this.#ask("console.more", { console: this.app.console, ...display });
  }

  async close(): Promise<void> {
    this.#connection.close(CONSOLE_CLOSE_LIMIT_MS);
    await this.ended;
  }

  #ask<M extends Method>(method: M, params: Params<M>): Promise<Result<M>> {
    return ask(this.#connection, this.#options.address, { method, params });
  }
}

interface Asked<M extends Method> {
  method: M;
  params: Params<M>;
  deadline?: Deadline;
}

function ask<M extends Method>(
  connection: Connection,
  address: Address,
  { method, params, deadline = new Deadline(ANSWER_LIMIT_MS) }: Asked<M>,
): Promise<Result<M>> {
  return connection.request({
    method,
    params: { ...params, ...defined({ timeoutMs: deadline.leftMs }) },
    lost: (_state, cause) => lostAnswer(address, `"${method}"`, cause),
    limit: deadline.limit(() => silent(address, deadline)),
  });
}
