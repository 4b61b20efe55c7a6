import { expect, test } from "vitest";
import { processOf, settingsFor } from "../../shared/processes.ts";

const REMSH = {
  ...{ entry: "./server.js", tasks: "./release.js", args: ["--web"], env: { A: "1", B: "1" } },
  ...{ instance: "main", socket: "./shop.sock", ready: 3000, stopTimeout: "5s" },
  processes: { mail: { entry: "./mail.js", env: { B: "2" } }, "mail-out": { entry: "./out.js", args: ["-x"] } },
};

test("an instance belongs to the process whose name it has, with or without a number", () => {
  const of = (instance: string | undefined) => processOf(REMSH, instance);
  expect([of("mail"), of("mail-2"), of("mail-out"), of("mail-out-2")]).toEqual([
    "mail",
    "mail",
    "mail-out",
    "mail-out",
  ]);
  expect([of("mailer"), of("4711"), of(undefined), processOf(undefined, "mail")]).toEqual(Array(4).fill(undefined));
});

test("a process has the app's settings but those of its own program, place and readiness", () => {
  expect(settingsFor(REMSH, "mail")).toEqual({
    ...{ entry: "./mail.js", tasks: "./release.js", env: { A: "1", B: "2" }, stopTimeout: "5s" },
    processes: REMSH.processes,
  });
  expect(settingsFor(REMSH, "mail-out-1")).toMatchObject({ entry: "./out.js", args: ["-x"], env: REMSH.env });
  expect(settingsFor(REMSH, "4711")).toBe(REMSH);
  expect(settingsFor({ processes: { mail: "mail.js" } }, "mail")).toEqual({ processes: { mail: "mail.js" } });
});
