// How a value looks, without what the agent has attached to it: on Node 20 and 22 an AsyncLocalStorage leaves its store in
// every promise, timer and socket that is made in a run, and async_hooks the numbers of promises; later ones leave it in timers.
// Node itself puts it there, as an enumerable property, so nothing but the text can be cleaned; tests do it on each Node.
import { inspect, type InspectOptions } from "node:util";

/** How a run looks where it is such a store. */
export const RUN_LOOK = "[remsh run]";

const COLOR = "(?:\\u001b\\[\\d+m)?";
const RUN = RUN_LOOK.replace(/[[\]]/g, "\\$&");
const symbol = (name: string) => `\\[?${COLOR}Symbol\\(${name}\\)${COLOR}\\]?: `;

/** The store, with the comma before it; of a promise also the numbers, which are there for its sake. */
const ATTACHED = new RegExp(
  `(?:,\\s+${symbol("async_id_symbol")}${COLOR}\\d+${COLOR},\\s+${symbol("trigger_async_id_symbol")}${COLOR}\\d+${COLOR})?` +
    `,\\s+${symbol("kResourceStore")}${RUN}`,
  "g",
);

/** The same on Node 24 and later, where a timer and an AsyncResource keep the whole context. */
const FRAME = `${symbol("\\w*[cC]ontext_?[fF]rame")}AsyncContextFrame\\(1\\) \\[Map\\] \\{\\s+AsyncLocalStorage \\{\\} => ${RUN}\\s+\\}`;
const CONTEXT = new RegExp(`,\\s+${FRAME}|${FRAME},\\s+`, "g");

/** A promise that was broken into lines for what is left out now. */
const BROKEN = /Promise \{\n\s+(.{1,60})\n\s*\}/g;

/** As `util.inspect`, for a person who looks at the value. */
export function inspectValue(value: unknown, options: InspectOptions): string {
  return inspect(value, options).replaceAll(ATTACHED, "").replaceAll(CONTEXT, "").replaceAll(BROKEN, "Promise { $1 }");
}
