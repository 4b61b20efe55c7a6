// The options of MikroORM for `mikroOrm()`: what decides about migrations is used, and what says how to connect is
// replaced.
import { badOption, requireKnownOptions } from "../plan/known-options.ts";
import { resolveInApp } from "./resolve-in-app.ts";

/** The app's configuration, as in mikro-orm.config.ts. */
export interface MikroOrmOptions {
  /** MikroORM's options, or what `defineConfig()` returns. Nothing connects with them. */
  config: object;
}

/** Options of MikroORM's that are read here. */
export interface MikroOrmConfig {
  readonly schema?: string;
  readonly discovery?: object;
  readonly migrations?: {
    readonly tableName?: string;
    readonly path?: string;
    readonly pathTs?: string;
    readonly transactional?: boolean;
  };
}

/** @throws TaskFailure (exit 78) when there is no configuration, or it has a driver for another database. */
export function mikroOrmConfig(options: MikroOrmOptions): MikroOrmConfig {
  requireKnownOptions(options, { of: "mikroOrm()", names: ["config"] });
  const { config } = options as { config?: unknown };
  const wrong = (reason: string): Error => badOption(`Cannot use the option "config" of mikroOrm(): ${reason}`);
  if (typeof config !== "object" || config === null || "then" in config)
    throw wrong("it must be MikroORM's options, as in mikro-orm.config.ts");
  const { driver } = config as { driver?: { name?: string } };
  if (driver !== undefined && driver.name !== "PostgreSqlDriver")
    throw wrong(`its driver is ${driver.name ?? "unknown"}, and not PostgreSqlDriver`);
  return config;
}

interface Replaced {
  readonly migrations?: object;
  readonly [name: string]: unknown;
}

/** What a MikroORM is made from instead: without anything that connects elsewhere, or writes files. */
export function ownConfig(config: MikroOrmConfig, replaced: Replaced): object {
  const { path = "./migrations", pathTs } = config.migrations ?? {};
  return {
    ...config,
    ...{ clientUrl: undefined, host: undefined, port: undefined, user: undefined, password: undefined },
    ...{
      replicas: undefined,
      preferReadReplicas: false,
      debug: false,
      logger: () => {},
      pool: {},
      ensureDatabase: false,
    },
    discovery: { ...config.discovery, warnWhenNoEntities: false },
    ...replaced,
    migrations: {
      ...config.migrations,
      path: resolveInApp(path),
      ...(pathTs !== undefined && { pathTs: resolveInApp(pathTs) }),
      ...{ transactional: false, allOrNothing: false, snapshot: false, silent: true }, // the transaction is remsh's
      ...replaced.migrations,
    },
  };
}
