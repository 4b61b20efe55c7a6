// The table behind the dashboard, and the index that it is filled by.
import type { MigrationBuilder } from "node-pg-migrate";

export function up(pgm: MigrationBuilder): void {
  pgm.createTable("daily_sales", {
    day: { type: "date", primaryKey: true },
    orders: { type: "integer", notNull: true },
    revenue_cents: { type: "integer", notNull: true },
  });
  pgm.createIndex("orders", "placed_at");
}

export function down(pgm: MigrationBuilder): void {
  pgm.dropIndex("orders", "placed_at");
  pgm.dropTable("daily_sales");
}
