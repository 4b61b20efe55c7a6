// Writes the launcher `bin/<app>`, which finds the app's folder, its settings, Node and the client. It is POSIX sh, so
// that a container needs nothing else. A `ping` that succeeds does not even start Node, because a probe every few
// seconds would pay for that.
import { checkName, directoryName } from "../../shared/addresses.ts";

/** For which app the launcher is made. */
export interface LauncherOptions {
  /** The app's name, which is also the launcher's. */
  app: string;
  /** The name of its package. The package's scope is part of the name of its sockets' directory. */
  packageName?: string | undefined;
}

/**
 * The text of `bin/<app>`; the file must be executable. docs/lifecycle.md has the table of its variables.
 *
 * @throws RpcError BAD_ARGUMENTS when the name cannot be an app's.
 */
export function launcherScript(options: LauncherOptions): string {
  const app = checkName("app", options.app);
  const scope = directoryName(app, options.packageName).slice(0, -app.length);
  return `#!/bin/sh
# Starts ${app}, and talks to it while it runs: bin/${app} start, bin/${app} ping, bin/${app} help.
set -e

case $0 in */*) self=$0 ;; *) self=./$0 ;; esac
while [ -h "$self" ]; do
  link=$(readlink "$self")
  case $link in /*) self=$link ;; *) self=\${self%/*}/$link ;; esac
done
root=$(CDPATH='' cd -- "\${self%/*}/.." && pwd -P)
# What the app of another folder has set for what it starts is not for this one.
if [ "\${REMSH_ROOT:-$root}" != "$root" ]; then unset REMSH_APP REMSH_INSTANCE REMSH_SOCKET REMSH_VERSION; fi
REMSH_ROOT=$root REMSH_APP=\${REMSH_APP:-${app}} REMSH_PROGRAM=${app} REMSH_COMMAND=\${1:-}
export REMSH_ROOT REMSH_APP REMSH_PROGRAM REMSH_COMMAND
fail() { echo "Cannot run ${app}: $1" >&2 && exit 78; }
# A working directory that was removed is no place to work from.
pwd -P >/dev/null 2>&1 || cd -- "$root"

# rel/env.sh, as a script under \`set -e\`, and alike in every shell: in a function, so that it may return and set arguments
# of its own; by eval, since a shell calls a sourced file failed whose last test is false. What it prints is not the command's.
environment() { eval "$text
:"; }
if [ -e "$root/rel/env.sh" ] || [ -h "$root/rel/env.sh" ]; then
  # What the app is given apart from that, for its restart. The system limits the size of a variable.
  case $REMSH_COMMAND in start|daemon|restart) REMSH_GIVEN=$(tr '\\0\\n' '\\n\\1' 2>/dev/null </proc/$$/environ) || : ;; esac
  if [ "$REMSH_GIVEN" ] && [ \${#REMSH_GIVEN} -lt 30000 ]; then export REMSH_GIVEN; else unset REMSH_GIVEN; fi
  trap 'fail "rel/env.sh failed with exit $? (sh -ex rel/env.sh shows where)"' EXIT
  text=$(tr -d '\\r' <"$root/rel/env.sh")
  environment "$@" </dev/null >&2
  trap - EXIT
  set -e +u +f
fi

# A bare ping without Node. For what is not a plain pong, the client finds the sentence and the exit code.
if [ "$*" = ping ] && command -v curl >/dev/null; then
  folder=\${REMSH_RUNTIME_DIR:-\${XDG_RUNTIME_DIR:-/run}/remsh}/${scope}$REMSH_APP whose="Remsh-Folder: $root"
  case $root in *[!A-Za-z0-9/._-]*) folder=/dev/null ;; esac # the client can say it
  set -- "$folder"/*.sock && case \${1##*/} in [!0-9]*) set -- "$1" named ;; esac # perhaps another process of the app
  if [ "$REMSH_INSTANCE" ]; then set -- "$folder/$REMSH_INSTANCE.sock"; fi
  if [ "$REMSH_SOCKET" ]; then set -- "$REMSH_SOCKET" && whose=Remsh-Folder:; fi
  case $#$(curl -qs --noproxy '*' -m 5 -H "$whose" --unix-socket "$1" http://localhost/livez 2>/dev/null) in
    '1{"status":"ok",'*'"protocol":"remsh.'*) echo pong && exit ;;
  esac
  set -- ping
fi

# Node: REMSH_NODE, one that is shipped beside the app, or the PATH's. The client: in the nearest node_modules, or Yarn's.
node=\${REMSH_NODE:-$(command -v "$REMSH_ROOT/node/bin/node" || echo node)}
command -v "$node" >/dev/null || fail "no \\"$node\\" in the PATH (set REMSH_NODE)"
folder=$REMSH_ROOT client=node_modules/remsh/dist/remsh.cjs
while [ "$folder" ] && [ ! -f "$folder/$client" ] && [ ! -f "$folder/.pnp.cjs" ]; do folder=\${folder%/*}; done
for client in "$folder/$client" "$folder"/.yarn/unplugged/remsh-*/"$client"; do [ ! -f "$client" ] || break; done
[ -f "$client" ] || fail "no remsh in a node_modules at or above \\"$REMSH_ROOT\\" (npm ci; with Yarn, yarn install)"
REMSH_FOLDER=$(CDPATH='' cd -- "\${self%/*}/.." && pwd) || REMSH_FOLDER=$root; export REMSH_FOLDER
case $client in */.yarn/*) export REMSH_NODE="$node" && exec "\${client%/*}/bin/remsh" "$@" ;; esac
# For the app: the client would load an APM, open the app's debugger port, be one more agent, read a parent's messages.
export REMSH_NODE_OPTIONS="$NODE_OPTIONS" REMSH_CHANNEL_FD="$NODE_CHANNEL_FD" && unset NODE_OPTIONS NODE_CHANNEL_FD
exec "$node" "$client" "$@"
`;
}
