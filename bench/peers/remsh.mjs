// remsh: a task that returns its argument, called by the client library.
import { startAgent } from "../../dist/agent.js";
import { connect as connectClient } from "../../dist/client.js";

/** Serves at the socket. */
export async function serve(socket) {
  const tasks = { Bench: { echo: (text) => text } };
  await startAgent({ app: "bench", version: "1.0.0", socket, tasks, required: true });
}

/** Connects; resolves to the function that calls. */
export async function connect(socket) {
  const client = await connectClient({ socket });
  return (text) => client.call("Bench.echo", [text]);
}
