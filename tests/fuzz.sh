#!/bin/bash
# Runs the fuzz targets in tests/fuzz, each for a while, under AddressSanitizer.
#
#   tests/fuzz.sh [-s SECONDS] [TARGET ...]      all targets, 60 seconds each, unless told otherwise
#
# It needs no nightly toolchain and no cargo-fuzz: the flags that cargo-fuzz passes are passed here, and a stable
# compiler is told to accept them. A C++ compiler builds libFuzzer. What is found is kept in the corpus directory; an
# input that crashes a target stays in the directory of artifacts, and the exit status is 1.
#
#   FERROUS_FUZZ_CORPUS  where inputs are kept; default: ~/.cache/ferrous-tests/fuzz
#   CARGO_TARGET_DIR     where it builds; default: tests/fuzz/target
set -euo pipefail

fuzz=$(cd "$(dirname "$0")/fuzz" && pwd)
corpus=${FERROUS_FUZZ_CORPUS:-${XDG_CACHE_HOME:-$HOME/.cache}/ferrous-tests/fuzz}
seconds=60
if [ "${1:-}" = -s ]; then
    seconds=$2
    shift 2
fi
targets=("$@")
if [ ${#targets[@]} = 0 ]; then
    mapfile -t targets < <(cd "$fuzz/fuzz_targets" && ls | sed -n 's/\.rs$//p')
fi

coverage=(-Cpasses=sancov-module -Cllvm-args=-sanitizer-coverage-level=4
    -Cllvm-args=-sanitizer-coverage-inline-8bit-counters -Cllvm-args=-sanitizer-coverage-pc-table
    -Cllvm-args=-sanitizer-coverage-trace-compares)
export RUSTC_BOOTSTRAP=1
export RUSTFLAGS="--cfg fuzzing ${coverage[*]} -Zsanitizer=address -Ccodegen-units=1 -Cdebug-assertions"
# Naming the host keeps the flags away from build scripts and macros.
host=$(rustc -vV | sed -n 's/^host: //p')
export CARGO_TARGET_DIR=${CARGO_TARGET_DIR:-$fuzz/target}
bins=("${targets[@]/#/--bin=}")
cargo build --release --quiet --target "$host" --manifest-path "$fuzz/Cargo.toml" "${bins[@]}"

failed=0
for target in "${targets[@]}"; do
    mkdir -p "$corpus/$target" "$corpus/artifacts/$target"
    log=$corpus/$target.log
    if "$CARGO_TARGET_DIR/$host/release/$target" -max_total_time="$seconds" -timeout=10 -rss_limit_mb=2048 \
        -print_final_stats=1 -artifact_prefix="$corpus/artifacts/$target/" "$corpus/$target" >"$log" 2>&1; then
        runs=$(sed -n 's/^stat::number_of_executed_units: *//p' "$log")
        echo "$target: $runs inputs in $seconds s"
    else
        echo "$target: FAILED, see $log"
        failed=1
    fi
done
exit $failed
