#!/usr/bin/env bash
# A Redis Cluster to try things on: three masters and three replicas on free loopback ports.
#
#   deploy/demo_cluster.sh start FOLDER    creates FOLDER, leaves the nodes' addresses in FOLDER/seeds, one a line
#   deploy/demo_cluster.sh stop FOLDER     stops the nodes it finds there
#
# All that a node writes is in FOLDER; removing FOLDER after stop removes every trace.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/steps.sh"

nodes=6

node_ports() {
  local port chosen=' '
  while ((nodes-- > 0)); do
    # The node's bus listens at its port + 10000.
    port=$(free_port '')
    while [[ $chosen == *" $port "* ]] || port_taken $((port + 10000)); do port=$(free_port ''); done
    chosen+="$port "
    echo "$port"
  done
}

start_node() {
  local port=$1
  mkdir "$port"
  # A session of its own: Ctrl-C in the terminal is for the script, which stops the nodes itself.
  (
    cd "$port"
    exec setsid redis-server --port "$port" --bind 127.0.0.1 --daemonize no --save '' --appendonly no \
      --cluster-enabled yes --cluster-config-file nodes.conf --cluster-node-timeout 2000 \
      --cluster-require-full-coverage no --repl-diskless-sync-delay 0
  ) >"$port/log" 2>&1 </dev/null &
  echo $! >"$port/pid"
}

answers() { [[ $(redis-cli -p "$1" ping) == PONG ]]; }
cluster_ok() { redis-cli -p "$1" cluster info | grep -q '^cluster_state:ok'; }
knows_replicas() { [[ $(redis-cli -p "$1" cluster nodes | grep -c 'slave .* connected') == 3 ]]; }
in_sync() { ! redis-cli -p "$1" info replication | grep -q '^master_link_status:down'; }

start() {
  local ports port
  mkdir -p "$1"
  cd "$1"
  mapfile -t ports < <(node_ports)
  for port in "${ports[@]}"; do start_node "$port"; done
  for port in "${ports[@]}"; do wait_for 20 "redis-server on port $port" answers "$port"; done
  redis-cli --cluster create "${ports[@]/#/127.0.0.1:}" --cluster-replicas 1 --cluster-yes >create.log 2>&1 ||
    { cat create.log >&2; return 1; }
  for port in "${ports[@]}"; do
    wait_for 30 "cluster_state:ok on port $port" cluster_ok "$port"
    wait_for 30 "the replicas to be known on port $port" knows_replicas "$port"
    wait_for 30 "port $port in sync with its master" in_sync "$port"
  done
  printf '127.0.0.1:%s\n' "${ports[@]}" >seeds
}

stop() {
  local file
  for file in "$1"/*/pid; do
    [[ -e $file ]] || continue
    stop_pid "$(<"$file")" 5
    rm -f "$file"
  done
}

case ${1:-}:${2:+folder} in
  start:folder) start "$2" ;;
  stop:folder) stop "$2" ;;
  *) sed -n '2,7s/^# \{0,1\}//p' "${BASH_SOURCE[0]}" >&2; exit 2 ;;
esac
