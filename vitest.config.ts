import { defineConfig } from "vitest/config";

// Where it is set, each of the thousands of processes that the tests start would read all those certificates, on Node 20 for
// 40 ms of CPU; no test speaks with anybody who needs them.
delete process.env.NODE_EXTRA_CA_CERTS;

export default defineConfig({
  test: {
    reporters: ["default", "./test/summary.ts"],
    globalSetup: ["./test/shared-postgres.ts", "./test/shared-mariadb.ts"],
    include: ["test/**/*.test.ts"],
    // More than a test that waits in vain needs to say for what: 60 s (test/patience.ts).
    testTimeout: 120_000,
    hookTimeout: 120_000,
    expect: { poll: { timeout: 60_000 } },
    // Until five whole runs in a row have passed without it: a fault fails twice.
    retry: process.env.CI ? 1 : 0,
    // Of two cores: most of a test is waiting for a process, and a third worker uses what the others leave.
    maxWorkers: 3,
  },
});
