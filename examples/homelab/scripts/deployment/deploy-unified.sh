#!/bin/sh
# All five phases of a deployment. Flags are those of `fairlead deploy`; words after them are one more test.
set -eu
cd "$(dirname "$0")/../.."
exec "${FAIRLEAD:-fairlead}" deploy "$@"
