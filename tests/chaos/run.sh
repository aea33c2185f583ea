#!/usr/bin/env bash
# What clients see through Slotway while the cluster is moved, broken and mended under them: one table.
#
#   tests/chaos/run.sh [--scenarios reshard,kill] [--seed N] [--times N] [--straight] ...
#
# Installs what is missing, builds the release, runs; --help tells all options, README.md what the columns mean.
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)

"$root/deploy/packages.sh" build demo test
(cd "$root" && cmake --preset release && cmake --build --preset release --target slotway) >&2
SLOTWAY_BIN=${SLOTWAY_BIN:-$root/build/release/slotway} PYTHONPATH=$root/tests PYTHONDONTWRITEBYTECODE=1 \
  exec /usr/bin/python3 -m chaos "$@"
