//! Flags of the cluster manager.

use std::time::Duration;

use super::super::parse::{leading_decimal, leading_integer};
use super::super::{Mode, UsageError};
use super::{Flag, switch, text, value, words};

pub(super) const FLAGS: &[Flag] = &[
    words(
        &["--cluster"],
        "command",
        "Manage a cluster: create, check, info, fix, reshard, rebalance, add-node, del-node, call, set-timeout, \
         import, backup; '--cluster help' explains each.",
        |options, words| {
            if let [command, arguments @ ..] = words {
                options.cluster.command.clone_from(command);
                options.cluster.arguments = arguments.to_vec();
            }
            options.choose(Mode::Cluster);
            Ok(())
        },
    ),
    switch(
        &["--cluster-yes"],
        "Answer yes to every question.",
        |options| options.cluster.yes = true,
    ),
    value(
        &["--cluster-replicas"],
        "n",
        "create: replicas per primary.",
        |options, count| {
            options.cluster.replicas = leading_integer(count).max(0) as usize;
            Ok(())
        },
    ),
    switch(
        &["--cluster-search-multiple-owners"],
        "check, fix: look for slots with several owners.",
        |options| {
            options.cluster.search_multiple_owners = true;
        },
    ),
    switch(
        &[
            "--cluster-fix-with-unreachable-masters",
            "--cluster-fix-with-unreachable-primaries",
        ],
        "fix: go on without primaries that cannot be reached; their slots are given away.",
        |options| options.cluster.fix_with_unreachable_primaries = true,
    ),
    value(
        &["--cluster-from"],
        "arg",
        "reshard: source node IDs, or all; import: source address.",
        |options, from| {
            options.cluster.from = Some(text(from)?);
            Ok(())
        },
    ),
    value(
        &["--cluster-to"],
        "id",
        "reshard: target node ID.",
        |options, to| {
            options.cluster.to = Some(text(to)?);
            Ok(())
        },
    ),
    value(
        &["--cluster-slots"],
        "n",
        "reshard: slots to move.",
        |options, slots| {
            options.cluster.slots = leading_integer(slots).max(0) as usize;
            Ok(())
        },
    ),
    value(
        &["--cluster-timeout"],
        "ms",
        "Longest time of one MIGRATE (default: 60000).",
        |options, timeout| {
            options.cluster.timeout = Duration::from_millis(leading_integer(timeout).max(0) as u64);
            Ok(())
        },
    ),
    value(
        &["--cluster-pipeline"],
        "n",
        "Keys per MIGRATE (default: 10).",
        |options, keys| {
            options.cluster.pipeline = leading_integer(keys).clamp(1, 1 << 20) as usize;
            Ok(())
        },
    ),
    value(
        &["--cluster-threshold"],
        "percent",
        "rebalance: imbalance to leave alone (default: 2).",
        |options, percent| {
            options.cluster.threshold = leading_decimal(percent);
            Ok(())
        },
    ),
    words(
        &["--cluster-weight"],
        "id=w ...",
        "rebalance: the share of each node, 1 unless given; 0 empties it.",
        |options, words| {
            for word in words {
                let word = text(word)?;
                let (node, weight) = word
                    .split_once('=')
                    .ok_or_else(|| UsageError::new(format!("*** invalid input {word}")))?;
                options.cluster.weights.insert(
                    node.to_ascii_lowercase(),
                    leading_decimal(weight.as_bytes()),
                );
            }
            Ok(())
        },
    ),
    switch(
        &[
            "--cluster-use-empty-masters",
            "--cluster-use-empty-primaries",
        ],
        "rebalance: give slots to primaries that have none.",
        |options| options.cluster.use_empty_primaries = true,
    ),
    switch(
        &["--cluster-simulate"],
        "reshard, rebalance: show the moves only.",
        |options| options.cluster.simulate = true,
    ),
    switch(
        &["--cluster-use-atomic-slot-migration"],
        "reshard, rebalance: let the servers move whole ranges of slots themselves (Valkey 9).",
        |options| options.cluster.atomic_migration = true,
    ),
    value(
        &["--cluster-plan"],
        "file",
        "reshard, rebalance: write the moves to the file; when it is there, go on with what it has left.",
        |options, file| {
            options.cluster.plan = Some(text(file)?.into());
            Ok(())
        },
    ),
    switch(
        &["--cluster-replace"],
        "Overwrite keys at the target.",
        |options| options.cluster.replace = true,
    ),
    switch(
        &["--cluster-copy"],
        "import: leave the keys at the source.",
        |options| options.cluster.copy = true,
    ),
    switch(
        &["--cluster-slave", "--cluster-replica"],
        "add-node: as a replica.",
        |options| {
            options.cluster.as_replica = true;
        },
    ),
    value(
        &[
            "--cluster-master-id",
            "--cluster-primary-id",
            "--cluster-primaries-id",
        ],
        "id",
        "add-node: the primary of the new replica.",
        |options, id| {
            options.cluster.primary_id = Some(text(id)?);
            Ok(())
        },
    ),
    switch(
        &["--cluster-only-masters", "--cluster-only-primaries"],
        "call: primaries only.",
        |options| {
            options.cluster.only_primaries = true;
        },
    ),
    switch(
        &["--cluster-only-replicas"],
        "call: replicas only.",
        |options| options.cluster.only_replicas = true,
    ),
    value(
        &["--cluster-from-user"],
        "user",
        "import: ACL user at the source.",
        |options, user| {
            options.cluster.from_user = Some(text(user)?);
            Ok(())
        },
    ),
    value(
        &["--cluster-from-pass"],
        "password",
        "import: password at the source.",
        |options, password| {
            options.cluster.from_password = Some(password.to_vec());
            Ok(())
        },
    ),
    switch(
        &["--cluster-from-askpass"],
        "import: ask for the source's password.",
        |options| {
            options.cluster.from_ask_password = true;
        },
    ),
];
