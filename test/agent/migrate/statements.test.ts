import { expect, test } from "vitest";
import { findStatements } from "../../../agent/migrate/sql/find-statements.ts";
import { sourcePlace } from "../../../agent/migrate/sql/source-place.ts";

const texts = (text: string) => findStatements(text).map(({ start, end }) => text.slice(start, end));

test("statements are found behind comments, quotes and function bodies", () => {
  const text = `-- one; two
SELECT ';' AS "a;b"; /* ; */
CREATE FUNCTION f() RETURNS int AS $body$ BEGIN; RETURN 1; END; $body$ LANGUAGE plpgsql;
SELECT 'it''s; fine', E'it\\'s; fine', 'C:\\';
SELECT $1;`;
  const places = findStatements(text).map(({ start }) => sourcePlace(text, start));
  expect(places.map(({ line, column }) => `${line}:${column}`)).toEqual(["2:1", "3:1", "4:1", "5:1"]);
});

test("a semicolon in a nested comment, in parentheses or in a BEGIN ATOMIC body ends nothing", () => {
  const rule = "CREATE RULE r AS ON UPDATE TO t DO ALSO (SELECT 1; SELECT 2)";
  const body = "SELECT CASE WHEN true THEN 1 END; SELECT 2;";
  const routine = `CREATE OR REPLACE FUNCTION f() RETURNS int BEGIN ATOMIC ${body} END`;
  expect(texts(`/* a /* b; */ ; */ ${rule}; ${routine};; SELECT a$b$c; BEGIN; SELECT 3; END`)).toEqual([
    rule,
    routine,
    "SELECT a$b$c",
    "BEGIN",
    "SELECT 3",
    "END",
  ]);
  expect(texts("\ufeff-- only a comment\n")).toEqual([]);
  expect(texts("SELECT 1 -- no end\n;  SELECT 'open; $$ /*")).toEqual(["SELECT 1", "SELECT 'open; $$ /*"]);
});

test.each([
  ["a literal", `SELECT '${"it''s ".repeat(2_000_000)}';SELECT 2`, 2],
  ["a function's body", `DO $a$${"x; $$ ".repeat(1_500_000)}$a$;SELECT 2`, 2],
  ["a comment", `/*${" x;".repeat(3_000_000)}*/ SELECT 1`, 1],
  ["a word", `SELECT ${"x".repeat(9_000_000)}`, 1],
  ["white space", " ".repeat(9_000_000), 0],
])("%s of 9 MB is read", (_name, text, count) => {
  expect(findStatements(text)).toHaveLength(count);
});

test("of a long line a report shows the part around the place", () => {
  expect(sourcePlace("SELECT\n  1/0;", 10)).toEqual({ line: 2, column: 4, source: "  1/0;", mark: 4 });
  const { column, source, mark } = sourcePlace(`${"x".repeat(1_000_000)}?${"y".repeat(1000)}`, 1_000_000);
  expect(column).toBe(1_000_001);
  expect(source).toMatch(/^…x{80}\?y{79}…$/);
  expect(source[mark - 1]).toBe("?");
});
