// Makes the server notice soon that a client process is gone. By default that may take two hours when a host dies or a
// network breaks, or until the end of the running statement when a process is killed.
import type { Client } from "pg";
import { isTransientError } from "./is-transient-error.ts";
import { ownStatement } from "../sql/own-statement.ts";

const SETTINGS: readonly [name: string, value: string][] = [
  ["tcp_keepalives_idle", "10"],
  ["tcp_keepalives_interval", "5"],
  ["tcp_keepalives_count", "3"],
  ["idle_session_timeout", "0"], // since 14; a lock's connection is idle by design
  ["client_connection_check_interval", "1s"], // since 14, and not on every system
];

/**
 * Lets the server check this connection: it ends after 25 seconds of silence, and a closed connection is noticed within
 * a second.
 */
export async function enableKeepalive(client: Client): Promise<void> {
  for (const setting of SETTINGS) {
    const set = ownStatement("SELECT set_config($1, $2, false) WHERE current_setting($1, true) IS NOT NULL");
    await client.query(set, [...setting]).catch((error: unknown) => {
      if (isTransientError(error)) throw error; // the connection is gone; a server without the setting is no worse off than before
    });
  }
}
