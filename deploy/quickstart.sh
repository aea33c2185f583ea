#!/usr/bin/env bash
# From a fresh machine to a plain redis-cli that talks to a whole Redis Cluster through Slotway.
#
#   deploy/quickstart.sh [--once]
#
# Installs what is missing, builds the release, starts a demo cluster and Slotway in a temporary folder, takes a short
# tour, and stays until Ctrl-C. --once leaves after the tour. Everything but packages and build/ is gone afterwards.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
. deploy/steps.sh

stay=yes
case ${1:-} in
  '') ;;
  --once) stay=no ;;
  *) sed -n '2,7s/^# \{0,1\}//p' "${BASH_SOURCE[0]}" >&2; exit 2 ;;
esac

folder=$(mktemp -d -t slotway-demo.XXXXXX)
log=$folder/steps.log
slotway_pid=

clean_up() {
  trap '' INT TERM HUP
  [[ -z $slotway_pid ]] || stop_pid "$slotway_pid" 15
  deploy/demo_cluster.sh stop "$folder/cluster"
  rm -rf "$folder"
}
trap clean_up EXIT
trap 'exit 130' INT
trap 'exit 143' TERM
trap 'exit 129' HUP

prepare() {
  local missing
  missing=$(deploy/packages.sh --print build demo)
  if [[ -n $missing ]]; then
    echo "  packages to install: $missing"
    ((EUID == 0)) || ! command -v sudo >/dev/null || sudo -v
    step "packages" "$log" deploy/packages.sh build demo
  fi
  [[ -e build/release/build.ninja ]] || step "configure" "$log" cmake --preset release
  step "build (minutes the first time, seconds later)" "$log" cmake --build --preset release --target slotway
}

start_slotway() {
  local seeds
  seeds=$(head -n 2 "$folder/cluster/seeds")
  port=$(free_port 6390)
  admin=$(free_port 9390)
  # A session of its own: Ctrl-C is for this script, which then stops Slotway and the nodes in order.
  # shellcheck disable=SC2086
  setsid build/release/slotway --listen "127.0.0.1:$port" --admin "127.0.0.1:$admin" ${seeds//127.0.0.1:/--upstream 127.0.0.1:} \
    >"$folder/slotway.log" 2>&1 </dev/null &
  slotway_pid=$!
  wait_for 20 "Slotway to be ready" http_ok "$admin" /readyz || { cat "$folder/slotway.log" >&2; return 1; }
}

# One command through the proxy, shown with its answer. No -c: redis-cli believes that this is one server.
show() {
  printf '  redis-cli -p %s %s\n' "$port" "$*"
  redis-cli --no-raw -p "$port" "$@" | sed 's/^/      /'
}

tour() {
  local node key
  node=$(head -n 1 "$folder/cluster/seeds")
  say "Keys of different slots, one server as far as the client can tell"
  for key in fig apple lemon; do show set "$key" "$key-pie"; done
  for key in fig apple lemon; do
    show get "$key"
    printf '      (slot %s)\n' "$(redis-cli -p "${node#*:}" cluster keyslot "$key")"
  done

  say "One command over many slots: split, sent to all masters, put together again"
  show mget fig apple lemon nosuchkey
  show del fig apple lemon
  show dbsize

  say "The slot map behind it, as the cluster tells it"
  redis-cli -p "${node#*:}" cluster nodes | awk '
    { split($2, announced, "@"); address[$1] = announced[1] }
    $3 ~ /master/ { slots[$1] = $9 }
    $3 ~ /slave/ { replica[$4] = $1 }
    END { for (id in slots)
            printf "  slots %-12s  master %s  replica %s\n", slots[id], address[id], address[replica[id]] }' | sort -n -k 2

  say "Seen from outside"
  printf '  http://127.0.0.1:%s/readyz says: %s\n' "$admin" "$(http_body "$admin" /readyz | tr '\n' ' ')"
  printf '  http://127.0.0.1:%s/metrics has, among others:\n' "$admin"
  http_body "$admin" /metrics >"$folder/metrics"
  sed -nE '/^slotway_(clients_accepted_total|links|slots_uncovered)\b/s/^/      /p' "$folder/metrics"
}

say "Preparing"
prepare
say "Starting"
step "demo cluster of three masters and three replicas" "$log" deploy/demo_cluster.sh start "$folder/cluster"
start_slotway
echo "  Slotway on port $port, admin on port $admin: ready"
tour

[[ $stay == yes ]] || exit 0
say "Now you:   redis-cli -p $port"
echo "  Ctrl-C stops everything and removes $folder"
# `wait` returns at once when a signal is trapped; a program that leaves by itself is a failure.
wait "$slotway_pid" || true
slotway_pid=
echo "Slotway has left:" >&2
tail -n 20 "$folder/slotway.log" >&2
exit 1
