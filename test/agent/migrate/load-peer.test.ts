import { mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { umzug } from "../../../agent/migrate/engines/umzug.ts";
import { loadPeer, type Peer } from "../../../agent/migrate/engines/load-peer.ts";
import { removeTemporary, temporaryDirectory } from "../../end-to-end/processes.ts";

afterAll(removeTemporary);

/** A file of a package beside which that version of an engine is installed. */
function beside(name: Peer, version: string): string {
  const folder = path.join(temporaryDirectory(), "node_modules");
  mkdirSync(path.join(folder, name), { recursive: true });
  writeFileSync(path.join(folder, name, "package.json"), JSON.stringify({ name, version }));
  return path.join(folder, "remsh/dist/migrate.js");
}

const loaded = () => Promise.resolve("loaded");

describe("an engine's package", () => {
  test.each([
    ["knex", "2.5.1", ">=3.0.1 <4"],
    ["knex", "3.0.0", ">=3.0.1 <4"],
    ["knex", "4.0.0", ">=3.0.1 <4"],
    ["kysely", "0.26.3", ">=0.27.0 <1"],
    ["node-pg-migrate", "6.2.2", ">=7.9.0 <10"],
    ["node-pg-migrate", "7.8.1", ">=7.9.0 <10"],
    ["drizzle-orm", "0.29.5", ">=0.30.0 <1"],
    ["drizzle-orm", "1.0.0-beta.2", ">=0.30.0 <1"],
  ] as const)("%s %s is refused with the versions that work", async (name, version, range) => {
    await expect(loadPeer(name, loaded, beside(name, version))).rejects.toMatchObject({
      exitCode: 78,
      message: `Cannot use the migrations of ${name}: ${name} ${version} is installed, and remsh works with "${range}" (npm install ${name}@"${range}")`,
    });
  });

  test.each([
    ["knex", "3.0.1"],
    ["kysely", "0.28.18"],
    ["node-pg-migrate", "7.10.0"],
    ["node-pg-migrate", "9.0.0-rc.1"],
    ["drizzle-orm", "0.45.4"],
  ] as const)("%s %s is loaded", async (name, version) => {
    expect(await loadPeer(name, loaded, beside(name, version))).toBe("loaded");
  });

  test("that is not installed is named", async () => {
    const missing = Object.assign(new Error("Cannot find package 'knex'"), { code: "ERR_MODULE_NOT_FOUND" });
    await expect(loadPeer("knex", () => Promise.reject(missing), "/none.js")).rejects.toMatchObject({
      exitCode: 78,
      message: 'Cannot use the migrations of knex: the package "knex" is not installed',
    });
  });
});

test("an Umzug of umzug 2, which the app makes itself, is refused", async () => {
  const engine = umzug({ create: () => ({ options: {} }) as never });
  await expect(engine.read({ query: () => Promise.resolve({ rows: [] }) } as never, undefined)).rejects.toMatchObject({
    exitCode: 78,
    message: 'Cannot use the Umzug that "create" makes: it is older than umzug 3 (npm install umzug@3)',
  });
});
