// What the tests do where a program that they drive is missing.
import { afterEach, expect, test, vi } from "vitest";
import { mayUnshare, missingHere } from "./needing.ts";

afterEach(() => vi.unstubAllEnvs());

test("with CI=true a missing program fails the test that needs it, and elsewhere it is named", () => {
  vi.stubEnv("PATH", "/nowhere");
  vi.stubEnv("CI", "");
  expect(missingHere("tmux", "tini")).toEqual(["tmux", "tini"]);
  expect(mayUnshare("true")).toBe(false);
  vi.stubEnv("CI", "true");
  expect(() => missingHere("tmux", "tini")).toThrow("Cannot test without tmux and tini (apt-get install tini tmux)");
});

test.runIf(process.platform === "linux")(
  "with CI=true a missing unshare fails, and one that is refused does not",
  () => {
    vi.stubEnv("CI", "true");
    expect(mayUnshare("false")).toBe(false);
    vi.stubEnv("PATH", "/nowhere");
    expect(() => mayUnshare("true")).toThrow(
      "Cannot test without unshare and mount (apt-get install mount util-linux)",
    );
  },
);
