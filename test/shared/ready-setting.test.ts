import { expect, test } from "vitest";
import { isReadySetting } from "../../shared/ready-setting.ts";

test.each(["listening", "evaluated", 1, 3000, 65_535, "/", "/health?deep=1"])(
  "%j says when an app is ready",
  (value) => {
    expect(isReadySetting(value)).toBe(true);
  },
);

test.each([true, null, "", "soon", "health", 0, -1, 65_536, 3.5, "3000", "/a b", "/ü", "/a\nb", {}, []])(
  "%j does not say when an app is ready",
  (value) => expect(isReadySetting(value)).toBe(false),
);
