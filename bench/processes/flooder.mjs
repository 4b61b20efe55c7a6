// An attacker: floods a socket in one of the ways of ../floods/ until the process is ended.
import { answerParent } from "./parent.mjs";

// The agent may end connections at any moment because of a flood.
process.on("uncaughtException", () => {});

answerParent({
  flood: async ({ kind, socket }) => {
    const { FLOODS } = await import("../floods/kinds.mjs");
    await FLOODS[kind].begin(socket);
  },
});
