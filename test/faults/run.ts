// `npm run faults -- [--rounds 5] [--seed 1] [victim…]`: kills one process at a random moment, repeatedly, and checks
// that no message is false, and that nothing is stuck or left behind.
import { parseArgs } from "node:util";
import { removeTemporary } from "../end-to-end/processes.ts";
import { app, client, gateway, sandbox } from "./calls.ts";
import { randomFrom, type Fault, type Random, type Scene } from "./fault.ts";
import { daemon, restart, stop, supervisor } from "./lifecycle.ts";
import { migrate } from "./migrate.ts";

const FAULTS: readonly Fault[] = [client, app, gateway, sandbox, supervisor, daemon, stop, restart, migrate];

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { rounds: { type: "string", default: "5" }, seed: { type: "string", default: "1" } },
});
const rounds = Number(values.rounds);
const seed = Number(values.seed);
const chosen = FAULTS.filter(({ victim }) => positionals.length === 0 || positionals.includes(victim));

console.log(`seed ${seed}, Node ${process.versions.node}, ${rounds} rounds each`);
console.log("| killed | rounds | in time | wrong |\n| --- | --- | --- | --- |");
let wrong = 0;
for (const { victim, open } of chosen) {
  const result = await play(await open(), randomFrom(seed));
  console.log(`| ${victim} | ${rounds} | ${result.hits} | ${result.failures.length} |`);
  for (const failure of result.failures) console.error(`${victim}, ${failure}`);
  wrong += result.failures.length;
}
removeTemporary();
console.log(`${rounds * chosen.length - wrong} passed, ${wrong} failed`);
process.exitCode = wrong > 0 ? 1 : 0;

async function play(scene: Scene, random: Random): Promise<{ hits: number; failures: string[] }> {
  let hits = 0;
  const failures: string[] = [];
  for (let round = 1; round <= rounds; round++) {
    try {
      if (await scene.round(random)) hits++;
    } catch (error) {
      failures.push(`round ${round}: ${error instanceof Error ? error.message : String(error)}`);
    }
  }
  await scene.close().catch((error: unknown) => failures.push(`at the end: ${String(error)}`));
  return { hits, failures };
}
