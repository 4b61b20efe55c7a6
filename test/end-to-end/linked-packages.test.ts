// Packages as pnpm lays them out: each in a folder of its own, and found by links.
import { cpSync, mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import path from "node:path";
import { afterAll, expect, test } from "vitest";
import { remsh, removeTemporary, start, stop, temporaryDirectory } from "./processes.ts";

const NODE = process.env.REMSH_TEST_NODE ?? process.execPath;
const ROOT = path.join(import.meta.dirname, "../..");
const LINKS = { remsh: ["vm2"], vm2: ["acorn", "acorn-walk"], "acorn-walk": ["acorn"] };

afterAll(removeTemporary);

/** Lays out the packages, and returns the folder of the app that uses them. */
function layOut(): string {
  const app = temporaryDirectory();
  const store = path.join(app, "node_modules/.pnpm");
  const place = (owner: string, name: string) => path.join(store, owner, "node_modules", name);
  for (const name of ["vm2", "acorn", "acorn-walk"])
    cpSync(path.join(ROOT, "node_modules", name), place(name, name), { recursive: true });
  mkdirSync(place("remsh", "remsh"), { recursive: true });
  for (const name of ["dist", "package.json"])
    cpSync(path.join(ROOT, name), path.join(place("remsh", "remsh"), name), { recursive: true });
  cpSync(path.join(ROOT, "node_modules/devalue"), place("remsh", "devalue"), { recursive: true });
  for (const [owner, names] of Object.entries(LINKS)) {
    for (const name of names) symlinkSync(place(name, name), place(owner, name));
  }
  symlinkSync(place("remsh", "remsh"), path.join(app, "node_modules/remsh"));
  return app;
}

test("expressions are evaluated where packages are links", async () => {
  const folder = layOut();
  const socket = path.join(folder, "s.sock");
  const file = path.join(folder, "app.mjs");
  writeFileSync(
    file,
    `import { startAgent } from "remsh";
     await startAgent({ app: "linked", socket: ${JSON.stringify(socket)}, required: true, tasks: { add: (a, b) => a + b } });
     setInterval(() => {}, 1000);
     console.log("up");`,
  );
  const app = start(NODE, [file], {});
  await app.printed("up");
  expect(await remsh(["--socket", socket, "rpc", "add(1, 2)"])).toEqual({ stdout: "3\n", stderr: "", code: 0 });
  await stop(app);
});
