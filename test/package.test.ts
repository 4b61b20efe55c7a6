// What npm says when it installs this package, or the packages that it is developed with.
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";

interface Manifest {
  engines?: { node?: string };
  peerDependencies?: Record<string, string>;
  peerDependenciesMeta?: Record<string, { optional: boolean }>;
}

function read<Content>(file: string): Content {
  return JSON.parse(readFileSync(new URL(`../${file}`, import.meta.url), "utf8")) as Content;
}

test("no version of another package keeps npm from installing it: every peer is optional, in any version", () => {
  const { peerDependencies = {}, peerDependenciesMeta = {} } = read<Manifest>("package.json");
  for (const [name, range] of Object.entries(peerDependencies)) {
    expect({ name, range, ...peerDependenciesMeta[name] }).toEqual({ name, range: "*", optional: true });
  }
});

test("what it is developed with runs on the oldest Node that it supports", () => {
  const { packages } = read<{ packages: Record<string, Manifest> }>("package-lock.json");
  const newer = Object.entries(packages).filter(([, { engines }]) => {
    const [, major] = /^>=\s*(\d+)/.exec(engines?.node ?? "") ?? [];
    return Number(major) > 20;
  });
  expect(newer.map(([name]) => name)).toEqual([]);
});
