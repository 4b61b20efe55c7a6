// The products: what the shop sells.
import { pool } from "./database.ts";

/** One product. */
export interface Product {
  sku: string;
  name: string;
  price_cents: number;
}

/** Every product, by its number. */
export async function listProducts(): Promise<Product[]> {
  const { rows } = await pool.query<Product>("SELECT sku, name, price_cents FROM products ORDER BY sku");
  return rows;
}

/**
 * Imports a supplier's price list: all of it or nothing.
 *
 * @throws DatabaseError 23505 when the list or the shop has a number twice.
 */
export async function importProducts(list: readonly Product[]): Promise<number> {
  const { rowCount } = await pool.query(
    `INSERT INTO products (sku, name, price_cents)
     SELECT sku, name, price_cents FROM json_populate_recordset(NULL::products, $1)`,
    [JSON.stringify(list)],
  );
  return rowCount ?? 0;
}
