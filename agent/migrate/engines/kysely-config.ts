// The configuration of the Kysely that the migrations get. It is not in kysely-options.ts, because the package ships
// the types of that file, and they must not need kysely.
import type { KyselyConfig } from "kysely";
import type { KyselyOptions } from "./kysely-options.ts";

/** The user's options for a Kysely. The cast is for kysely's types, which our options must not import. */
export function ofKysely({ plugins, log }: KyselyOptions): Omit<KyselyConfig, "dialect"> {
  return { ...(plugins !== undefined && { plugins }), ...(log !== undefined && { log }) } as Omit<
    KyselyConfig,
    "dialect"
  >;
}
