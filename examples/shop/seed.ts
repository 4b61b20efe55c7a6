// Demo data: products, and an order of each, some days apart.
import { pool } from "./database.ts";

const THINGS = ["mug", "kettle", "teapot", "tray", "spoon"];

/** Inserts this many products, each with one order. Existing rows stay as they are. */
export async function seed(count: number): Promise<{ products: number; orders: number }> {
  const products = await pool.query(
    `INSERT INTO products (sku, name, price_cents)
     SELECT thing || to_char(number, '"-"FM000'), initcap(thing) || ' ' || number, 500 + 250 * number
     FROM generate_series(1, $1) AS number, LATERAL (SELECT ($2::text[])[1 + (number - 1) % 5] AS thing) AS things
     ON CONFLICT DO NOTHING`,
    [count, THINGS],
  );
  const orders = await pool.query(
    `INSERT INTO orders (sku, quantity, total_cents, placed_at)
     SELECT sku, 2, 2 * price_cents, now() - make_interval(days => (20 * row_number() OVER (ORDER BY price_cents))::int)
     FROM products WHERE NOT EXISTS (SELECT FROM orders WHERE orders.sku = products.sku)`,
  );
  return { products: products.rowCount ?? 0, orders: orders.rowCount ?? 0 };
}
