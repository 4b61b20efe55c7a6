// Refuses callers that mean the app in another folder: two apps on one host may have the same name.
import type { IncomingMessage } from "node:http";
import { FOLDER_HEADER, isSameApp, readFolderHeader } from "../../shared/app-folder.ts";
import { RpcError } from "../../shared/errors.ts";
import type { Gateway } from "./gateway.ts";

/** Refuses a caller that names another folder than this app's. @throws RpcError OTHER_APP */
export function checkFolder(
  { headers }: IncomingMessage,
  { folder, app: { identity } }: Pick<Gateway, "folder" | "app">,
): void {
  const said = headers[FOLDER_HEADER];
  const asked = typeof said === "string" ? readFolderHeader(said) : undefined;
  if (!asked || isSameApp(folder, asked)) return;
  const { app, instance } = identity;
  throw new RpcError(
    "OTHER_APP",
    `Cannot reach ${app}: the app in "${asked.root}" does not run here; ${app} ${instance} runs in "${folder.root}" (if you mean that one, name it with --app)`,
  );
}
