#!/bin/bash
# Compares the wall time of ferrous-cli with that of redis-cli: start-up, one command, and a million SETs by --pipe.
#
#   tests/cli-speed.sh [PORT]
#
# The runs of both programs take turns, and the median counts, so that a busy machine disturbs both alike. The server is
# an installed redis-server at PORT, 21900 unless given.
#
#   FERROUS_CLI  the client to measure; default: target/release/ferrous-cli, built when it is not there
set -euo pipefail

root=$(cd "$(dirname "$0")/.." && pwd)
ours=${FERROUS_CLI:-$root/target/release/ferrous-cli}
[ -x "$ours" ] || cargo build --quiet --release --manifest-path "$root/Cargo.toml" -p ferrous-cli
port=${1:-21900}
work=$(mktemp -d)
redis-server --port "$port" --save '' --dir "$work" >"$work/log" &
server=$!
trap 'kill $server; rm -rf "$work"' EXIT
until redis-cli -p "$port" PING >"$work/ping" 2>&1; do sleep 0.1; done

# measure NAME RUNS INPUT ARGUMENTS...: prints both medians in milliseconds.
measure() {
    local name=$1 runs=$2 input=$3 program start
    shift 3
    : >"$work/redis-cli"
    : >"$work/ferrous-cli"
    for _ in $(seq "$runs"); do
        for program in redis-cli "$ours"; do
            start=$(date +%s%N)
            "$program" "$@" <"$input" >"$work/out"
            echo $(($(date +%s%N) - start)) >>"$work/$(basename "$program")"
        done
    done
    for program in redis-cli ferrous-cli; do
        sort -n "$work/$program" | awk -v name="$name" -v program=$program \
            '{ t[NR] = $1 } END { printf "%-10s %-12s %9.2f ms\n", name, program, t[int((NR + 1) / 2)] / 1e6 }'
    done
}

measure --version 101 /dev/null --version
measure PING 101 /dev/null -p "$port" PING
awk 'BEGIN { for (i = 0; i < 1000000; i++) printf "SET key:%d value:%d\r\n", i, i }' >"$work/sets"
measure --pipe 5 "$work/sets" -p "$port" --pipe
