import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["test/**/*.test.ts"],
    testTimeout: 30_000,
    hookTimeout: 60_000,
    // Real processes share two cores: more workers than that only make each test slower.
    maxWorkers: 2,
  },
});
