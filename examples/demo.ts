// `npm run demo`: a real app, a real database, the real commands. Every step is checked, and in any case the app and
// the database are gone afterwards.
import { ask } from "./demo/ask.ts";
import { onInterrupt, Interrupted } from "./demo/interrupt.ts";
import { invite } from "./demo/invite.ts";
import { play } from "./demo/play.ts";
import { say, warn } from "./demo/screen.ts";
import { Stage } from "./demo/stage.ts";
import { closingSteps, steps } from "./demo/steps.ts";

const { stay } = ask(process.argv.slice(2));
const stage = new Stage();

process.exit(await demo());

/** Resolves to the exit code, after everything is cleaned up. */
async function demo(): Promise<number> {
  try {
    await Promise.race([perform(), onInterrupt()]);
    return 0;
  } catch (error) {
    return explain(error);
  } finally {
    await stage.strike();
  }
}

async function perform(): Promise<void> {
  say("Starting PostgreSQL and the shop …");
  const { url } = await stage.set();
  await play(steps(url), stage);
  if (!stay) return play(closingSteps(), stage);
  invite(stage, url);
  await stage.appIsGone();
}

function explain(error: unknown): number {
  if (error instanceof Interrupted) {
    say(`\n${error.message}: closing the shop and its database …`);
    return stay && error.signal === "SIGINT" ? 0 : error.exitCode;
  }
  warn(error instanceof Error ? error.message : String(error));
  return 1;
}
