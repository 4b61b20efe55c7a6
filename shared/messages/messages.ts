// All messages that client and agent exchange, by theme.
export * from "./rpc-messages.ts";
export * from "./answer-messages.ts";
export * from "./methods.ts";
export type * from "./lifecycle-messages.ts";
export type * from "./ping-messages.ts";
export type * from "./run-messages.ts";
export type * from "./task-messages.ts";
