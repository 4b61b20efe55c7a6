// Where in what was typed an error's frame is.
import { expect, test } from "vitest";
import { prepareSource } from "../../../agent/console/source.ts";
import { TypedPlaces } from "../../../agent/console/typed-places.ts";

test.each([
  "await a(); HERE()",
  "{ a: HERE() }",
  "f(await a, await await b, HERE())",
  "await a;\n\n  await b; HERE()",
  "for await (const a of await b) { await HERE() }",
  "const f = async () => { await a; return HERE() }",
  "await import('a'); import('b').then(HERE)",
  "HERE(); await a",
])("%j: a place is the one that was typed", (typed) => {
  const { source, insertions } = prepareSource(typed, () => false);
  const places = new TypedPlaces();
  places.add(7, insertions);
  const place = (text: string) => {
    const lines = text.slice(0, text.indexOf("HERE")).split("\n");
    return `    at x (console/7:${lines.length}:${(lines.at(-1)?.length ?? 0) + 1})`;
  };
  expect(places.asTyped(place(source))).toBe(place(typed));
});
