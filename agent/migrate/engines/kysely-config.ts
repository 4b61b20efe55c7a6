// What the Kysely of the migrations is made with. Apart from the options, whose types the package ships: those must not
// need kysely.
import type { KyselyConfig } from "kysely";
import type { KyselyOptions } from "./kysely-options.ts";

/** What the user gives to a Kysely, whose own types say more of it than ours may. */
export function ofKysely({ plugins, log }: KyselyOptions): Omit<KyselyConfig, "dialect"> {
  return { ...(plugins !== undefined && { plugins }), ...(log !== undefined && { log }) } as Omit<
    KyselyConfig,
    "dialect"
  >;
}
