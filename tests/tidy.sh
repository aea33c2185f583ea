#!/usr/bin/env bash
# Names and a few bug-prone patterns, as .clang-tidy has them, over all of proxy/. A finding fails the run.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
# The debug preset: link-time optimization's flags mean nothing to clang.
cmake --preset debug >/dev/null
run-clang-tidy-16 -quiet -p build/debug "$PWD/proxy/" 2>/dev/null | { grep -vE '^clang-tidy-16|^$' || true; }
