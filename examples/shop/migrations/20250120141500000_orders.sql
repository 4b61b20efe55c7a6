-- Up Migration
CREATE TABLE orders (
  id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  sku text NOT NULL REFERENCES products,
  quantity integer NOT NULL CHECK (quantity > 0),
  total_cents integer NOT NULL,
  placed_at timestamptz NOT NULL DEFAULT now()
);

-- Down Migration
DROP TABLE orders;
