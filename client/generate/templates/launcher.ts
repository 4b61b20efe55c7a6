// The templates for the launcher's settings, and the two programs that a container calls.
import type { App } from "../app.ts";
import { quoted } from "../start/shell.ts";

/** `rel/env.sh`: sets the environment of every command. */
export function environment({ name, plainName, start }: App): string {
  const variables = Object.entries(start.env).map(([key, value]) => `export ${key}=${quoted([value])}\n`);
  return `# shellcheck shell=sh
# bin/${name} reads this before every command. It finds REMSH_ROOT, REMSH_APP and REMSH_COMMAND (start, rpc, ...), and what it
# exports, the command and the app find. It must print nothing.
${variables.length === 0 ? "" : `\n# From the start script.\n${variables.join("")}`}
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
