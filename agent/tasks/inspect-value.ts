// Shows a value without what the agent has attached to it. On Node 20 and 22, an AsyncLocalStorage leaves its store in
// every promise, timer and socket that a run makes, and async_hooks leaves the numbers of promises. Later versions
// leave the store in timers. Node itself adds these as enumerable properties, so only the text can be cleaned. Tests
// check this on each Node version.
import { inspect, type InspectOptions } from "node:util";

/** How a run looks when it is such a store. */
export const RUN_LOOK = "[remsh run]";

const COLOR = "(?:\\u001b\\[\\d+m)?";
const RUN = RUN_LOOK.replace(/[[\]]/g, "\\$&");
const symbol = (name: string) => `\\[?${COLOR}Symbol\\(${name}\\)${COLOR}\\]?: `;

/** The store and the comma before it; for a promise also the numbers, which are there only because of the store. */
const ATTACHED = new RegExp(
  `(?:,\\s+${symbol("async_id_symbol")}${COLOR}\\d+${COLOR},\\s+${symbol("trigger_async_id_symbol")}${COLOR}\\d+${COLOR})?` +
    `,\\s+${symbol("kResourceStore")}${RUN}`,
  "g",
);

/** The same on Node 24 and later, where a timer and an AsyncResource keep the whole context. */
const FRAME = `${symbol("\\w*[cC]ontext_?[fF]rame")}AsyncContextFrame\\(1\\) \\[Map\\] \\{\\s+AsyncLocalStorage \\{\\} => ${RUN}\\s+\\}`;
const CONTEXT = new RegExp(`,\\s+${FRAME}|${FRAME},\\s+`, "g");

/** A promise that was broken into lines because of text that is now removed. */
const BROKEN = /Promise \{\n\s+(.{1,60})\n\s*\}/g;

/** Like `util.inspect`, for values that a person looks at. */
export function inspectValue(value: unknown, options: InspectOptions): string {
  return inspect(value, options).replaceAll(ATTACHED, "").replaceAll(CONTEXT, "").replaceAll(BROKEN, "Promise { $1 }");
}
