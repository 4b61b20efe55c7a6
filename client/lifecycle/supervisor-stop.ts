// The code with which an app's supervisor stops the app. It is a separate bundle (build.mjs), loaded only for the stop,
// and otherwise would be in memory as long as the app runs.
export { KnownProcess } from "../processes/known-process.ts";
export { stopOnce } from "./stop-once.ts";
