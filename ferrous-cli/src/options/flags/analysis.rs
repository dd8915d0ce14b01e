//! Flags of the modes that look at keys and at time.

use std::time::Duration;

use ferrous_client::unquote;

use super::super::parse::leading_integer;
use super::super::{Action, Expiry, Mode, UsageError};
use super::{Flag, switch, text, value};

pub(super) const KEYS: &[Flag] = &[
    switch(&["--scan"], "Print all keys, found by SCAN.", |options| {
        options.choose(Mode::Scan);
    }),
    switch(
        &["--bigkeys"],
        "Look for keys with many elements.",
        |options| options.choose(Mode::BigKeys),
    ),
    switch(
        &["--memkeys"],
        "Look for keys that use much memory.",
        |options| options.choose(Mode::MemoryKeys),
    ),
    value(
        &["--memkeys-samples"],
        "n",
        "As --memkeys, measuring n elements of each key.",
        |options, samples| {
            options.memory_samples = Some(leading_integer(samples).max(0) as u64);
            options.choose(Mode::MemoryKeys);
            Ok(())
        },
    ),
    switch(
        &["--keystats"],
        "Both: sizes and lengths of keys, with their distributions.",
        |options| {
            options.choose(Mode::KeyStatistics);
        },
    ),
    value(
        &["--keystats-samples"],
        "n",
        "As --keystats, measuring n elements of each key.",
        |options, samples| {
            options.memory_samples = Some(leading_integer(samples).max(0) as u64);
            options.choose(Mode::KeyStatistics);
            Ok(())
        },
    ),
    switch(
        &["--hotkeys"],
        "Look for keys in frequent use; needs an LFU maxmemory-policy.",
        |options| {
            options.choose(Mode::HotKeys);
        },
    ),
    value(
        &["--hotkeys-count"],
        "n",
        "As --hotkeys, for the n hottest (default: 16).",
        |options, count| {
            options.hot_keys = leading_integer(count).clamp(1, 1 << 20) as usize;
            options.choose(Mode::HotKeys);
            Ok(())
        },
    ),
    value(
        &["--pattern"],
        "pattern",
        "Only keys that match (default: *).",
        |options, pattern| {
            options.pattern = Some(pattern.to_vec());
            Ok(())
        },
    ),
    value(
        &["--quoted-pattern"],
        "pattern",
        "As --pattern, read as a quoted string.",
        |options, pattern| {
            let pattern = unquote(pattern).ok_or_else(|| {
                UsageError::new("Invalid quoted string specified for --quoted-pattern.")
            })?;
            options.pattern = Some(pattern);
            Ok(())
        },
    ),
    value(
        &["--count"],
        "count",
        "Keys per call of SCAN, roughly (default: 10).",
        |options, count| {
            options.scan_count = leading_integer(count).clamp(1, i64::from(u32::MAX)) as u32;
            Ok(())
        },
    ),
    value(
        &["--type"],
        "type",
        "With --scan, only keys of this type.",
        |options, kind| {
            options.scan_type = Some(kind.to_vec());
            Ok(())
        },
    ),
    value(
        &["--ttl"],
        "filter",
        "With --scan, only keys that never expire (none), that do (any), or that do within so many seconds.",
        |options, filter| {
            options.filters.expiry = Some(match filter {
                b"none" => Expiry::Never,
                b"any" => Expiry::Within(u64::MAX),
                seconds => Expiry::Within(leading_integer(seconds).max(0) as u64),
            });
            Ok(())
        },
    ),
    value(
        &["--min-memory"],
        "bytes",
        "With --scan, only keys that use at least so much memory.",
        |options, bytes| {
            options.filters.memory_min = Some(leading_integer(bytes).max(0) as u64);
            Ok(())
        },
    ),
    switch(
        &["--cluster-wide"],
        "Scan and analyse every primary of the cluster, not only the server connected to.",
        |options| options.cluster_wide = true,
    ),
    value(
        &["--cursor"],
        "n",
        "Start --keystats at this cursor, to go on after Ctrl-C.",
        |options, cursor| {
            options.cursor = leading_integer(cursor).max(0) as u64;
            Ok(())
        },
    ),
    value(
        &["--top"],
        "n",
        "Rows of the rankings of --keystats (default: 10).",
        |options, rows| {
            options.top = leading_integer(rows).clamp(1, 1 << 20) as usize;
            Ok(())
        },
    ),
    switch(&["--unlink"], "With --scan, remove the keys.", |options| {
        options.actions.action = Some(Action::Unlink);
    }),
    value(
        &["--expire"],
        "seconds",
        "With --scan, let the keys expire.",
        |options, seconds| {
            let seconds = leading_integer(seconds).max(0) as u64;
            options.actions.action = Some(Action::Expire(Duration::from_secs(seconds)));
            Ok(())
        },
    ),
    value(
        &["--copy-to"],
        "uri",
        "With --scan, copy the keys to another server, times to live included.",
        |options, uri| {
            options.actions.action = Some(Action::CopyTo(text(uri)?));
            Ok(())
        },
    ),
    value(
        &["--dump"],
        "dir",
        "With --scan, write each key's serialized form to a file.",
        |options, directory| {
            options.actions.action = Some(Action::Dump(text(directory)?.into()));
            Ok(())
        },
    ),
    switch(
        &["--dry-run"],
        "With an action of --scan, print the keys and change nothing.",
        |options| {
            options.actions.dry_run = true;
        },
    ),
    value(
        &["--rate"],
        "n",
        "With an action of --scan, at most n keys per second.",
        |options, rate| {
            options.actions.rate = Some(leading_integer(rate).clamp(1, i64::from(u32::MAX)) as u32);
            Ok(())
        },
    ),
];

pub(super) const LATENCY: &[Flag] = &[
    switch(
        &["--stat"],
        "Print rolling statistics of the server.",
        |options| options.choose(Mode::Statistics),
    ),
    switch(
        &["--latency"],
        "Measure latency for ever; for one second, or -i seconds, when the output is not a terminal.",
        |options| options.choose(Mode::Latency),
    ),
    switch(
        &["--latency-history"],
        "As --latency, a new line every 15 seconds, or -i seconds.",
        |options| {
            options.latency_history = true;
            options.choose(Mode::Latency);
        },
    ),
    switch(
        &["--latency-dist"],
        "Show latency as a spectrum of colours, a line per second or -i seconds.",
        |options| {
            options.choose(Mode::LatencyDistribution);
        },
    ),
    switch(
        &["--mono"],
        "With --latency-dist, shades of grey.",
        |options| options.monochrome = true,
    ),
    value(
        &["--lru-test"],
        "keys",
        "Simulate a cache under an 80-20 load of that many keys.",
        |options, keys| {
            options.lru_keys = leading_integer(keys).max(0) as u64;
            options.choose(Mode::LruTest);
            Ok(())
        },
    ),
    value(
        &["--intrinsic-latency"],
        "sec",
        "Measure the latency of this machine itself.",
        |options, seconds| {
            options.intrinsic_seconds = leading_integer(seconds).max(0) as u64;
            options.choose(Mode::IntrinsicLatency);
            Ok(())
        },
    ),
];
