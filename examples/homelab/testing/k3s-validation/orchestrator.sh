#!/bin/sh
# Every test of the environment, on the cluster as it is. Flags are those of `fairlead test`.
set -eu
cd "$(dirname "$0")/../.."
exec "${FAIRLEAD:-fairlead}" test "$@"
