// Finds the processes of other users that run this very app. Only root can see that: for any other user, an app of that
// name may well be another one.
import { readFileSync, realpathSync } from "node:fs";
import { socketsOf } from "../find/other-directories.ts";
import { userName } from "../find/users.ts";
import { KnownProcess } from "../processes/known-process.ts";
import { holdersOf } from "../processes/listening-process.ts";
import type { NamedProject } from "../project/project.ts";

/** Each as `4711 of user 998 (shop)`. */
export function runByOthers({ app, root }: Pick<NamedProject, "app" | "root">): string[] {
  return holdersOf(socketsOf(app).map(({ name }) => name)).flatMap((pid) => {
    const { user } = new KnownProcess(pid);
    if (user === undefined || user === process.getuid?.() || folderOf(pid) !== root) return [];
    return [`${pid} of ${userName(user)}`];
  });
}

/** The folder that REMSH_ROOT named when the process was started, else its working directory. */
function folderOf(pid: number): string | undefined {
  try {
    const [, root] = /(?:^|\0)REMSH_ROOT=([^\0]+)/.exec(readFileSync(`/proc/${pid}/environ`, "utf8")) ?? [];
    return realpathSync(root ?? `/proc/${pid}/cwd`);
  } catch {
    return undefined; // it is gone, or not this user's to see
  }
}
