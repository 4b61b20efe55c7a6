import { once } from "node:events";
import { chmodSync, chownSync, mkdirSync, realpathSync, symlinkSync } from "node:fs";
import { createServer } from "node:net";
import path from "node:path";
import { afterAll, expect, onTestFinished, test } from "vitest";
import { directoriesOfOthers, otherDirectories } from "../../../client/find/other-directories.ts";
import { isOwnDirectory } from "../../../client/find/own-directory.ts";
import { removeTemporary, temporaryDirectory } from "../../end-to-end/processes.ts";

afterAll(removeTemporary);

const isRoot = process.getuid?.() === 0;

/** A private directory, and in it one of the app's at which a process listens as its agent would. */
async function opened(app: string): Promise<string> {
  const directory = temporaryDirectory();
  mkdirSync(path.join(directory, app), { mode: 0o700 });
  const server = createServer().listen(path.join(directory, app, "4711.x7f2"));
  onTestFinished(() => void server.close());
  await once(server, "listening");
  return directory;
}

test.runIf(process.platform === "linux")(
  "a directory in which an agent of the app has opened its socket is found",
  async () => {
    const directory = await opened("opened-app");
    expect(otherDirectories("/elsewhere", "opened-app")).toContain(directory);
    expect(otherDirectories("/elsewhere", "another-app")).not.toContain(directory);
    expect(otherDirectories(directory, "opened-app")).not.toContain(directory);
  },
);

test.runIf(process.platform === "linux")("and not a second time by the name that a link gives it", async () => {
  const directory = await opened("opened-linked");
  const folder = temporaryDirectory();
  symlinkSync(path.dirname(directory), path.join(folder, "link"));
  const linked = path.join(folder, "link", path.basename(directory));
  expect(otherDirectories(linked, "opened-linked")).not.toContain(directory);
  const server = createServer().listen(path.join(linked, "opened-linked", "4712.x7f2"));
  onTestFinished(() => void server.close());
  await once(server, "listening");
  const found = otherDirectories("/elsewhere", "opened-linked");
  expect(found.filter((each) => realpathSync(each) === realpathSync(directory))).toHaveLength(1);
});

test.runIf(process.platform === "linux")("with the scope of its package, too", async () => {
  const directory = await opened("@acme+opened-scoped");
  expect(otherDirectories("/elsewhere", "opened-scoped")).toContain(directory);
});

test.runIf(process.platform === "linux" && isRoot)(
  "another user's is not used, for root neither, but named",
  async () => {
    const directory = await opened("opened-other");
    chownSync(directory, 12_345, 12_345);
    expect(otherDirectories("/elsewhere", "opened-other")).not.toContain(directory);
    expect(directoriesOfOthers("opened-other")).toEqual([directory]);
  },
);

test("a directory is believed that only this user can use and replace", () => {
  const directory = temporaryDirectory();
  expect(isOwnDirectory(directory)).toBe(true);
  expect(isOwnDirectory(path.join(directory, "none"))).toBe(false);
  chmodSync(directory, 0o710);
  expect(isOwnDirectory(directory)).toBe(false);
});

test("neither is a link, nor one below a folder in which others may rename it", () => {
  const directory = temporaryDirectory();
  mkdirSync(path.join(directory, "shared/own"), { recursive: true });
  chmodSync(path.join(directory, "shared/own"), 0o700);
  symlinkSync("shared/own", path.join(directory, "link"));
  expect(isOwnDirectory(path.join(directory, "shared/own"))).toBe(true);
  expect(isOwnDirectory(path.join(directory, "link"))).toBe(false);
  chmodSync(path.join(directory, "shared"), 0o777);
  expect(isOwnDirectory(path.join(directory, "shared/own"))).toBe(false);
  chmodSync(path.join(directory, "shared"), 0o1777);
  expect(isOwnDirectory(path.join(directory, "shared/own"))).toBe(true);
});
