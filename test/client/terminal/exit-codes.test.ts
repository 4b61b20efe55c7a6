import { readFileSync } from "node:fs";
import path from "node:path";
import { expect, test } from "vitest";
import { EXIT_CODES, EXIT_CODE_OF } from "../../../client/terminal/exit-codes.ts";
import { RPC_CODES } from "../../../shared/errors.ts";

const DOCUMENT = readFileSync(path.join(import.meta.dirname, "../../../docs/exit-codes.md"), "utf8");

test("docs/exit-codes.md has every exit code with its meaning", () => {
  const rows = [...DOCUMENT.matchAll(/^\| (\d+) \| (.+) \|$/gm)].map(([, code, meaning]) => [code, meaning]);
  expect(rows).toEqual(Object.entries(EXIT_CODES));
});

test("docs/exit-codes.md has every error with its exit code", () => {
  const rows = [...DOCUMENT.matchAll(/^\| `(\w+)` \| (\d+) \|$/gm)].map(([, error, code]) => [error, Number(code)]);
  expect(Object.fromEntries(rows)).toEqual(EXIT_CODE_OF);
  expect(rows.map(([error]) => error)).toEqual(Object.keys(RPC_CODES));
});

test("every exit code of an error is one of the table", () => {
  for (const code of Object.values(EXIT_CODE_OF)) expect(Object.keys(EXIT_CODES)).toContain(String(code));
});
