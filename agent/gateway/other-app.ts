// A caller that means the app of another folder: of two apps with one name on one host, this one is not its own.
import type { IncomingMessage } from "node:http";
import { FOLDER_HEADER, isSameApp, readFolderHeader } from "../../shared/app-folder.ts";
import { RpcError } from "../../shared/errors.ts";
import type { Gateway } from "./gateway.ts";

/** Refuses a caller that says for which folder it speaks, and it is not this app's. @throws RpcError OTHER_APP */
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
    `Cannot reach ${app}: the one of "${asked.root}" does not run here; ${app} ${instance} is that of "${folder.root}" (name it with --app where that one is meant)`,
  );
}
