// A safe session: expressions over tasks that share their variables, over a separate connection. `remote --safe` is a
// line editor for it.
import { randomBytes } from "node:crypto";
import { RpcError } from "../shared/errors.ts";
import { expressionName } from "../shared/expression-name.ts";
import { connectionLost, withDeadline } from "../shared/outcomes.ts";
import type { RunOutput, RunProgress } from "../shared/messages/messages.ts";
import { defined } from "../shared/messages/protocol.ts";
import { lostAnswer, type Address } from "./wire/address.ts";
import { decodeResult } from "./call-values.ts";
import type { Connection } from "./connection.ts";
import { Deadline } from "./wire/deadline.ts";
import { expiryOf } from "./expiry.ts";
import { ANSWER_LIMIT_MS } from "./wire/limits.ts";
import { open } from "./open.ts";

/** Options of {@link SafeSession.evaluate}. */
export interface SafeEvaluateOptions {
  /** The deadline, tasks included. Default: none. */
  deadline?: Deadline | undefined;
  /** Receives what the expression and its tasks print. */
  onOutput?: ((output: RunOutput) => void) | undefined;
  onProgress?: ((progress: RunProgress) => void) | undefined;
}

/** An open safe session. Its variables are lost when an expression runs out of time or memory, or is interrupted. */
export class SafeSession {
  /** Resolves when the connection has ended, and the session with it. */
  readonly ended: Promise<void>;
  readonly #connection: Connection;
  readonly #address: Address;
  readonly #session = randomBytes(8).toString("hex");
  #run: string | undefined;

  private constructor(connection: Connection, address: Address) {
    this.#connection = connection;
    this.#address = address;
    this.ended = connection.ended;
  }

  /** @throws RpcError when the agent cannot be reached. */
  static async open(address: Address, deadline = new Deadline(ANSWER_LIMIT_MS)): Promise<SafeSession> {
    return new SafeSession(await open(address, { deadline }), address);
  }

  /**
   * Evaluates and resolves to the value; one expression at a time.
   *
   * @throws TaskError when the expression or one of its tasks threw; RpcError, identified by its `code`, when the
   * expression did not finish.
   */
  async evaluate(code: string, options: SafeEvaluateOptions = {}): Promise<unknown> {
    const { deadline = new Deadline(), onOutput, onProgress } = options;
    const { timeoutMs, leftMs } = deadline;
    const run = randomBytes(8).toString("hex");
    this.#run = run;
    const stopListening = this.#connection.listen(run, { onOutput, onProgress });
    const name = { run, task: expressionName(code) };
    try {
      const result = await this.#connection.request({
        method: "evaluate",
        params: { code, run, session: this.#session, ...expiryOf({ leftMs }) },
        lost: (state, cause) => connectionLost(this.#address.label, name, { state, ...defined({ cause }) }),
      });
      return await decodeResult(result);
    } catch (error) {
      throw withDeadline(error, name, { sentMs: leftMs, timeoutMs });
    } finally {
      stopListening();
      this.#run = undefined;
    }
  }

  /** Cancels the expression under way, which then rejects with CANCELLED. Does nothing if none is under way. */
  async interrupt(): Promise<void> {
    if (this.#run === undefined) return;
    try {
      await this.#connection.request({
        method: "cancel",
        params: { run: this.#run },
        lost: (_state, cause) => lostAnswer(this.#address, '"cancel"', cause),
      });
    } catch (error) {
      // The expression has just ended by itself.
      if (!(error instanceof RpcError) || error.code !== "UNKNOWN_RUN") throw error;
    }
  }

  close(): void {
    this.#connection.close();
  }
}
