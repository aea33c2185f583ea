#!/usr/bin/env bash
# Builds the fuzz targets with clang, ASan and UBSan into build/fuzz and gives each a number of executions (default
# 200000), starting from its corpus. What is found anew is left in build/fuzz/found/TARGET; a finding fails the run.
#
#     tests/fuzz/run.sh [EXECUTIONS [TARGET...]]
set -euo pipefail
cd "$(dirname "$0")/../.."
executions=${1:-200000}
shift || true
build=build/fuzz
clang=${SLOTWAY_CLANG:-clang++-16}

mkdir -p "$build"
cmake -S . -B "$build" -G Ninja -DCMAKE_CXX_COMPILER="$clang" -DCMAKE_BUILD_TYPE=Debug \
  -DSLOTWAY_FUZZ=ON -DSLOTWAY_SANITIZE=address,undefined >"$build/configure.log" 2>&1 || { cat "$build/configure.log"; exit 1; }
cmake --build "$build" -j"$(nproc)" --target slotway_fuzz

if [ $# -eq 0 ]; then
  for source in tests/fuzz/*_fuzz.cc; do
    set -- "$@" "$(basename "$source" _fuzz.cc)"
  done
fi
failed=0
for target in "$@"; do
  found=$build/found/$target
  mkdir -p "$found"
  echo "fuzz: $target, $executions executions"
  if ! "$build/${target}_fuzz" -runs="$executions" -max_len=1024 -timeout=10 -rss_limit_mb=1024 -dict=tests/fuzz/resp.dict \
    -artifact_prefix="$found.finding-" "$found" "tests/fuzz/corpus/$target" >"$found.log" 2>&1; then
    tail -n 50 "$found.log"
    echo "fuzz: $target has a finding: $found.finding-*" >&2
    failed=1
  fi
done
exit $failed
