// Where an agent listens and a client looks: <runtime directory>/<app>/<instance>.sock, and what makes such a directory
// safe. Directories are 0700 and sockets 0600, so the file system decides who may connect.
import { accessSync, constants, lstatSync, statSync } from "node:fs";
import path from "node:path";
import { RpcError } from "./errors.ts";
import { makeDirectory } from "./make-directory.ts";
import { temporaryRuntimeDirectories, temporaryRuntimeDirectory } from "./temporary-runtime-directory.ts";

/** An environment, such as `process.env`. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** The longest path of a Unix socket in bytes that Linux (107) and macOS (103) both take. */
export const MAX_SOCKET_PATH_BYTES = 103;

const NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/;

/**
 * The directory that holds one directory per app: REMSH_RUNTIME_DIR, XDG_RUNTIME_DIR/remsh, /run/remsh, or one in /tmp.
 * If another user has taken the usual name in /tmp, another directory is made there.
 */
export function runtimeDirectory(env: Environment): string {
  if (env.REMSH_RUNTIME_DIR) return path.resolve(env.REMSH_RUNTIME_DIR);
  if (env.XDG_RUNTIME_DIR) return path.resolve(env.XDG_RUNTIME_DIR, "remsh");
  if (isWritable("/run/remsh") || isWritable("/run")) return "/run/remsh";
  // Loaded here, when it is needed: most clients find one of the directories above.
  return temporaryRuntimeDirectory(process.getBuiltinModule("node:os").tmpdir(), userId());
}

/** Where this user's agents may listen if they were started with other variables, by a login session or by cron. */
export function usualRuntimeDirectories(): string[] {
  const uid = userId();
  const temporary = [...new Set([process.getBuiltinModule("node:os").tmpdir(), "/tmp"])];
  return [
    `/run/user/${uid}/remsh`,
    "/run/remsh",
    ...temporary.flatMap((directory) => temporaryRuntimeDirectories(directory, uid)),
  ];
}

/**
 * The path of an instance's socket. `name` is the app's name or that of its directory: see {@link directoryName}.
 *
 * @throws RpcError BAD_ARGUMENTS when a name cannot be part of a path or the path is too long for a socket.
 */
export function socketPath(directory: string, name: string, instance: string): string {
  checkName("app", appInDirectory(name));
  return checkSocketPath(path.join(directory, name, `${checkName("instance", instance)}.sock`));
}

/** Returns the path, if a Unix socket can have it. */
export function checkSocketPath(file: string): string {
  const bytes = Buffer.byteLength(file);
  if (bytes <= MAX_SOCKET_PATH_BYTES) return file;
  throw new RpcError(
    "BAD_ARGUMENTS",
    `Cannot use the socket "${file}": its path has ${bytes} bytes, the system takes ${MAX_SOCKET_PATH_BYTES} (set REMSH_RUNTIME_DIR to a shorter directory)`,
  );
}

/** Returns the name, if it can be part of a path. */
export function checkName(what: "app" | "instance", name: string): string {
  if (NAME.test(name)) return name;
  throw new RpcError(
    "BAD_ARGUMENTS",
    `Cannot use "${name}" as the name of an ${what}: it must be 1 to 64 letters, digits, dots, dashes or underscores, and begin with a letter or digit`,
  );
}

/** The app's name for a package's name: `shop` for `@acme/shop`. */
export function appNameOf(packageName: string): string {
  return packageName.slice(packageName.lastIndexOf("/") + 1);
}

/**
 * The name of the app's directory among other apps' directories. For an app that is named after its package, it
 * includes the package's scope, `@acme+shop`, because `@other/shop` is another app.
 *
 * @throws RpcError BAD_ARGUMENTS when the name cannot be part of a path.
 */
export function directoryName(app: string, packageName: string | undefined): string {
  const [, scope] = /^@([A-Za-z0-9][A-Za-z0-9._-]*)\//.exec(packageName ?? "") ?? [];
  const name = checkName("app", app);
  return scope !== undefined && appNameOf(packageName ?? "") === app ? `@${scope}+${name}` : name;
}

/** The app whose directory has that name. */
export function appInDirectory(name: string): string {
  return name.startsWith("@") ? name.slice(name.indexOf("+") + 1) : name;
}

/**
 * Makes the directory if it is missing, and checks that it is a private one of this user.
 *
 * @throws RpcError DENIED when it belongs to another user, is open to others, or is not a directory.
 */
export function makePrivateDirectory(directory: string): void {
  makeDirectory(directory, 0o700);
  checkPrivateDirectory(directory);
}

/** @throws RpcError DENIED when the directory belongs to another user, is open to others, or is not a directory. */
export function checkPrivateDirectory(directory: string): void {
  const stats = lstatSync(directory);
  const uid = userId();
  if (!stats.isDirectory()) throw denied(directory, "it is not a directory");
  // root may use every user's directory.
  if (stats.uid !== uid && uid !== 0) throw denied(directory, ofAnother(stats.uid, uid));
  if ((stats.mode & 0o077) !== 0) {
    throw denied(directory, `others may use it (mode ${(stats.mode & 0o777).toString(8)}); chmod it to 700`);
  }
}

/**
 * Refuses another user's socket: its process could answer in the app's place. root may use any socket, and any user may
 * use root's.
 *
 * @throws RpcError DENIED when the socket is another user's.
 */
export function checkSocketOwner(socket: string): void {
  const owner = statSync(socket, { throwIfNoEntry: false })?.uid;
  const uid = userId();
  if (owner === undefined || owner === uid || owner === 0 || uid === 0) return;
  throw new RpcError("DENIED", `Cannot use the socket "${socket}": it belongs to user ${owner}, not to ${uid}`);
}

// Not os.userInfo(): it throws if the user has no entry in /etc/passwd, as in many containers.
function userId(): number {
  return process.getuid?.() ?? 0;
}

/** Why a directory cannot be used, and what to do. */
export function ofAnother(owner: number, uid: number): string {
  return `it belongs to user ${owner}, not to ${uid} (set REMSH_RUNTIME_DIR to a directory of your own)`;
}

function denied(directory: string, reason: string): RpcError {
  return new RpcError("DENIED", `Cannot use the directory "${directory}": ${reason}`);
}

function isWritable(directory: string): boolean {
  try {
    accessSync(directory, constants.W_OK | constants.X_OK);
    return true;
  } catch {
    return false; // missing, or this user may not write there: the next place is tried
  }
}
