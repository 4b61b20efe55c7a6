// The template of `release.ts`, the module of the app's tasks: with the tasks of its migration engine, or with an
// example.
import type { App } from "../app.ts";
import type { EngineName } from "../engine-name.ts";
import type { Engine } from "../engine.ts";
import type { MigratingCommand } from "../migrating-command.ts";
import type { Language } from "../task-module.ts";

/** The module for the app's engine and in its language. */
export function releaseModule(app: App): string {
  const { name, engine, command, tasks } = app;
  const { language } = tasks;
  if (engine) return withMigrations({ name, language, ...ofEngine(engine) });
  return command ? withMigrations({ name, language, ...ofCommand(command) }) : withExample(name, language);
}

/** What makes the module of an app that migrates. */
interface Migrating {
  /** The names that it imports, and from where. */
  imports: readonly (readonly [what: string, from: string])[];
  needsRoot: boolean;
  /** The options of `migrations()`. */
  options: readonly string[];
}

function ofEngine(engine: Engine): Migrating {
  return {
    imports: [
      ["path", "node:path"],
      [sorted(engine.name, "migrations"), "remsh/migrate"],
      ...(engine.name === "umzug" ? ([["{ Umzug }", "umzug"]] as const) : []),
    ],
    needsRoot: true,
    options: [`engine: ${ENGINE_CALLS[engine.name](engine)}`, ADDRESS],
  };
}

/** A text is run by a shell, which finds the programs of packages only where they are on its PATH. */
function ofCommand({ text, isInModules, hasLock }: MigratingCommand): Migrating {
  const modules = 'env: { PATH: `${process.env.PATH}:${path.join(root, "node_modules/.bin")}` }';
  return {
    imports: [...(isInModules ? ([["path", "node:path"]] as const) : []), ["{ command, migrations }", "remsh/migrate"]],
    needsRoot: isInModules,
    options: [
      `engine: command(${JSON.stringify(text)}${isInModules ? `, { ${modules} }` : ""})`,
      ...(hasLock
        ? [ADDRESS, "// The lock is PostgreSQL's.\n    lock: Boolean(process.env.DATABASE_URL)"]
        : ["lock: false"]),
    ],
  };
}

const ADDRESS = "databaseUrl: () => process.env.DATABASE_URL";

function withMigrations({ name, language, imports, needsRoot, options }: Migrating & Named): string {
  const root = `/** The app's folder, whatever folder it is called from. */
const root = process.env.REMSH_ROOT ?? process.cwd();

`;
  return `${about(name, "migrate")}${imports.map(([what, from]) => importOf(language, what, from)).join("")}
${needsRoot ? root : ""}/** What a release needs done: migrate, rollback, migrations, and what you add. */
${exported(language)} = {
  ...migrations({
${options.map((option) => `    ${option},\n`).join("")}  }),
};
`;
}

interface Named {
  name: string;
  language: Language;
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

const ENGINE_CALLS: Readonly<Record<EngineName, (engine: Engine) => string>> = {
  nodePgMigrate: (engine) => `nodePgMigrate({ ${place("directory", engine)} })`,
  knex: (engine) =>
    `knex({ ${engine.isMysql ? 'client: "mysql2", ' : ""}migrations: { ${place("directory", engine)} } })`,
  kysely: (engine) => `kysely({ ${place("directory", engine)} })`,
  drizzle: (engine) => `drizzle({ ${place("migrationsFolder", engine)} })`,
  prisma: (engine) => `prisma({ ${place("directory", engine)} })`,
  umzug: ({ folder }) => `umzug({
      create: ({ client, storage }) =>
        new Umzug({
          migrations: { glob: [${JSON.stringify(`${folder}/*.{js,mjs,cjs,ts}`)}, { cwd: root }] },
          context: client,
          storage,
          logger: undefined,
        }),
    })`,
};

/** The folder under the name that the engine has for it, and what else its configuration says. */
function place(name: string, { folder, options }: Engine): string {
  const others = Object.entries(options).map(([option, value]) => `${option}: ${JSON.stringify(value)}`);
  return [`${name}: path.join(root, ${JSON.stringify(folder)})`, ...others].join(", ");
}
