#!/usr/bin/env bash
# Builds the fuzz targets by the preset asan and gives each a number of executions (default 200000), starting from its
# corpus. What is found anew is left in build/asan/found/TARGET; a finding fails the run.
#
#     tests/fuzz/run.sh [EXECUTIONS [TARGET...]]
set -euo pipefail
cd "$(dirname "$0")/../.."
executions=${1:-200000}
shift || true
build=build/asan
cmake --preset asan >/dev/null
cmake --build --preset asan --target slotway_fuzz

if [ $# -eq 0 ]; then
  for source in tests/fuzz/*_fuzz.cc; do
    set -- "$@" "$(basename "$source" _fuzz.cc)"
  done
fi
fuzz_one() {
  local target=$1 build=$2 executions=$3 found=$2/found/$1
  mkdir -p "$found"
  echo "fuzz: $target, $executions executions"
  "$build/${target}_fuzz" -runs="$executions" -max_len=1024 -timeout=10 -rss_limit_mb=1024 -dict=tests/fuzz/resp.dict \
    -artifact_prefix="$found.finding-" "$found" "tests/fuzz/corpus/$target" >"$found.log" 2>&1 && return
  tail -n 50 "$found.log"
  echo "fuzz: $target has a finding: $found.finding-*" >&2
  return 1
}
export -f fuzz_one
printf '%s\0' "$@" | xargs -0 -n 1 -P "$(nproc)" bash -c 'fuzz_one "$3" "$1" "$2"' fuzz_one "$build" "$executions"
