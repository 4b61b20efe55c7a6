// An attacker: floods a socket in one of the ways of ../floods/, until the process is ended.
import { answerParent } from "./parent.mjs";

// What the agent does about a flood ends connections at any moment.
process.on("uncaughtException", () => {});

answerParent({
  flood: async ({ kind, socket }) => {
    const { FLOODS } = await import("../floods/kinds.mjs");
    await FLOODS[kind].begin(socket);
  },
});
