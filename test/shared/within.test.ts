import { expect, test } from "vitest";
import { endsWithin, within } from "../../shared/within.ts";

const never = new Promise<never>(() => {});

test("a promise that is in time counts, whatever it comes to", async () => {
  await expect(within(60_000, Promise.resolve(1))).resolves.toBe(1);
  await expect(within(60_000, Promise.reject(new Error("no")))).rejects.toThrow("no");
});

test("a promise that is late is undefined, or what the caller makes of that", async () => {
  await expect(within(0, never)).resolves.toBeUndefined();
  await expect(within(0, never, { late: () => "late" })).resolves.toBe("late");
  const fail = () => {
    throw new Error("too late");
  };
  await expect(within(0, never, { late: fail })).rejects.toThrow("too late");
});

test("a limit that no timer can hold is a long one, and not none", async () => {
  const soon = new Promise((resolve) => setTimeout(resolve, 20, "soon"));
  await expect(within(Infinity, soon, { late: () => "late" })).resolves.toBe("soon");
});

test("a rejection that comes later ends nothing", async () => {
  let fail: (error: Error) => void = () => {};
  const late = new Promise<never>((_resolve, reject) => (fail = reject));
  await expect(within(0, late)).resolves.toBeUndefined();
  fail(new Error("heard by nobody")); // an unhandled rejection would fail the run
  await new Promise((resolve) => setTimeout(resolve, 0));
});

test("endsWithin tells whether it ended, and never rejects", async () => {
  await expect(endsWithin(60_000, Promise.resolve())).resolves.toBe(true);
  await expect(endsWithin(60_000, Promise.reject(new Error("no")))).resolves.toBe(true);
  await expect(endsWithin(0, never, { keepsAlive: false })).resolves.toBe(false);
});
