import { type } from "arktype";
import * as v from "valibot";
import { describe, expect, test } from "vitest";
import { z } from "zod";
import type { StandardSchemaV1 } from "@standard-schema/spec";
import { checkArguments, jsonSchemaOf } from "../../../agent/tasks/arguments.ts";
import { readTaskArguments } from "../../../client/commands/task-arguments.ts";
import { defined } from "../../../shared/messages/protocol.ts";

/** What a task with this schema gets of these words of a command line. */
function called(schema: StandardSchemaV1, ...words: string[]): Promise<unknown> {
  const described = { maxArgs: 1, ...defined({ parameters: jsonSchemaOf(schema) }) };
  return checkArguments("Job.run", schema, readTaskArguments("Job.run", words, described));
}

const MOMENT = "2024-03-02T10:00:00Z";

describe("a Date or a BigInt, which JSON does not have, can be written on a command line:", () => {
  test.each<[string, StandardSchemaV1]>([
    ["zod", z.object({ at: z.date(), id: z.bigint() })],
    ["zod, coercing", z.object({ at: z.coerce.date(), id: z.coerce.bigint() })],
    ["zod, optional", z.object({ at: z.date().optional(), id: z.bigint().nullable() })],
    ["valibot", v.object({ at: v.date(), id: v.bigint() })],
    ["arktype", type({ at: "Date", id: "bigint" })],
  ])("%s", async (_library, schema) => {
    const big = await called(schema, "--at", MOMENT, "--id", "9007199254740993");
    expect(big).toEqual({ at: new Date(MOMENT), id: 9007199254740993n });
    expect(await called(schema, "--at", "2024-03-02", "--id", "5")).toEqual({ at: new Date("2024-03-02"), id: 5n });
  });

  test("alone, in a list, and as a default's place", async () => {
    expect(await called(z.bigint(), "12345678901234567890")).toBe(12345678901234567890n);
    expect(await called(z.date(), MOMENT)).toEqual(new Date(MOMENT));
    const days = z.object({ day: z.array(z.date()), from: z.date().default(new Date(0)) });
    expect(await called(days, "--day", "2024-03-02", "--day", "2024-03-03")).toEqual({
      day: [new Date("2024-03-02"), new Date("2024-03-03")],
      from: new Date(0),
    });
  });

  test("and in JSON, whose object stays as it was", async () => {
    const given = Object.freeze({ when: Object.freeze({ at: MOMENT }) });
    const schema = z.object({ when: z.object({ at: z.date() }) });
    expect(await checkArguments("Job.run", schema, [given])).toEqual({ when: { at: new Date(MOMENT) } });
    expect(given).toEqual({ when: { at: MOMENT } });
  });

  test("and as many as one message may have, in a moment", async () => {
    const list = Array.from({ length: 199_000 }, () => MOMENT);
    const since = performance.now();
    const dates = await checkArguments("Job.run", z.array(z.date()), [list]);
    expect(performance.now() - since).toBeLessThan(10_000); // with a copy for each, it would be a minute
    expect(dates).toEqual(Array.from({ length: 199_000 }, () => new Date(MOMENT)));
  }, 300_000);

  test("in one object that stands in two places, and in itself", async () => {
    const shared: Record<string, unknown> = { at: MOMENT, id: "5" };
    const both = z.tuple([z.looseObject({ at: z.date() }), z.looseObject({ id: z.bigint() })]);
    const revived = { at: new Date(MOMENT), id: 5n };
    expect(await checkArguments("Job.run", both, [[shared, shared]])).toMatchObject([{ at: revived.at }, revived]);
    shared.self = shared;
    const nested = z.looseObject({ at: z.date(), self: z.looseObject({ id: z.bigint() }) });
    expect(await checkArguments("Job.run", nested, [shared])).toMatchObject({ at: revived.at, self: { id: 5n } });
  });

  test("up to 10,000 digits", async () => {
    const digits = "9".repeat(10_000);
    expect(await called(z.object({ id: z.bigint() }), "--id", `-${digits}`)).toEqual({ id: -BigInt(digits) });
    await expect(called(z.object({ id: z.bigint() }), "--id", `${digits}9`)).rejects.toMatchObject({
      code: "BAD_ARGUMENTS",
    });
  });
});

test.each<[StandardSchemaV1, string, RegExp]>([
  [z.object({ at: z.date() }), "soon", /at: Invalid input: expected date, received string/],
  [z.object({ at: z.date() }), "2024-13-45", /at: Invalid input/],
  [z.object({ at: z.bigint() }), "1.5", /at: Invalid input: expected bigint/],
  [z.object({ at: z.bigint().max(3n) }), "5", /at: Too big: expected bigint to be <=3/],
  [z.object({ at: z.date().max(new Date("2024-01-01")) }), MOMENT, /at: Too big: expected date/],
  [z.object({ at: z.email() }), "2024-01-01", /at: Invalid email address/],
])("what is none is refused with the reason: %#", async (schema, word, reason) => {
  await expect(called(schema, "--at", word)).rejects.toMatchObject({
    code: "BAD_ARGUMENTS",
    message: expect.stringMatching(reason) as string,
  });
});

test("a text is not taken for a date where a text is wanted, nor digits for a number", async () => {
  const schema = z.object({ day: z.iso.date(), id: z.string() });
  expect(await called(schema, "--day", "2024-03-02", "--id", "007")).toEqual({ day: "2024-03-02", id: "007" });
});
