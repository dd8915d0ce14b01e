#!/bin/bash
# Runs the ordinary flows of applications that live on Redis against ferrous-server: BullMQ, Celery and RQ.
#
#   tests/applications.sh [bullmq celery rq]
#
# They are installed into a temporary directory by npm and pip, in their newest versions, with settings as they are by
# default. Needs node, npm and python3 with venv.
#
#   FERROUS_SERVER         the server to test; default: target/release/ferrous-server, built when it is not there. It is
#                          started with --port and --save alone, so redis-server will do, to compare
#   FERROUS_APPLICATIONS   where they are installed, to be kept; default: a temporary directory
set -euo pipefail

root=$(cd "$(dirname "$0")/.." && pwd)
server=$(realpath -ms "${FERROUS_SERVER:-$root/target/release/ferrous-server}")
[ -n "${FERROUS_SERVER:-}" ] || cargo build --quiet --release --manifest-path "$root/Cargo.toml" -p ferrous-server
work=$(mktemp -d)
trap 'leave $?' EXIT
export APPLICATIONS=${FERROUS_APPLICATIONS:-$work/installed}
mkdir -p "$APPLICATIONS"
APPLICATIONS=$(realpath "$APPLICATIONS")
export PATH=$APPLICATIONS/python/bin:$PATH PYTHONPATH=$root/tests/applications PYTHONDONTWRITEBYTECODE=1

# Ends what still runs, and tells what workers and server logged when something failed.
leave() {
    kill $(jobs -p) 2>"$work/kill" || true
    [ "$1" = 0 ] || tail -n 50 "$work"/*.log >&2
    rm -rf "$work"
}

install_node() {
    [ -d "$APPLICATIONS/node_modules/ioredis" ] || npm install --silent --no-save --prefix "$APPLICATIONS" bullmq ioredis
}

install_python() {
    [ -x "$APPLICATIONS/python/bin/rq" ] && return
    python3 -m venv "$APPLICATIONS/python"
    "$APPLICATIONS/python/bin/pip" install --quiet 'celery[redis]' rq
}

# Starts a server without data and sets REDIS_PORT.
start_server() {
    export REDIS_PORT=$((21000 + RANDOM % 10000))
    while (: <"/dev/tcp/127.0.0.1/$REDIS_PORT") 2>/dev/null; do REDIS_PORT=$((REDIS_PORT + 1)); done
    "$server" --port "$REDIS_PORT" --dir "$work" --save '' >"$work/server.log" 2>&1 &
    until (: <"/dev/tcp/127.0.0.1/$REDIS_PORT") 2>/dev/null; do sleep 0.05; done
}

run() {
    start_server
    local pid=$!
    case $1 in
        bullmq) install_node && timeout 300 node "$root/tests/applications/bullmq.mjs" ;;
        celery | rq) install_python && (cd "$work" && timeout 300 python "$root/tests/applications/$1_flows.py") ;;
        *) echo "unknown application: $1" >&2 && return 2 ;;
    esac
    kill -0 "$pid"
    kill "$pid"
    wait "$pid" || true
}

applications=("$@")
[ $# != 0 ] || applications=(bullmq celery rq)
for application in "${applications[@]}"; do
    run "$application"
    echo "$application: all flows passed"
done
