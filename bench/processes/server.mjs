// The server of one of peers/, in a separate process.
import { answerParent } from "./parent.mjs";

answerParent({
  serve: async ({ peer, socket }) => {
    const { serve } = await import(`../peers/${peer}.mjs`);
    await serve(socket);
  },
});
