import { expect, test } from "vitest";
import { mergeHistory, planDown, planUp } from "../../../agent/migrate/plan/plan.ts";
import { describeArguments } from "../../../agent/migrate/describe-arguments.ts";
import { blamed } from "../../../agent/migrate/database/invalid-indexes.ts";
import { describeHolder } from "../../../agent/migrate/database/application-name.ts";

const file = (name: string) => ({ name, path: `/m/${name}.sql` });
const known = (files: string[], applied: string[]) => mergeHistory({ files: files.map(file), applied });
const stepNames = ({ steps }: { steps: readonly { name: string }[] }) => steps.map(({ name }) => name);

test("an applied migration without a file stands after the one that was applied before it", () => {
  const merged = known(["1", "2", "3"], ["1", "gone", "gone too", "2"]);
  expect(merged.map(({ name, missing }) => (missing ? `${name}!` : name))).toEqual([
    "1",
    "gone!",
    "gone too!",
    "2",
    "3",
  ]);
  expect(known(["2"], ["1"]).map(({ name }) => name)).toEqual(["1", "2"]);
});

test("migrate to an applied version brings up what is pending below it, and nothing above", () => {
  const all = known(["1", "2", "3", "4"], ["1", "3"]);
  expect(stepNames(planUp(all, { to: "3" }))).toEqual(["2"]);
  expect(planUp(all, {}).late).toEqual(["2"]);
  expect(stepNames(planUp(all, {}))).toEqual(["2", "4"]);
});

test("rollback to a pending version takes what is applied above it", () => {
  const all = known(["1", "2", "3", "4"], ["1", "3", "4"]);
  expect(stepNames(planDown(all, { to: "2" }))).toEqual(["4", "3"]);
  expect(stepNames(planDown(all, { toExclusive: "3" }))).toEqual(["4"]);
  expect(stepNames(planDown(known(["1"], []), {}))).toEqual([]);
});

test("a version that several names begin with is refused, and the sentence names them", () => {
  expect(() => planUp(known(["20240301_a", "20240302_b"], []), { to: "202403" })).toThrow(
    'Cannot go to "202403": 2 migrations begin so: "20240301_a", "20240302_b"',
  );
  expect(() => planUp(known(["1_users"], []), { to: "1_user5" })).toThrow('(did you mean "1_users"?)');
});

test("the arguments' JSON Schema tells the command line their types", () => {
  const schema = describeArguments({
    to: { type: "name", description: "Up to this" },
    step: { type: "count", description: "So many" },
  });
  expect(schema["~standard"].jsonSchema.input({ target: "draft-2020-12" })).toEqual({
    type: "object",
    properties: {
      to: { type: "string", description: "Up to this" },
      step: { type: "integer", minimum: 1, description: "So many" },
    },
    additionalProperties: false,
  });
  expect(schema["~standard"].validate([])).toEqual({ issues: [{ message: 'expected one object with "to", "step"' }] });
  expect(schema["~standard"].validate({ to: 5, step: undefined })).toEqual({ value: { to: "5" } });
  expect(schema["~standard"].validate({ toString: 1 })).toMatchObject({
    issues: [{ message: 'unknown argument "toString"' }],
  });
});

test("a migration is to blame for new invalid indexes, and for old ones that it passed over", () => {
  const notice = 'relation "b" already exists, skipping';
  expect(blamed(["public.a", "public.b", "public.c"], ["public.a", "public.b"], [notice])).toEqual([
    "public.b",
    "public.c",
  ]);
});

test("a holder that is not remsh is shown with its backend's number", () => {
  expect(describeHolder("psql", 12)).toBe('backend 12 ("psql")');
  expect(describeHolder(null, 12)).toBe("backend 12");
});
