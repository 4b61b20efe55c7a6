// `reload`: a new task, or a fixed one, in the running app without a restart.
import type { ReloadResult } from "../../shared/messages.ts";
import type { GlobalOptions } from "../cli/global-options.ts";
import type { Streams } from "../cli/streams.ts";
import { findAgent } from "../discover.ts";
import { request } from "../request.ts";

/** Has the app import its tasks again. @throws RpcError when it cannot; the old ones then stay. */
export async function reload(options: GlobalOptions, { stdout, env }: Streams): Promise<void> {
  const result = await request<ReloadResult>(await findAgent(options, env), { method: "reload", params: {} });
  stdout.write(
    options.json ? `${JSON.stringify(result)}\n` : `${result.tasks} ${result.tasks === 1 ? "task" : "tasks"}\n`,
  );
}
