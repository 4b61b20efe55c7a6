// Finds a port for a server that cannot choose one itself and say which.
import { createServer, type AddressInfo } from "node:net";

/** A port that nobody listens at, for now. */
export function freePort(): Promise<number> {
  const server = createServer();
  return new Promise((resolve, reject) => {
    server.on("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const { port } = server.address() as AddressInfo;
      server.close(() => resolve(port));
    });
  });
}
