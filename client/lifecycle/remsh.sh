#!/bin/sh
# `remsh` on the PATH of hooks: the very client and Node that run the hook, whatever else is installed.
exec "${REMSH_NODE:-node}" "${0%/*}/../remsh.cjs" "$@"
