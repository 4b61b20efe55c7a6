#!/bin/sh
# `remsh` on the PATH: that of npm, and that of hooks, which finds the very client and Node that run the hook. Node's options
# and a parent's IPC channel are for the app: the client would load an APM, be one more agent, and read the app's messages.
self=$0
while [ -h "$self" ]; do
  link=$(readlink "$self")
  case $link in /*) self=$link ;; *) self=${self%/*}/$link ;; esac
done
# Yarn's Plug'n'Play: packages are found by Yarn's own file, in the client and, as `yarn run` does, in the app.
pnp=${self%%/.yarn/unplugged/*}/.pnp.cjs loader=${self%%/.yarn/unplugged/*}/.pnp.loader.mjs
if [ ! -f "$pnp" ]; then pnp=; fi
case $pnp:$NODE_OPTIONS in
  :* | *:*.pnp.cjs*) ;;
  *)
    if [ -f "$loader" ]; then NODE_OPTIONS="--experimental-loader \"file://$loader\" $NODE_OPTIONS"; fi
    NODE_OPTIONS="--require \"$pnp\" $NODE_OPTIONS"
    ;;
esac
export REMSH_NODE_OPTIONS="$NODE_OPTIONS" REMSH_CHANNEL_FD="$NODE_CHANNEL_FD"
unset NODE_OPTIONS NODE_CHANNEL_FD
exec "${REMSH_NODE:-node}" ${pnp:+--require "$pnp"} "${self%/*}/../remsh.cjs" "$@"
