import { expect, test } from "vitest";
import { taskUsage } from "../../../client/commands/task-usage.ts";

test("a usage without a schema is one line", () => {
  expect(taskUsage({ name: "Release.add", usage: "<arg1> <arg2>" }, "shop")).toBe(
    "Usage: shop rpc Release.add <arg1> <arg2>\n",
  );
});

test("options show how each is written, what it takes, its description, default and need", () => {
  const parameters = {
    type: "object",
    properties: {
      count: { type: "integer", default: 10, description: "How many users" },
      role: { enum: ["admin", "guest"], default: "guest" },
      dryRun: { type: "boolean" },
      notify: { type: "boolean", default: true },
      tag: { type: "array", items: { type: "string" } },
      until: { anyOf: [{ type: "string" }, { type: "null" }] },
      level: { anyOf: [{ const: 1 }, { const: 2 }] },
      URL: { type: "string", description: "Where to" },
      extra: {},
    },
    required: ["URL"],
  };
  const usage = "[--name value ...]";
  expect(taskUsage({ name: "Release.seed", usage, description: "Insert the demo users", parameters }, "remsh")).toBe(
    `Usage: remsh rpc Release.seed [--name value ...]

Insert the demo users

Options:
  --count <integer>      How many users (default: 10)
  --role <admin|guest>   (default: "guest")
  --dry-run
  --no-notify            (default: true)
  --tag <string> ...     (may be repeated)
  --until <string|null>
  --level <1|2>
  --URL <string>         Where to (required)
  --extra <value>
`,
  );
});
