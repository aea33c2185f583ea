#!/usr/bin/env bash
# Slotway under full load for long, with clients that come and go in every state: its memory and descriptors over time.
#
#   tests/soak/run.sh [--minutes 60] [--workers 2] [--seed N]
#
# Installs what is missing, builds the release, runs; README.md says how to read what it prints.
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)

"$root/deploy/packages.sh" build demo test bench
(cd "$root" && cmake --preset release && cmake --build --preset release --target slotway slotway_load) >&2
SLOTWAY_BIN=${SLOTWAY_BIN:-$root/build/release/slotway} PYTHONPATH=$root/tests PYTHONDONTWRITEBYTECODE=1 \
  exec /usr/bin/python3 -m soak "$@"
