import { expect, test } from "vitest";
import { ReloadQueue, type ReloadLimit } from "../../../agent/tasks/reload-queue.ts";

const load = () => Promise.resolve("loaded");

/** A limit that passes when it is told to. */
function limit(): ReloadLimit & { pass: () => void } {
  const over = new AbortController();
  const { signal } = over;
  return { timeoutMs: 2000, signal, isLate: () => signal.aborted, pass: () => over.abort(new Error("late")) };
}

const timeout = (became: string, state: string) => ({
  code: "TIMEOUT",
  state,
  message: `Gave up on "reload" after 2 s: ${became}`,
});

test("a reload resolves to what was loaded, when onReload has ended", async () => {
  const queue = new ReloadQueue();
  expect(await queue.run({ load, onReload: undefined }, limit())).toBe("loaded");
  const order: string[] = [];
  const onReload = async () => {
    await new Promise((resolve) => setImmediate(resolve));
    order.push("configured");
  };
  const first = queue.run({ load, onReload }, limit()).then(() => order.push("first"));
  const second = queue.run({ load: () => (order.push("load"), load()), onReload }, limit());
  await Promise.all([first, second]);
  expect(order).toEqual(["configured", "first", "load", "configured"]);
});

test.each([
  [() => Promise.reject(new Error("bad password")), "Error: bad password"],
  [
    () => {
      throw "nothing";
    },
    "'nothing'",
  ],
])("a reload fails when onReload threw, at once or later", async (onReload, reason) => {
  const queue = new ReloadQueue();
  await expect(queue.run({ load, onReload }, limit())).rejects.toMatchObject({
    code: "RELOAD_FAILED",
    state: "stopped",
    message: expect.stringContaining(`the old tasks stay: onReload threw ${reason}`) as string,
  });
  expect(await queue.run({ load, onReload: undefined }, limit())).toBe("loaded");
});

test("a reload that is given up says what became of it, and the next waits for an onReload that still runs", async () => {
  const queue = new ReloadQueue();
  const heeding = limit();
  const first = queue.run(
    { load, onReload: ({ signal }) => new Promise((_, reject) => signal.addEventListener("abort", reject)) },
    heeding,
  );
  heeding.pass();
  await expect(first).rejects.toMatchObject(
    timeout("the tasks' module did not load in time, and the old tasks stay", "not-started"),
  );

  let end = () => {};
  let begun = () => {};
  const running = new Promise<void>((resolve) => (begun = resolve));
  const deaf = limit();
  const onReload = () => new Promise<void>((resolve) => (begun(), (end = resolve)));
  const second = queue.run({ load, onReload }, deaf);
  await running;
  deaf.pass();
  await expect(second).rejects.toMatchObject(timeout("the old tasks stay, and onReload still runs", "running"));

  const waiting = limit();
  const third = queue.run({ load, onReload: undefined }, waiting);
  waiting.pass();
  await expect(third).rejects.toMatchObject(
    timeout("it did not begin, since it waited for an earlier one", "not-started"),
  );
  const fourth = queue.run({ load, onReload: undefined }, limit());
  end();
  expect(await fourth).toBe("loaded");
});

test("an onReload that ends when its signal fires is said to have ended, also where it returns", async () => {
  const queue = new ReloadQueue();
  const heeding = limit();
  const onReload = ({ signal }: { signal: AbortSignal }) =>
    new Promise((resolve) => {
      signal.addEventListener("abort", resolve);
      heeding.pass();
    });
  await expect(queue.run({ load, onReload }, heeding)).rejects.toMatchObject(
    timeout("the old tasks stay, and onReload has ended", "stopped"),
  );
});
