// PostgreSQL's settings for the connections of a repo: the user's own, and the search path for a chosen schema. They
// apply where migrations run and where the applied migrations are read, because a role or a search path decides which
// table that is.
import type { Client } from "pg";
import { messageOf } from "../../../shared/message-of.ts";
import { TaskFailure } from "../../tasks/task.ts";
import { codeOf } from "./code-of.ts";
import { ownStatement } from "../sql/own-statement.ts";
import { identifier } from "../sql/table-place.ts";

/** PostgreSQL settings by their own names: `{ lock_timeout: "5s", statement_timeout: "15min" }`. */
export type Settings = Readonly<Record<string, string>>;

/** The setting, value or role does not exist, or this user may not use it. */
const REFUSED = /^(?:22|42)/;

/** The user's settings, which take precedence over those for the schema. */
export function wantedSettings(schema: string | undefined, settings: Settings = {}): Settings {
  return { ...(schema !== undefined && { search_path: identifier(schema) }), ...settings };
}

/** Applies the settings to the session. @throws TaskFailure (exit 78) that names the one that the server refuses. */
export async function applySettings(client: Client, settings: Settings): Promise<void> {
  for (const [name, value] of Object.entries(settings)) {
    await client.query(ownStatement("SELECT set_config($1, $2, false)"), [name, value]).catch((cause: unknown) => {
      if (!REFUSED.test(codeOf(cause) ?? "")) throw cause;
      throw new TaskFailure(`Cannot set "${name}" to "${value}" in the database: ${messageOf(cause)}`, {
        exitCode: 78,
        code: "BAD_SETTING",
        cause,
      });
    });
  }
}

/** Does the work under the settings, and restores the previous ones. For a connection that is kept. */
export async function underSettings<Result>(
  client: Client,
  settings: Settings,
  work: () => Promise<Result>,
): Promise<Result> {
  const names = Object.keys(settings);
  const { rows } = await client.query<{ name: string; value: string | null }>(
    "SELECT name, current_setting(name, true) AS value FROM unnest($1::text[]) AS name",
    [names],
  );
  const before = Object.fromEntries(rows.map(({ name, value }) => [name, value ?? ""]));
  try {
    await applySettings(client, settings);
    const result = await work();
    await applySettings(client, before);
    return result;
  } catch (error) {
    await applySettings(client, before).catch(() => {}); // why the work failed says more
    throw error;
  }
}

/** Restores what a migration has set in its session, a role too, so that its record goes to the right place. */
export async function restoreSettings(client: Client, settings: Settings): Promise<void> {
  // The timeout first: a short one would end the statements after it.
  for (const what of ["statement_timeout", "SESSION AUTHORIZATION", "ROLE", "ALL"])
    await client.query(ownStatement(`RESET ${what}`));
  await applySettings(client, settings);
}
