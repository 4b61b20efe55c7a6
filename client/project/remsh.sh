#!/bin/sh
# `remsh` on the PATH: that of npm, and that of hooks, which finds the very client and Node that run the hook. Node's options
# are for the app: in the client they would load an APM, open the app's debugger port, or be one more agent.
self=$0
while [ -h "$self" ]; do
  link=$(readlink "$self")
  case $link in /*) self=$link ;; *) self=${self%/*}/$link ;; esac
done
if [ "$NODE_OPTIONS" ]; then export REMSH_NODE_OPTIONS="$NODE_OPTIONS" && unset NODE_OPTIONS; fi
exec "${REMSH_NODE:-node}" "${self%/*}/../remsh.cjs" "$@"
