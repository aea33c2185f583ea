#!/usr/bin/env bash
# The one list of distribution packages (Debian 12), and how what is missing gets installed.
#
#   deploy/packages.sh [--print] build|demo|test|bench...
#
# Installs what is missing of these groups; asks for nothing, and does nothing when all is there. Where that is more
# than nothing it needs root or sudo. --print only names what is missing.
#
# Services: redis-server, prometheus, nutcracker and haproxy come with system services. We need the programs alone, so
# services of packages that *we* install are neither started now nor at boot. Services that are there already are not
# touched.
set -euo pipefail

build_packages=(
  cmake ninja-build g++ pkg-config ccache
  libuv1-dev libyaml-cpp-dev libspdlog-dev prometheus-cpp-dev libcivetweb-dev libcli11-dev doctest-dev
)
demo_packages=(redis-server redis-tools)
test_packages=(
  python3 python3-pytest python3-pytest-xdist python3-redis   # integration and client tests; run by /usr/bin/python3
  python3-celery python3-rq ruby-sidekiq # job queues that run behind us in the client tests
  nodejs npm php-cli php-redis libhiredis-dev   # and applications of other languages; npm gets what is not packaged
  prometheus                             # scrapes us in a test; has promtool
  clang-16 libclang-rt-16-dev            # the preset asan: ASan, UBSan and libFuzzer
  iproute2                               # makes a network of its own, to cut it
  clang-tidy-16 shellcheck
)
bench_packages=(
  python3
  nutcracker haproxy                     # measured beside us
  linux-perf strace                      # system calls are counted by the first, or else by the second
  valgrind                               # counts instructions where the machine has no counter for them
)
policy=/usr/sbin/policy-rc.d

missing_of() {
  local package
  for package in "$@"; do
    if [[ $package == npm ]] && command -v npm >/dev/null; then continue; fi  # other packages of nodejs bring it along
    dpkg-query -W -f '${db:Status-Status}\n' "$package" 2>/dev/null | grep -qx installed || echo "$package"
  done
}

root() {
  if ((EUID == 0)); then "$@"; else sudo "$@"; fi
}

need_root() {
  ((EUID == 0)) && return
  if ! command -v sudo >/dev/null; then
    echo "packages.sh: these packages are missing, and this is neither root nor is there sudo: $*" >&2
    echo "packages.sh: as root, run: apt-get install --no-install-recommends $*" >&2
    exit 1
  fi
  # Asked here, before any progress line, so that the prompt is seen.
  sudo -v
}

# Freshly installed services stay down while we install: `invoke-rc.d` asks this file.
hold_services() {
  [[ -e $policy ]] && return
  trap release_services EXIT
  printf '#!/bin/sh\n# Slotway deploy/packages.sh is installing; removed at its end.\nexit 101\n' | root tee $policy >/dev/null
  root chmod 755 $policy
}

release_services() {
  if grep -qs 'Slotway deploy/packages.sh' $policy; then root rm -f $policy; fi
}

disable_services() {
  command -v systemctl >/dev/null || return 0
  local package
  for package in "$@"; do
    case $package in
      redis-server | prometheus | nutcracker | haproxy) root systemctl disable --quiet "$package" 2>/dev/null || true ;;
    esac
  done
}

apt() {
  root env DEBIAN_FRONTEND=noninteractive apt-get -o DPkg::Lock::Timeout=300 "$@" </dev/null
}

install() {
  need_root "$@"
  hold_services
  # Package lists may be absent (a fresh container) or too old to name files that still exist.
  if ! apt-cache show "$@" >/dev/null 2>&1 || ! apt install -y --no-install-recommends "$@"; then
    apt update
    apt install -y --no-install-recommends "$@"
  fi
  disable_services "$@"
}

main() {
  local print=no wanted=() missing group
  for group in "$@"; do
    case $group in
      --print) print=yes ;;
      build) wanted+=("${build_packages[@]}") ;;
      demo) wanted+=("${demo_packages[@]}") ;;
      test) wanted+=("${test_packages[@]}") ;;
      bench) wanted+=("${bench_packages[@]}") ;;
      *) echo "usage: deploy/packages.sh [--print] build|demo|test|bench..." >&2; exit 2 ;;
    esac
  done
  command -v dpkg-query >/dev/null || { echo "packages.sh: this needs Debian or Ubuntu (dpkg, apt)" >&2; exit 1; }
  mapfile -t missing < <(missing_of "${wanted[@]}")
  ((${#missing[@]})) || return 0
  if [[ $print == yes ]]; then echo "${missing[*]}"; else install "${missing[@]}"; fi
}

main "$@"
