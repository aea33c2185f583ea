#!/usr/bin/env bash
# Every test, from a fresh clone on a bare machine: installs what is missing, builds, runs, counts.
#
#   tests/run.sh          all of it: unit, integration, client and differential tests on the release, ASan+UBSan and TSan builds,
#                         chaos, clang-tidy, fuzzing, the quickstart
#   tests/run.sh quick    unit and integration tests on the release build
#
# The last line is `N passed, N failed`; the exit code is not 0 when anything failed. Logs stay in build/test-logs.
set -uo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.." || exit 1

logs=build/test-logs
passed=0
failed=0
broken=()

export CCACHE_BASEDIR=$PWD CCACHE_NOHASHDIR=1   # a fresh clone elsewhere finds what an older one compiled
export ASAN_OPTIONS=detect_leaks=1:detect_stack_use_after_return=1:exitcode=99
export UBSAN_OPTIONS=print_stacktrace=1:halt_on_error=1
export TSAN_OPTIONS=halt_on_error=1:exitcode=66:second_deadlock_stack=1:suppressions=$PWD/tests/tsan.supp

# section NAME KIND COMMAND...: runs it, shows and keeps its output, adds what it counted. KIND says how to count:
# doctest and pytest by their own summary, check as one test that passes or fails.
section() {
  local name=$1 kind=$2 log=$logs/${1// /-}.log started=$SECONDS code counts=(0 0)
  shift 2
  printf '\n=== %s\n' "$name"
  "$@" </dev/null 2>&1 | tee "$log"
  code=${PIPESTATUS[0]}
  read -r -a counts < <(count_"$kind" "$log" "$code")
  # A crash may come before any summary, or after it (a leak found at exit); and nothing run is nothing proved.
  ((counts[1] > 0 || (code == 0 && counts[0] > 0))) || counts[1]=1
  passed=$((passed + counts[0]))
  failed=$((failed + counts[1]))
  ((counts[1] == 0)) || broken+=("$name")
  printf -- '--- %s: %d passed, %d failed, %d s\n' "$name" "${counts[0]}" "${counts[1]}" $((SECONDS - started))
  return "$code"
}

count_check() { if (($2 == 0)); then echo 1 0; else echo 0 1; fi; }

count_doctest() {
  sed 's/\x1b\[[0-9;]*m//g' "$1" |
    awk '/test cases:/ { split($0, part, "|"); split(part[2], p, " "); split(part[3], f, " "); passed = p[1]; bad = f[1] }
         END { print passed + 0, bad + 0 }'
}

count_pytest() {
  sed 's/\x1b\[[0-9;]*m//g' "$1" |
    awk '/^=* *[0-9]+ (passed|failed|error|skipped).* in [0-9.]+s/ { passed = bad = 0
           for (i = 1; i <= NF; i++) {
             if ($i ~ /^passed/) passed += $(i - 1)
             if ($i ~ /^(failed|errors?)/) bad += $(i - 1) } }
         END { print passed + 0, bad + 0 }'
}

finish() {
  ((${#broken[@]} == 0)) || printf '\nfailed: %s\n' "$(IFS=';' && echo "${broken[*]}")"
  printf '\n%d passed, %d failed\n' "$passed" "$failed"
  ((failed == 0))
  exit
}

build() { cmake --preset "$1" && cmake --build --preset "$1"; }

# GCC's ThreadSanitizer cannot start where the kernel spreads addresses too widely; without randomization it can.
plain_addresses=()
choose_addresses() {
  build/tsan/slotway_unit --version >/dev/null 2>&1 || plain_addresses=(setarch "$(uname -m)" -R)
}

# black_box PRESET JOBS TESTS...: JOBS tests at a time, since most of them wait most of the time.
black_box() {
  local preset=$1 jobs=$2 sanitized=0
  shift 2
  [[ $preset == release ]] || sanitized=1
  timeout --foreground -k 10 1500 \
    env SLOTWAY_BIN="$PWD/build/$preset/slotway" SLOTWAY_BUILD_DIR="$PWD/build/$preset" SLOTWAY_SANITIZED="$sanitized" \
    PYTHONDONTWRITEBYTECODE=1 \
    "${plain_addresses[@]}" /usr/bin/python3 -m pytest -q --durations=5 -n "$jobs" -c tests/pytest.ini "$@"
}

scripts_parse() {
  local file
  for file in deploy/*.sh tests/*.sh tests/*/*.sh .ci/run; do [[ ! -e $file ]] || bash -n "$file" || return; done
  shellcheck -S warning -x -P SCRIPTDIR deploy/*.sh tests/*.sh .ci/run
}

quick() {
  section "build release" check build release || finish
  section "unit release" doctest build/release/slotway_unit
  section "integration release" pytest black_box release 4 tests/integration
}

sanitizer() {
  section "build $1" check build "$1" || return
  [[ $1 != tsan ]] || choose_addresses
  section "unit $1" doctest "${plain_addresses[@]}" "build/$1/slotway_unit"
  section "integration, clients and soak $1" pytest black_box "$1" 3 tests/integration tests/clients tests/soak
  section "differential $1" pytest black_box "$1" 0 tests/differential
  plain_addresses=()
}

case ${1:-} in
  '' | quick) ;;
  *) sed -n '2,9s/^# \{0,1\}//p' "${BASH_SOURCE[0]}" >&2; exit 2 ;;
esac
mkdir -p "$logs"
section "packages" check deploy/packages.sh build demo test || finish
quick
if [[ ${1:-} != quick ]]; then
  section "clients release" pytest black_box release 4 tests/clients
  section "chaos and soak release" pytest black_box release 3 tests/chaos tests/soak
  section "differential release" pytest black_box release 0 tests/differential
  section "sample configuration" check build/release/slotway check-config config/slotway.yaml
  section "scripts" check scripts_parse
  section "house style" check tests/tidy.sh
  sanitizer asan
  sanitizer tsan
  section "fuzz" check tests/fuzz/run.sh 100000
  section "quickstart" check deploy/quickstart.sh --once
fi
finish
