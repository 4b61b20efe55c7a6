// The templates for the launcher's settings, the two programs that a container calls, and the hooks.
import type { App } from "../app.ts";

/** `rel/env.sh`: sets the environment of every command. */
export function environment({ name, plainName }: App): string {
  return `# shellcheck shell=sh
# bin/${name} reads this before every command. It finds REMSH_ROOT, REMSH_APP and REMSH_COMMAND (start, rpc, ...), and what it
# exports, the command and the app find. It must print nothing.

# Where the sockets are, unless it is said: the systemd unit in rel/systemd has this folder made.
if [ -z "\${REMSH_RUNTIME_DIR:-}" ] && [ -w /run/remsh-${plainName} ]; then
  export REMSH_RUNTIME_DIR=/run/remsh-${plainName}
fi

# A port for probes over HTTP, GET /livez and GET /readyz:
# export REMSH_HEALTH_PORT=9000

# For some commands only:
# case $REMSH_COMMAND in start | daemon) export NODE_OPTIONS=--max-old-space-size=512 ;; esac
`;
}

/** `bin/server`. */
export function serverProgram({ name }: App): string {
  return `#!/bin/sh
# Starts the app in the foreground, with its hooks: what a container runs.
set -e
CDPATH='' cd -P -- "$(dirname -- "$0")/.."
exec bin/${name} start -- "$@"
`;
}

/** `bin/migrate`. */
export function migrateProgram({ name }: App): string {
  return `#!/bin/sh
# Applies the pending migrations in a process of its own: the app need not run. bin/migrate --check only asks.
set -e
CDPATH='' cd -P -- "$(dirname -- "$0")/.."
exec bin/${name} eval Release.migrate "$@"
`;
}

/** `rel/hooks/post_start.d/10-migrate`: calls `remsh`, because a shell may have a command with the app's own name. */
export function migrateHook({ name }: App): string {
  return `#!/bin/sh
# Migrates the database: the ${name} is not ready before that has succeeded
remsh ping --wait && remsh rpc Release.migrate
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
