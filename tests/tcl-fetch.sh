# Sourced by the scripts beside it: how Redis' own test suite comes here.
#
# Sets `version`, `cache` and `suite`; `fetch_suite` makes sure that $suite holds the unpacked suite.

version=7.0.15
cache=${FERROUS_SUITE_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/ferrous-tests}
suite=$cache/redis-$version

# Downloads and unpacks the suite with an apt of its own, whose only source is the release that has this version.
fetch_suite() {
    [ -d "$suite/tests" ] && return 0
    local apt=$cache/apt
    mkdir -p "$apt"/{lists/partial,archives/partial}
    cat >"$apt/sources.list" <<-SOURCES
	deb-src http://deb.debian.org/debian bookworm main
	deb-src http://deb.debian.org/debian-security bookworm-security main
	SOURCES
    local options=(-q -o "Dir::Etc::SourceList=$apt/sources.list" -o Dir::Etc::SourceParts=/dev/null
        -o "Dir::State::Lists=$apt/lists" -o "Dir::Cache=$apt" -o APT::Sandbox::User=)
    (
        cd "$cache" &&
            apt-get "${options[@]}" update &&
            apt-get "${options[@]}" source --download-only redis &&
            tar xzf "redis_$version.orig.tar.gz"
    ) >"$cache/fetch.log" 2>&1 || {
        cat "$cache/fetch.log" >&2
        return 1
    }
    # Some tests run redis-cli or redis-benchmark from where the suite would have built them.
    local program
    for program in redis-cli redis-benchmark redis-check-aof redis-check-rdb; do
        ln -sf "$(command -v $program || echo /nowhere/$program)" "$suite/src/$program"
    done
    # A server without functions has none to flush before a unit begins.
    sed -i 's/^    r function flush$/    catch {r function flush}/' "$suite/tests/support/server.tcl"
}

# Prints the lines of one kind in a log of the suite, without colours.
lines() {
    sed 's/\x1b\[[0-9;]*m//g; s/\r//g' "$2" | grep -a "^\[$1\]: " || true
}
