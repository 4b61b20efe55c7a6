// The template of `release.ts`, the module of the app's tasks: with the tasks of its migration engine, or with an
// example.
import type { App } from "../app.ts";
import type { EngineName } from "../engine-name.ts";
import type { Engine } from "../engine.ts";
import type { Language } from "../task-module.ts";

/** The module for the app's engine and in its language. */
export function releaseModule({ name, engine, tasks: { language } }: App): string {
  return engine ? withMigrations({ name, language, engine }) : withExample(name, language);
}

function withMigrations({ name, language, engine }: { name: string; language: Language; engine: Engine }): string {
  const imports = [
    ["path", "node:path"],
    [sorted(engine.name, "migrations"), "remsh/migrate"],
    ...(engine.name === "umzug" ? [["{ Umzug }", "umzug"]] : []),
  ];
  return `${about(name, "migrate")}${imports.map(([what, from]) => importOf(language, what ?? "", from ?? "")).join("")}
/** The app's folder, whatever folder it is called from. */
const root = process.env.REMSH_ROOT ?? process.cwd();

/** What a release needs done: migrate, rollback, migrations, and what you add. */
${exported(language)} = {
  ...migrations({
    engine: ${ENGINE_CALLS[engine.name](engine.folder)},
    databaseUrl: () => process.env.DATABASE_URL,
  }),
};
`;
}

function withExample(name: string, language: Language): string {
  return `${about(name, "hello")}${importOf(language, "{ task }", "remsh")}
/** What a release needs done. */
${exported(language)} = {
  hello: task({
    description: "Say which process this is: an example for tasks of your own",
    run: () => \`pid \${process.pid}, Node \${process.versions.node}, up \${Math.round(process.uptime())} s\`,
  }),
};
`;
}

function about(name: string, task: string): string {
  return `// The tasks that an operator may call in the running app: bin/${name} rpc Release.${task}\n`;
}

function importOf(language: Language, what: string, from: string): string {
  return language === "commonjs"
    ? `const ${what} = require(${JSON.stringify(from)});\n`
    : `import ${what} from ${JSON.stringify(from)};\n`;
}

function exported(language: Language): string {
  return language === "commonjs" ? "exports.Release" : "export const Release";
}

function sorted(...names: string[]): string {
  return `{ ${names.sort().join(", ")} }`;
}

const ENGINE_CALLS: Readonly<Record<EngineName, (folder: string) => string>> = {
  nodePgMigrate: (folder) => `nodePgMigrate({ directory: ${inRoot(folder)} })`,
  knex: (folder) => `knex({ migrations: { directory: ${inRoot(folder)} } })`,
  kysely: (folder) => `kysely({ directory: ${inRoot(folder)} })`,
  drizzle: (folder) => `drizzle({ migrationsFolder: ${inRoot(folder)} })`,
  prisma: (folder) => `prisma({ directory: ${inRoot(folder)} })`,
  umzug: (folder) => `umzug({
      create: ({ client, storage }) =>
        new Umzug({
          migrations: { glob: [${JSON.stringify(`${folder}/*.{js,mjs,cjs,ts}`)}, { cwd: root }] },
          context: client,
          storage,
          logger: undefined,
        }),
    })`,
};

function inRoot(folder: string): string {
  return `path.join(root, ${JSON.stringify(folder)})`;
}
