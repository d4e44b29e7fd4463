# shellcheck shell=bash
# Common to the scripts of the make targets: output helpers, and one way to fail.

REPO=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
CACHE=${XDG_CACHE_HOME:-$HOME/.cache}/stoppablecontainer
export REPO CACHE
STARTED=${STARTED:-$(date +%s)}
export STARTED

if [ -t 1 ] && [ -z "${NO_COLOR:-}" ]; then
  BOLD=$'\e[1m' DIM=$'\e[2m' RED=$'\e[31m' GREEN=$'\e[32m' PLAIN=$'\e[0m'
else
  BOLD='' DIM='' RED='' GREEN='' PLAIN=''
fi

# A headline with the time since the first one: "[ 1:05] Building the images".
step() {
  local s=$(($(date +%s) - STARTED))
  printf '%s[%2d:%02d] %s%s\n' "$BOLD" $((s / 60)) $((s % 60)) "$*" "$PLAIN"
}

note() { printf '        %s%s%s\n' "$DIM" "$*" "$PLAIN"; }

good() { printf '%s%s%s\n' "$GREEN" "$*" "$PLAIN"; }

# Prints the problem and the next step in one sentence, then exits.
die() {
  printf '%s%s%s\n' "$RED" "$*" "$PLAIN" >&2
  exit 1
}

# A time in seconds, stretched as E2E_TIMEOUT_FACTOR says for a slow machine.
patience() { awk -v seconds="$1" -v factor="${E2E_TIMEOUT_FACTOR:-1}" 'BEGIN { printf "%ds", seconds * factor }'; }

have() { command -v "$1" >/dev/null 2>&1; }

# The image architecture's name of this machine, as in GOARCH and kubernetes.io/arch.
host_arch() {
  case $(uname -m) in
    x86_64) echo amd64 ;;
    aarch64 | arm64) echo arm64 ;;
    *) die "StoppableContainer's images are made for amd64 and arm64, and this machine is $(uname -m)." ;;
  esac
}

# Runs a command with its output in a log file; shows the log's end only when the command fails.
quietly() { # LOG COMMAND...
  local log=$1 rc=0
  shift
  mkdir -p "$(dirname "$log")"
  "$@" >"$log" 2>&1 || rc=$?
  if [ "$rc" -ne 0 ]; then
    tail -n 40 "$log" >&2
    printf '%sFailed (exit code %s): %s. The whole log: %s%s\n' "$RED" "$rc" "$*" "$log" "$PLAIN" >&2
  fi
  return "$rc"
}
