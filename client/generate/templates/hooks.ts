// The templates for the hooks.
import type { App } from "../app.ts";
import type { MigratingPhase } from "../planned-file.ts";
import { isOfRelease } from "../migrating-command.ts";
import type { BeforeApp } from "../start/before-app.ts";

/** `rel/hooks/<phase>.d/10-migrate`: calls `remsh`, because a shell may have a command with the app's own name. */
export function migrateHook({ name }: App, phase: MigratingPhase): string {
  return phase === "pre_start"
    ? `#!/bin/sh
# Migrates the database: the ${name} does not start before that has succeeded
remsh eval Release.migrate
`
    : `#!/bin/sh
# Migrates the database: the ${name} is not ready before that has succeeded
remsh ping --wait && remsh rpc Release.migrate
`;
}

/** A hook with commands of the start script, which finds the programs that they find there. */
export function scriptHook(app: App, commands: readonly BeforeApp[]): string {
  const lines = commands.map((command) => (isOfRelease(app, command) ? "remsh eval Release.migrate" : command.text));
  return `#!/bin/sh
# ${commands.some(({ kind }) => kind === "migrates") ? "Migrates the database" : "Prepares the start"} as the start script did, and the app does not start before that has succeeded
set -e
PATH=$PATH:$REMSH_ROOT/node_modules/.bin
${lines.join("\n")}
`;
}

/** `rel/hooks/README.md`. */
export function aboutHooks({ name }: App): string {
  return `# Hooks

Executables in \`rel/hooks/<phase>.d/\`, run by \`bin/${name} start\` in lexical order. \`bin/${name} describe\` lists them.

| phase | when | a failure |
| --- | --- | --- |
| pre_configure | before package.json is read, and before eval | ends the start |
| post_configure | after that | ends the start |
| pre_start | before the app is started | ends the start |
| post_start | the app has loaded, and answers | stops the app |
| pre_stop | the app is not ready any more, and still runs | is told |
| post_stop | its process is gone | is told |

A hook before the app gives it variables: \`echo "NAME=value" >> "$REMSH_ENV_FILE"\`.
The app is ready when every post_start hook has succeeded. A hook finds REMSH_ROOT, REMSH_APP, REMSH_PHASE, and
\`remsh\`, which asks this app, on its PATH. A \`.js\` or \`.ts\` file without a \`#!\` line is a module: its default export is called.
`;
}
