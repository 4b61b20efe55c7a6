// The orders. An order has no customer, only a product and a quantity.
import { z } from "zod";
import { pool } from "./database.ts";

/** One order with its product. */
export interface Order {
  id: number;
  sku: string;
  quantity: number;
  total_cents: number;
  placed_at: Date;
}

const NewOrder = z.object({ sku: z.string(), quantity: z.int().positive().max(1000) });

/** The order is for a product that the shop does not sell. */
export class UnknownProduct extends Error {}

/** The newest orders first. */
export async function listOrders(): Promise<Order[]> {
  const { rows } = await pool.query<Order>(
    "SELECT id, sku, quantity, total_cents, placed_at FROM orders ORDER BY placed_at DESC, id DESC LIMIT 100",
  );
  return rows;
}

/**
 * Places an order, from JSON such as `{ "sku": "mug-001", "quantity": 2 }`.
 *
 * @throws ZodError or SyntaxError when the body is not an order, UnknownProduct when the shop does not sell it.
 */
export async function placeOrder(body: string): Promise<Order> {
  const { sku, quantity } = NewOrder.parse(JSON.parse(body));
  const { rows } = await pool.query<Order>(
    `INSERT INTO orders (sku, quantity, total_cents)
     SELECT sku, $2, $2 * price_cents FROM products WHERE sku = $1
     RETURNING id, sku, quantity, total_cents, placed_at`,
    [sku, quantity],
  );
  if (!rows[0]) throw new UnknownProduct(`Cannot place the order: no product has the number "${sku}"`);
  return rows[0];
}

/** Deletes the orders that are older than this many days; resolves to their number. */
export async function purgeOrders(days: number): Promise<number> {
  const { rowCount } = await pool.query("DELETE FROM orders WHERE placed_at < now() - make_interval(days => $1)", [
    days,
  ]);
  return rowCount ?? 0;
}
