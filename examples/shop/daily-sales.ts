// Adds up the sales of each day for the dashboard. It is slow on purpose: it pauses between two days, so that the
// customers' queries go first.
import { setTimeout as sleep } from "node:timers/promises";
import { pool } from "./database.ts";

/** What {@link rebuildDay} counted. */
export interface DailySales {
  day: string;
  orders: number;
  revenue_cents: number;
}

/** Adds up one day again. */
export async function rebuildDay(daysAgo: number): Promise<DailySales> {
  const { rows } = await pool.query<DailySales>(
    `INSERT INTO daily_sales (day, orders, revenue_cents)
     SELECT current_date - $1::int, count(*), coalesce(sum(total_cents), 0)
     FROM orders WHERE placed_at::date = current_date - $1::int
     ON CONFLICT (day) DO UPDATE SET orders = excluded.orders, revenue_cents = excluded.revenue_cents
     RETURNING day::text, orders, revenue_cents`,
    [daysAgo],
  );
  const [sales] = rows;
  if (!sales) throw new Error("Cannot add up the day: the database returned no row");
  return sales;
}

/** Waits for this time; rejects when the signal fires. */
export async function rest(ms: number, signal: AbortSignal): Promise<void> {
  await sleep(ms, undefined, { signal });
}
