import { chmodSync, mkdirSync, mkdtempSync, rmSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import {
  MAX_SOCKET_PATH_BYTES,
  appNameOf,
  checkName,
  checkPrivateDirectory,
  checkSocketPath,
  makePrivateDirectory,
  runtimeDirectory,
  socketPath,
} from "../../shared/addresses.ts";

let root: string;
beforeAll(() => {
  root = mkdtempSync(path.join(os.tmpdir(), "rs-"));
});
afterAll(() => rmSync(root, { recursive: true }));

describe("the runtime directory", () => {
  test("is REMSH_RUNTIME_DIR before all else, made absolute", () => {
    expect(runtimeDirectory({ REMSH_RUNTIME_DIR: "/a/b", XDG_RUNTIME_DIR: "/run/user/1" })).toBe("/a/b");
    expect(runtimeDirectory({ REMSH_RUNTIME_DIR: "x" })).toBe(path.resolve("x"));
  });

  test("is remsh in XDG_RUNTIME_DIR where there is one", () => {
    expect(runtimeDirectory({ XDG_RUNTIME_DIR: "/run/user/1", REMSH_RUNTIME_DIR: "" })).toBe("/run/user/1/remsh");
  });

  test("is /run/remsh for one who may write there, else one in the temporary directory", () => {
    const places = ["/run/remsh", path.join(os.tmpdir(), `remsh-${process.getuid?.()}`)];
    expect(places).toContain(runtimeDirectory({}));
  });
});

test.each(["shop", "shop-2", "a", "A.b_c", "4711", "x".repeat(64)])("%s can name an app", (name) => {
  expect(checkName("app", name)).toBe(name);
});

test.each(["", ".", "..", ".x", "-x", "_x", "a/b", "a b", "ä", "a\n", "a\0", "x".repeat(65)])(
  "%j cannot name an app",
  (name) => {
    expect(() => checkName("app", name)).toThrow(
      expect.objectContaining({ code: "BAD_ARGUMENTS", message: expect.stringContaining(`"${name}"`) as string }),
    );
  },
);

test("a socket's path may have as many bytes as every system takes, and no more", () => {
  const longest = `/${"x".repeat(MAX_SOCKET_PATH_BYTES - 1)}`;
  expect(checkSocketPath(longest)).toBe(longest);
  expect(() => checkSocketPath(`${longest}x`)).toThrow(/its path has 104 bytes, the system takes 103/);
  // Bytes are counted, not characters.
  expect(() => checkSocketPath(`/${"ä".repeat(52)}`)).toThrow(/its path has 105 bytes/);
});

test("an instance's socket lies in its app's directory", () => {
  expect(socketPath("/run/remsh", "shop", "4711")).toBe("/run/remsh/shop/4711.sock");
  expect(() => socketPath("/run/remsh", "shop", "../x")).toThrow(/as the name of an instance/);
});

test("an app is called as its package is, without the scope", () => {
  expect([appNameOf("shop"), appNameOf("@acme/shop")]).toEqual(["shop", "shop"]);
});

describe("a private directory", () => {
  test("is made with mode 700, with its parents", () => {
    const directory = path.join(root, "new/deep");
    makePrivateDirectory(directory);
    expect(statSync(directory).mode & 0o777).toBe(0o700);
  });

  test.each([0o710, 0o701, 0o755, 0o777])("is not one with mode %o", (mode) => {
    const directory = path.join(root, `open-${mode.toString(8)}`);
    mkdirSync(directory);
    chmodSync(directory, mode);
    expect(() => checkPrivateDirectory(directory)).toThrow(
      expect.objectContaining({
        code: "DENIED",
        message: `Cannot use the directory "${directory}": others may use it (mode ${mode.toString(8)}); chmod it to 700`,
      }),
    );
  });

  test("is not a file, nor a link to a directory", () => {
    const file = path.join(root, "file");
    writeFileSync(file, "", { mode: 0o700 });
    const link = path.join(root, "link");
    symlinkSync(root, link);
    for (const each of [file, link]) expect(() => checkPrivateDirectory(each)).toThrow(/it is not a directory/);
  });

  test.skipIf(process.getuid?.() === 0)("is not one that belongs to another user", () => {
    expect(() => checkPrivateDirectory("/root")).toThrow(/it belongs to user 0/);
  });
});
