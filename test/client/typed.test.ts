// What `connect<typeof tasks>()` knows at compile time. `tsc --noEmit` checks this file: an error that is expected and does
// not come fails it. The calls are never made.
import { describe, expect, expectTypeOf, test } from "vitest";
import { z } from "zod";
import type { Client } from "../../client/index.ts";
import { task } from "../../agent/index.ts";

/** As a connection pool's type is: it leads back to itself. */
interface Endless {
  more: Endless;
  other: { back: Endless };
}

const tasks = {
  Release: {
    migrate: () => "3 migrations applied",
    rollback: async (options: { step: number }) => options.step,
    purge: (days: number, dryRun?: boolean) => (dryRun ? 0 : days),
    seed: task({
      args: z.object({ count: z.number().default(10), role: z.enum(["admin", "guest"]).optional() }),
      run: ({ count }) => ({ inserted: count }),
    }),
    require: task({ args: z.object({ id: z.string() }), run: async ({ id }) => new Map([[id, 1]]) }),
    parse: task({ args: z.coerce.date(), run: (date) => date.getTime() }),
    maybe: task({ args: z.string().optional(), run: (name) => name ?? "nobody" }),
    status: task({ run: (_args, { run }) => run }),
    deep: { er: { still: () => true } },
    version: "1.2.3",
    self: {} as Endless,
  },
  ping: () => undefined,
};

type Shop = Client<typeof tasks>;

/** Checked by the compiler, never executed. */
function typesOnly(check: (shop: Shop) => unknown): void {
  expect(check).toBeTypeOf("function");
}

describe("a typed client", () => {
  test("knows the result of each task", () => {
    typesOnly((shop) => {
      expectTypeOf(shop.call("Release.migrate")).toEqualTypeOf<Promise<string>>();
      expectTypeOf(shop.call("Release.rollback", [{ step: 2 }])).toEqualTypeOf<Promise<number>>();
      expectTypeOf(shop.call("Release.seed")).toEqualTypeOf<Promise<{ inserted: number }>>();
      expectTypeOf(shop.call("Release.require", [{ id: "a" }])).toEqualTypeOf<Promise<Map<string, number>>>();
      expectTypeOf(shop.call("Release.status")).toEqualTypeOf<Promise<string>>();
      expectTypeOf(shop.call("Release.deep.er.still")).toEqualTypeOf<Promise<boolean>>();
      expectTypeOf(shop.call("ping")).toEqualTypeOf<Promise<undefined>>();
    });
  });

  test("knows which arguments may be left out, and which parts of them", () => {
    typesOnly((shop) => [
      shop.call("Release.seed", [{ role: "admin" }]),
      shop.call("Release.seed", [], { timeoutMs: 1000 }),
      shop.call("Release.seed", undefined, { timeoutMs: 1000 }),
      shop.call("Release.purge", [5]),
      shop.call("Release.purge", [5, true], { signal: AbortSignal.timeout(5) }),
      shop.call("Release.maybe"),
      shop.call("Release.maybe", ["name"]),
      shop.call("Release.parse", ["2024-03-02"]),
    ]);
  });

  test("checks a cast as it checks a call, and knows that its answer is the run's id", () => {
    typesOnly((shop) => {
      expectTypeOf(shop.cast("Release.migrate")).toEqualTypeOf<Promise<string>>();
      expectTypeOf(shop.cast("Release.purge", [5], { deadline: new Date() })).toEqualTypeOf<Promise<string>>();
      expectTypeOf(shop.evaluate("Release.migrate()", { deadline: new Date() })).toEqualTypeOf<Promise<unknown>>();
      // @ts-expect-error of another type
      void shop.cast("Release.purge", ["5"]);
      // @ts-expect-error its output is not heard
      void shop.cast("Release.migrate", [], { onOutput: () => {} });
      // @ts-expect-error a moment is a Date
      void shop.call("Release.migrate", [], { deadline: 5000 });
    });
  });

  test("refuses names that are no tasks", () => {
    typesOnly((shop) => [
      // @ts-expect-error a slip of the pen
      shop.call("Release.migrat"),
      // @ts-expect-error a namespace
      shop.call("Release"),
      // @ts-expect-error a part of the name
      shop.call("migrate"),
      // @ts-expect-error a value that is no function
      shop.call("Release.version"),
      // @ts-expect-error a property of every object
      shop.call("toString"),
    ]);
  });

  test("refuses arguments that do not fit", () => {
    typesOnly((shop) => [
      // @ts-expect-error of another type
      shop.call("Release.rollback", [{ step: "2" }]),
      // @ts-expect-error left out where they are needed
      shop.call("Release.rollback"),
      // @ts-expect-error left out where they are needed
      shop.call("Release.require", []),
      // @ts-expect-error not in a list
      shop.call("Release.rollback", { step: 2 }),
      // @ts-expect-error too many
      shop.call("Release.migrate", [1]),
      // @ts-expect-error not one of the enum
      shop.call("Release.seed", [{ role: "king" }]),
      // @ts-expect-error not a property of the schema
      shop.call("Release.seed", [{ cuont: 5 }]),
      // @ts-expect-error an option that there is not
      shop.call("Release.migrate", [], { timeout: 1000 }),
    ]);
  });

  test("refuses a result that is used as something else", () => {
    typesOnly(async (shop) => {
      // @ts-expect-error a string
      const wrong: number = await shop.call("Release.migrate");
      return wrong;
    });
  });
});

test("an untyped client takes any name and any arguments, and makes the result be looked at", () => {
  const check = (shop: Client) => {
    expectTypeOf(shop.call("Any.name", [1, "x", new Date()])).toEqualTypeOf<Promise<unknown>>();
    expectTypeOf(shop.call("Any.name")).toEqualTypeOf<Promise<unknown>>();
  };
  expectTypeOf(check).toBeFunction();
});

test("the tasks of these types are tasks", () => {
  expect(Object.keys(tasks.Release)).toContain("migrate");
});

test("task() infers what its function is given from the schema", () => {
  task({
    args: z.object({ count: z.number().default(10), name: z.string().optional() }),
    run(args, context) {
      expectTypeOf(args).toEqualTypeOf<{ count: number; name?: string | undefined }>();
      expectTypeOf(context.signal).toEqualTypeOf<AbortSignal>();
      context.progress({ done: 1 });
      return args.count;
    },
    format: (value) => {
      expectTypeOf(value).toEqualTypeOf<number>();
      return String(value);
    },
  });
  // @ts-expect-error a schema that is none
  expect(() => task({ args: { count: "number" }, run: () => 1 })).toThrow(TypeError);
});
