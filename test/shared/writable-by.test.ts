import { expect, test } from "vitest";
import { writableBy } from "../../shared/writable-by.ts";

const owner = { uid: 501, gid: 501 };
/** User 501 has a group of its own. */
const primaryGroup = (uid: number) => uid;

test.each([
  ["the owner alone", { ...owner, mode: 0o755 }, undefined],
  ["everybody", { ...owner, mode: 0o757 }, { who: "anybody", chmod: "o-w" }],
  ["everybody, in a sticky folder", { ...owner, mode: 0o1777 }, undefined],
  ["another group", { ...owner, gid: 20, mode: 0o775 }, { who: "group 20", chmod: "g-w" }],
  ["another group, in a sticky folder", { ...owner, gid: 20, mode: 0o1775 }, undefined],
  ["another group that may only read", { ...owner, gid: 20, mode: 0o755 }, undefined],
  ["the owner's primary group", { ...owner, mode: 0o775 }, undefined],
] as const)("a file that may be written by %s", (_who, stats, writer) => {
  expect(writableBy(stats, primaryGroup)).toEqual(writer);
});

test("this process's own user and root have their primary groups, an unknown user has none", () => {
  const [uid = 0, gid = 0] = [process.getuid?.(), process.getgid?.()];
  expect(writableBy({ uid, gid, mode: 0o775 })).toBeUndefined();
  expect(writableBy({ uid: 0, gid: 0, mode: 0o775 })).toBeUndefined();
  expect(writableBy({ uid: 4_000_000_000, gid: 4_000_000_000, mode: 0o775 })).toMatchObject({ chmod: "g-w" });
});
