// The child's end of ../child.mjs.

/** Answers the parent's questions by name, and ends with the parent. */
export function answerParent(answers) {
  process.on("message", async ({ name, params }) => {
    try {
      process.send({ result: await answers[name](params) });
    } catch (error) {
      process.send({ error: String(error?.stack ?? error) });
    }
  });
  process.on("disconnect", () => process.exit());
}
