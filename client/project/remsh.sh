#!/bin/sh
# `remsh` on the PATH: that of npm, and that of hooks, which finds the very client and Node that run the hook. Node's options
# and a parent's IPC channel are for the app: the client would load an APM, be one more agent, and read the app's messages.
self=$0
while [ -h "$self" ]; do
  link=$(readlink "$self")
  case $link in /*) self=$link ;; *) self=${self%/*}/$link ;; esac
done
export REMSH_NODE_OPTIONS="$NODE_OPTIONS" REMSH_CHANNEL_FD="$NODE_CHANNEL_FD"
unset NODE_OPTIONS NODE_CHANNEL_FD
exec "${REMSH_NODE:-node}" "${self%/*}/../remsh.cjs" "$@"
