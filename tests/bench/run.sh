#!/usr/bin/env bash
# What Slotway and others cost for the same work, on this machine: a report with tables and a picture in build/bench.
#
#   tests/bench/run.sh [--quick] [--scenarios a,b] [--targets slotway1,haproxy] [--target NAME=COMMAND:PORT] ...
#
# Installs what is missing, builds the release, measures; --help tells all options, README.md how to read the report.
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)

"$root/deploy/packages.sh" build demo bench
(cd "$root" && cmake --preset release && cmake --build --preset release --target slotway slotway_load) >&2
PYTHONPATH=$root/tests PYTHONDONTWRITEBYTECODE=1 exec /usr/bin/python3 -m bench "$@"
