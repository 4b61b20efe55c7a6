// What the supervisor of an app loads when it is to stop the app, and not before: a bundle of its own (build.mjs), whose text
// would otherwise be in memory for as long as the app runs.
export { KnownProcess } from "../processes/known-process.ts";
export { stopOnce } from "./stop-once.ts";
