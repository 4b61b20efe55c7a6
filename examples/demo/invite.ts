// Prints what to type next, after `npm run demo -- --stay`.
import { say } from "./screen.ts";
import { SHOP, type Stage } from "./stage.ts";

/** Prints lines that work when they are pasted into another terminal. */
export function invite({ env }: Stage, url: string): void {
  const lines = [
    `cd ${quote(SHOP)}`,
    `export REMSH_RUNTIME_DIR=${quote(env.REMSH_RUNTIME_DIR ?? "")}`,
    "bin/shop help",
    "bin/shop status",
    "bin/shop rpc Release.seed --count 5",
    "bin/shop rpc Report.rebuild",
    `curl -s ${quote(`${url}/report?ms=10000`)} &`,
    "bin/shop stack",
    `psql ${quote(env.DATABASE_URL ?? "")}`,
  ];
  say("The shop and its database stay up. In another terminal:\n");
  for (const line of lines) say(`  ${line}`);
  say("\nCtrl-C here closes both and removes what they made.");
}

/** The word, quoted for a shell. */
function quote(word: string): string {
  return /^[\w./:@-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}
