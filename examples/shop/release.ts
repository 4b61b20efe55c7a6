// The tasks that an operator may call in the running shop: `bin/shop rpc Release.migrate`.
import path from "node:path";
import { task, TaskFailure } from "remsh";
import { migrations, nodePgMigrate } from "remsh/migrate";
import { z } from "zod";
import { rebuildDay, rest } from "./daily-sales.ts";
import { databaseUrl } from "./database.ts";
import { purgeOrders } from "./orders.ts";
import { importProducts } from "./products.ts";
import { seed } from "./seed.ts";

/** What a release needs done. */
export const Release = {
  // Release.migrate, Release.rollback and Release.migrations.
  ...migrations({
    engine: nodePgMigrate({ directory: path.join(import.meta.dirname, "migrations") }),
    databaseUrl: () => databaseUrl,
  }),
  seed: task({
    description: "Insert demo products, each with an order",
    args: z.object({ count: z.int().positive().default(10).describe("How many products") }),
    run: ({ count }) => seed(count),
  }),
  brokenImport: task({
    description: "Import a price list that has a product twice, which the database refuses",
    run: () =>
      importProducts([
        { sku: "lamp-001", name: "Lamp", price_cents: 4900 },
        { sku: "lamp-001", name: "Lamp, green", price_cents: 5200 },
      ]),
  }),
  // A plain function is a task, too.
  purge: async (days: number) => {
    if (!Number.isInteger(days)) throw new TaskFailure("Cannot purge the orders: say how many days old they must be");
    return `${await purgeOrders(days)} orders deleted`;
  },
};

/** What the dashboard shows. */
export const Report = {
  rebuild: task({
    description: "Add up the sales of each day again, one day at a time",
    args: z.object({
      days: z.int().positive().max(3650).default(30).describe("How many days back"),
      restMs: z.int().min(0).max(60_000).default(250).describe("How long to rest between two days"),
    }),
    async run({ days, restMs }, context) {
      for (let done = 0; done < days; done++) {
        const { day } = await rebuildDay(done);
        context.progress({ done: done + 1, total: days, message: day });
        await rest(restMs, context.signal);
      }
      return `${days} days rebuilt`;
    },
  }),
};
