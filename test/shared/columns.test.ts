import { expect, test } from "vitest";
import { columns } from "../../shared/columns.ts";

test("each column is as wide as its widest cell, and no line ends in blanks", () => {
  expect(
    columns([
      ["a", "bb", "c"],
      ["aaa", "b"],
      ["", "bbb", ""],
    ]),
  ).toEqual(["a    bb   c", "aaa  b", "     bbb"]);
});

test("rows may be indented and have a least width", () => {
  expect(columns([["pid", "12"]], { indent: "  ", least: 10 })).toEqual(["  pid         12"]);
});

test("no rows are no lines", () => {
  expect(columns([])).toEqual([]);
});
