// `eval`: does the same as `rpc`, but in a new process. The app need not run, and is not started.
import type { RpcError } from "../../shared/errors.ts";
import { expressionName } from "../../shared/expression-name.ts";
import { timedOut } from "../../shared/outcomes.ts";
import { defined } from "../../shared/messages/protocol.ts";
import { callTimeout } from "../terminal/call-timeout.ts";
import { exitCodeOf } from "../terminal/failure.ts";
import { inOwnProcess, type OwnProcess } from "../terminal/own-process.ts";
import { rpc, type RpcOptions } from "./rpc.ts";
import { newRunId } from "../terminal/run-id.ts";
import type { Streams } from "../terminal/streams.ts";
import { Deadline } from "../wire/deadline.ts";
import { runPreConfigure } from "../hooks/run-pre-configure.ts";
import { startEvalProcess } from "../lifecycle/eval-process.ts";
import { findProject, named } from "../project/project.ts";

/** Options of `eval`. */
export interface EvalOptions extends RpcOptions {
  /** False: run no pre_configure hooks. Default: true. */
  hooks?: boolean | undefined;
}

/** Calls the task, reports as `rpc` does, and resolves to the exit code. @throws as {@link runPreConfigure}. */
export async function evaluate(options: EvalOptions, streams: Streams): Promise<number> {
  const env = { ...streams.env, ...named({ app: options.app }) };
  const deadline = new Deadline(callTimeout(options, env));
  const limit = { deadline, late: late(options.task, deadline) };
  const project = findProject(options, env);
  const variables = options.hooks === false ? {} : await runPreConfigure(project, { ...streams, env }, limit);
  // Read again, because these hooks may have written package.json.
  const configured = { project: findProject(options, env), env: { ...env, ...variables } };
  const own = await startEvalProcess(configured, limit);
  const exitCode = await call({ ...options, socket: own.address.socket, process: own, deadline }, streams);
  const ended = await own.end(exitCode);
  if (ended !== exitCode)
    streams.stderr.write(`"${options.task}" returned, and its process ended with exit ${ended}\n`);
  return ended;
}

/** Until the process is up the task has not begun. */
function late(task: string, { timeoutMs = 0 }: Deadline): (became?: string) => RpcError {
  const name = { run: newRunId(), task: expressionName(task) };
  return (became) => timedOut(name, timeoutMs, { state: "not-started", ...defined({ became }) });
}

/** @throws what `rpc` throws before there is a run. By then the process has ended with the exit code of that error. */
async function call(
  options: RpcOptions & { process: OwnProcess; deadline: Deadline },
  streams: Streams,
): Promise<number> {
  const { process: own, task, deadline } = options;
  try {
    return await rpc(options, streams);
  } catch (error) {
    const failure = await inOwnProcess(own, error, { run: "", task, deadline });
    await own.end(exitCodeOf(failure));
    throw failure;
  }
}
