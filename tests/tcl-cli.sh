#!/bin/bash
# Runs the tests that Redis 7.0.15 has for redis-cli with ferrous-cli in its place, and counts what passes.
#
#   tests/tcl-cli.sh [integration/redis-cli ...]
#
# The servers are the installed redis-server's, so a failure is the client's. The suite is fetched as tcl-suite.sh does.
#
#   FERROUS_CLI          the client to test; default: target/release/ferrous-cli, built when it is not there
#   FERROUS_SUITE_CACHE  where the suite is kept; default: ~/.cache/ferrous-tests
#   FERROUS_SUITE_PORT   the first of 1000 ports to use; default: 21000
set -euo pipefail

root=$(cd "$(dirname "$0")/.." && pwd)
# shellcheck source=tests/tcl-fetch.sh
. "$root/tests/tcl-fetch.sh"

units=("$@")
[ ${#units[@]} != 0 ] || units=(integration/redis-cli)
client=$(realpath -m "${FERROUS_CLI:-$root/target/release/ferrous-cli}")
[ -n "${FERROUS_CLI:-}" ] || cargo build --quiet --release --manifest-path "$root/Cargo.toml" -p ferrous-cli
for program in tclsh redis-server; do
    command -v $program >/dev/null || { echo "$program is not installed" >&2; exit 1; }
done
fetch_suite

# A suite of its own, whose programs are the ones to be tested together.
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cp -r "$suite/tests" "$work/tests"
mkdir "$work/src"
for program in redis-server redis-benchmark redis-check-aof redis-check-rdb; do
    ln -s "$(command -v $program)" "$work/src/$program"
done
ln -s "$client" "$work/src/redis-cli"

total_passed=0 total_failed=0 incomplete=0
for unit in "${units[@]}"; do
    log=$work/${unit//\//-}.log
    (cd "$work" && timeout 900 tclsh tests/test_helper.tcl --single "$unit" --clients 1 --durable \
        --baseport "${FERROUS_SUITE_PORT:-21000}" --portcount 1000) >"$log" 2>&1 || true
    passed=$(lines ok "$log" | wc -l)
    failed=$(lines err "$log" | wc -l)
    note=
    grep -aq '^.*\[exception\]' "$log" && note=', stopped before its end' && incomplete=1
    echo "$unit: $passed passed, $failed failed, $((passed + failed)) total$note"
    lines err "$log" | sed 's/^\[err\]: /    /'
    sed 's/\x1b\[[0-9;]*m//g' "$log" | grep -a -A1 '^\[exception\]' | sed 's/^/    /' || true
    total_passed=$((total_passed + passed)) total_failed=$((total_failed + failed))
done
echo "all: $total_passed passed, $total_failed failed, $((total_passed + total_failed)) total"
[ "$total_failed" = 0 ] && [ "$incomplete" = 0 ] && [ "$total_passed" != 0 ]
