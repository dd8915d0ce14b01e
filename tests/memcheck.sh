#!/bin/bash
# Runs the tests of the crates with unsafe code under valgrind: invalid reads and writes, use of what was freed or
# never written, leaks.
#
#   tests/memcheck.sh [FILTER]      only tests whose name contains FILTER
#
# Generated tests run few cases, for valgrind is some thirty times slower than the processor. Needs valgrind.
set -euo pipefail
cd "$(dirname "$0")/.."

host=$(rustc -vV | sed -n 's/^host: //p' | tr a-z- A-Z_)
export "CARGO_TARGET_${host}_RUNNER=valgrind --quiet --error-exitcode=99 --leak-check=full --show-leak-kinds=definite --errors-for-leak-kinds=definite"
export PROPTEST_CASES=${PROPTEST_CASES:-4}
cargo test -p ferrous-types -p ferrous-engine --lib --tests -- --test-threads=1 "$@"
