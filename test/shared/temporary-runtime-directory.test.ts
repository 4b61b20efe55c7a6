import { chownSync, lstatSync, mkdirSync, readdirSync, rmSync, symlinkSync } from "node:fs";
import path from "node:path";
import { afterAll, expect, test } from "vitest";
import { temporaryRuntimeDirectory } from "../../shared/temporary-runtime-directory.ts";
import { removeTemporary, temporaryDirectory } from "../end-to-end/processes.ts";

afterAll(removeTemporary);

const uid = process.getuid?.() ?? 0;
const isRoot = uid === 0;
const OTHER = 12_345;

test("it has its usual name, and is not made by who asks for it", () => {
  const temporary = temporaryDirectory();
  expect(temporaryRuntimeDirectory(temporary, uid)).toBe(path.join(temporary, `remsh-${uid}`));
  expect(readdirSync(temporary)).toEqual([]);
});

test("one of our own keeps the name, whatever it is: its owner is told what is wrong with it", () => {
  const temporary = temporaryDirectory();
  symlinkSync("/nowhere", path.join(temporary, `remsh-${uid}`));
  expect(temporaryRuntimeDirectory(temporary, uid)).toBe(path.join(temporary, `remsh-${uid}`));
});

test.runIf(isRoot)("where another user has taken the name, all take the same other one, of mode 700", () => {
  const temporary = temporaryDirectory();
  take(path.join(temporary, `remsh-${uid}`));
  const found = temporaryRuntimeDirectory(temporary, uid);
  expect(found).toMatch(new RegExp(`/remsh-${uid}-[a-z0-9]{16,}$`));
  expect(lstatSync(found).mode & 0o777).toBe(0o700);
  expect(temporaryRuntimeDirectory(temporary, uid)).toBe(found);
});

test.runIf(isRoot)("other users' names beside it are passed over, and of two of ours the older is taken", () => {
  const temporary = temporaryDirectory();
  take(path.join(temporary, `remsh-${uid}`));
  take(path.join(temporary, `remsh-${uid}-0`));
  const older = temporaryRuntimeDirectory(temporary, uid);
  mkdirSync(path.join(temporary, `remsh-${uid}-zzzz`));
  expect(temporaryRuntimeDirectory(temporary, uid)).toBe(older);
  rmSync(older, { recursive: true });
  expect(temporaryRuntimeDirectory(temporary, uid)).toBe(path.join(temporary, `remsh-${uid}-zzzz`));
});

function take(directory: string): void {
  mkdirSync(directory);
  chownSync(directory, OTHER, OTHER);
}
