# Sourced by the scripts that a person runs: steps with progress, free ports, a GET without curl.
# shellcheck shell=bash

# On a terminal: bold headings, and lines that are written over. In a log: plain lines.
if [[ -t 1 ]]; then
  bold=$'\e[1m' plain=$'\e[0m' over=$'\r\e[K'
else
  bold='' plain='' over=''
fi

say() { printf '\n%s%s%s\n' "$bold" "$*" "$plain"; }

# step TITLE LOG COMMAND...: runs it with its output in LOG and its last line on screen; on failure shows LOG's end.
step() {
  local title=$1 log=$2 started=$SECONDS
  shift 2
  if "$@" </dev/null 2>&1 | tee -a "$log" | progress "$title"; then
    printf '%s  %s: done (%d s)\n' "$over" "$title" $((SECONDS - started))
    return
  fi
  printf '%s  %s: failed\n' "$over" "$title" >&2
  tail -n 40 "$log" >&2
  return 1
}

# Lines from stdin as one line that changes (on a terminal), or as a line every five seconds (in a log).
progress() {
  local title=$1 line width=${COLUMNS:-100} shown=-5
  if [[ -t 1 ]]; then printf '  %s ...' "$title"; else printf '  %s ...\n' "$title"; fi
  while IFS= read -r line; do
    line=${line//[$'\r\t\e']/ }
    if [[ -t 1 ]]; then
      printf '%s  %s: %s' "$over" "$title" "${line:0:$((width - ${#title} - 5))}"
    elif ((SECONDS - shown >= 5)); then
      printf '  %s: %s\n' "$title" "${line:0:120}"
      shown=$SECONDS
    fi
  done
}

port_taken() { (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null; }

# free_port WANTED: WANTED when it is a port where nobody listens, otherwise some free port below the kernel's own range.
free_port() {
  local port=$1
  while [[ -z $port ]] || port_taken "$port"; do port=$((12000 + RANDOM % 10700)); done
  echo "$port"
}

# wait_for SECONDS WHAT COMMAND...: polls until it succeeds.
wait_for() {
  local deadline=$((SECONDS + $1)) what=$2
  shift 2
  until "$@" >/dev/null 2>&1; do
    if ((SECONDS >= deadline)); then
      echo "waited in vain for $what" >&2
      return 1
    fi
    sleep 0.1
  done
}

# http_get PORT PATH: status line, headers and body; /dev/tcp since curl may not be there.
http_get() {
  local connection
  exec {connection}<>"/dev/tcp/127.0.0.1/$1" || return
  printf 'GET %s HTTP/1.0\r\nHost: 127.0.0.1\r\n\r\n' "$2" >&"$connection"
  cat <&"$connection"
  exec {connection}>&-
}

http_body() { http_get "$1" "$2" | sed '1,/^\r*$/d'; }
http_ok() { http_get "$1" "$2" | head -n 1 | grep -q ' 200 '; }

# A process that has ended but that nobody has waited for (a container's first process may not) counts as gone.
alive() { [[ -r /proc/$1/stat && $(<"/proc/$1/stat") != *') Z '* ]]; }

# stop_pid PID SECONDS: SIGTERM, and SIGKILL when that was not enough.
stop_pid() {
  local tries=$(($2 * 10))
  kill -TERM "$1" 2>/dev/null || return 0
  while alive "$1" 2>/dev/null; do
    if ((tries-- == 0)); then kill -KILL "$1" 2>/dev/null; break; fi
    sleep 0.1
  done
  wait "$1" 2>/dev/null || true
}
