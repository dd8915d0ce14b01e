#!/bin/bash
# Runs Redis 7.0.15's own test suite against ferrous-server and counts what passes.
#
#   tests/tcl-suite.sh [unit/type/string unit/expire ...]
#
# The suite comes from Debian's source package (apt-get; nothing is installed or changed outside the cache). It runs in
# external mode: the server is started here, once per unit. A test that meets a command or option that is missing counts
# as failed, and its unit goes on. Needs tclsh 8.5 or later.
#
#   FERROUS_SERVER       the server to test; default: target/release/ferrous-server, built when it is not there
#   FERROUS_SUITE_CACHE  where the suite is kept; default: ~/.cache/ferrous-tests
#   FERROUS_SUITE_MODE   "internal": the suite starts and restarts the server itself, with every option its tests ask for;
#                        integration/* and the parts of units that are about files run in this mode alone
#   FERROUS_SUITE_TAGS   tags of tests to leave out; default: "-needs:repl -needs:save"
#   FERROUS_SUITE_AS     "7.2": encodings and doubles are expected as Redis shows them since 7.2, where small lists and
#                        sets are listpacks, and doubles have no more digits than it takes
#   FERROUS_SUITE_LOGS   where the suite's own output is left; default: nowhere
set -euo pipefail

root=$(cd "$(dirname "$0")/.." && pwd)
# shellcheck source=tests/tcl-fetch.sh
. "$root/tests/tcl-fetch.sh"
mode=${FERROUS_SUITE_MODE:-external}
tags=${FERROUS_SUITE_TAGS:--needs:repl -needs:save}

units=("$@")
if [ ${#units[@]} = 0 ]; then
    units=(unit/type/string unit/bitops unit/bitfield unit/expire unit/keyspace unit/scan unit/protocol unit/info
        unit/querybuf unit/introspection unit/introspection-2 unit/other unit/limits)
fi

# Tests that kill the child process which saves, or wait for it: a server that saves without fork has none. They are left
# out in internal mode, since they leave the server of their unit in a state that others would wait in.
childless=(
    "AOF multiple rewrite failures will open multiple INCR AOFs"
    "AOF enable during BGSAVE will not write data util AOFRW finish"
    "AOF will trigger limit when AOFRW fails many times"
    "AOF will open a temporary INCR AOF to accumulate data until the first AOFRW success when AOF is dynamically enabled"
    "BGREWRITEAOF is delayed if BGSAVE is in progress"
    "BGREWRITEAOF is refused if already in progress"
    "failed bgsave prevents writes"
)

# Tests that wait for what releases since 7.2 do not send any more, and would have the rest of their unit not run.
outdated=(
    # Of a script's keys those are tracked that it reads, no longer all that it declares.
    "Tracking only occurs for scripts when a command calls a read-only command"
)

# Makes a copy of the suite that is only ours: several runs at a time would clear each other's directories away.
own_suite() {
    mkdir "$work/suite"
    cp -r "$suite"/{src,tests,utils} "$work/suite"
    rm -rf "$work"/suite/tests/tmp/*
    suite=$work/suite
}

# Has the suite expect what later releases show.
expect_as_since_7_2() {
    sed -i 's/^set tcl_precision 17$/set tcl_precision 0/' "$suite/tests/test_helper.tcl"
    sed -i '/^proc assert_encoding /,/^}/s/assert_match \$enc \$val/assert_match $enc [expr {$val eq "listpack" ? $enc : $val}]/' \
        "$suite/tests/support/test.tcl"
}

# A port on which nobody answers.
free_port() {
    local port
    while port=$((21000 + RANDOM % 10000)); (: <"/dev/tcp/127.0.0.1/$port") 2>/dev/null; do :; done
    echo "$port"
}

# Starts the server and waits until it listens; sets pid and port.
start_server() {
    port=$(free_port)
    "$server" --port "$port" --dir "$work" --save '' --enable-debug-command yes --enable-protected-configs yes \
        >"$work/server.log" 2>&1 &
    pid=$!
    until (: <"/dev/tcp/127.0.0.1/$port") 2>/dev/null; do
        kill -0 "$pid" 2>/dev/null || { cat "$work/server.log" >&2; exit 1; }
        sleep 0.01
    done
}

stop_server() {
    [ -n "${pid:-}" ] || return 0
    kill -9 "$pid" 2>/dev/null || true
    wait "$pid" 2>/dev/null || true
    pid=
}

# Runs one unit, in the mode asked for, into the file that its second argument names.
run_suite() {
    # Ports of its own, so that several suites can run at a time.
    local options=(--single "$1" --clients 1 --durable --tags "$tags" --baseport "$(free_port)" --portcount 100)
    local name
    for name in "${outdated[@]}"; do options+=(--skiptest "$name"); done
    if [ "$mode" = external ]; then
        start_server
        options+=(--host 127.0.0.1 --port "$port")
    else
        ln -sf "$server" "$suite/src/redis-server"
        for name in "${childless[@]}"; do options+=(--skiptest "$name"); done
    fi
    (cd "$suite" && timeout 600 tclsh tests/test_helper.tcl "${options[@]}") >"$2" 2>&1 || true
}

run_unit() {
    local unit=$1 log=${FERROUS_SUITE_LOGS:-$work}/${1//\//-}.log passed failed note=
    run_suite "$unit" "$log"
    passed=$(lines ok "$log" | wc -l)
    failed=$(lines err "$log" | wc -l)
    [ -z "${pid:-}" ] || kill -0 "$pid" 2>/dev/null || note=', THE SERVER ENDED'
    grep -aq '^.*\[exception\]' "$log" && note="$note, stopped before its end"
    stop_server
    echo "$unit: $passed passed, $failed failed, $((passed + failed)) total$note"
    lines err "$log" | sed 's/^\[err\]: /    /'
    sed 's/\x1b\[[0-9;]*m//g' "$log" | grep -a -A1 '^\[exception\]' | sed 's/^/    /' || true
    total_passed=$((total_passed + passed)) total_failed=$((total_failed + failed))
    [ -z "$note" ] || incomplete=1
}

server=$(realpath -m "${FERROUS_SERVER:-$root/target/release/ferrous-server}")
[ -n "${FERROUS_SERVER:-}" ] || cargo build --quiet --release --manifest-path "$root/Cargo.toml" -p ferrous-server
command -v tclsh >/dev/null || { echo "tclsh is not installed" >&2; exit 1; }
fetch_suite

work=$(mktemp -d)
trap 'stop_server; rm -rf "$work"' EXIT
own_suite
[ "${FERROUS_SUITE_AS:-}" != 7.2 ] || expect_as_since_7_2
total_passed=0 total_failed=0 incomplete=0
for unit in "${units[@]}"; do
    run_unit "$unit"
done
echo "all: $total_passed passed, $total_failed failed, $((total_passed + total_failed)) total"
[ "$total_failed" = 0 ] && [ "$incomplete" = 0 ]
