//! `--cluster`: makes, checks, repairs and changes clusters.
//!
//! A [`Topology`] is the view of one node on all others, each with a connection. The subcommands are rows of
//! [`SUBCOMMANDS`]; what moves a slot stands in [`migrate`], for all of them.

mod atomic;
mod check;
mod create;
mod fix;
mod import;
mod journal;
mod log;
mod membership;
mod migrate;
mod node;
mod rebalance;
mod reshard;
mod topology;

use std::process::ExitCode;

use anyhow::bail;
use ferrous_client::Address;

use crate::options::Options;
use topology::Topology;

/// A subcommand: its name, arguments for the help, how many it takes at least, flags for the help, function.
struct Subcommand {
    name: &'static str,
    arguments: &'static str,
    arguments_min: usize,
    flags: &'static [&'static str],
    run: fn(&Options) -> anyhow::Result<bool>,
}

const ANY_NODE: &str = "<host:port> or <host> <port> - separated by either colon or space";

const SUBCOMMANDS: &[Subcommand] = &[
    Subcommand {
        name: "create",
        arguments: "host1:port1 ... hostN:portN",
        arguments_min: 1,
        flags: &["replicas <arg>"],
        run: create::run,
    },
    Subcommand {
        name: "check",
        arguments: ANY_NODE,
        arguments_min: 1,
        flags: &["search-multiple-owners"],
        run: check::run,
    },
    Subcommand {
        name: "info",
        arguments: ANY_NODE,
        arguments_min: 1,
        flags: &[],
        run: check::info,
    },
    Subcommand {
        name: "fix",
        arguments: ANY_NODE,
        arguments_min: 1,
        flags: &["search-multiple-owners", "fix-with-unreachable-masters"],
        run: fix::run,
    },
    Subcommand {
        name: "reshard",
        arguments: ANY_NODE,
        arguments_min: 1,
        flags: &[
            "from <arg>",
            "to <arg>",
            "slots <arg>",
            "yes",
            "timeout <arg>",
            "pipeline <arg>",
            "replace",
            "simulate",
            "plan <file>",
            "use-atomic-slot-migration",
        ],
        run: reshard::run,
    },
    Subcommand {
        name: "rebalance",
        arguments: ANY_NODE,
        arguments_min: 1,
        flags: &[
            "weight <node1=w1...nodeN=wN>",
            "use-empty-masters",
            "timeout <arg>",
            "simulate",
            "pipeline <arg>",
            "threshold <arg>",
            "replace",
            "plan <file>",
            "use-atomic-slot-migration",
        ],
        run: rebalance::run,
    },
    Subcommand {
        name: "add-node",
        arguments: "new_host:new_port existing_host:existing_port",
        arguments_min: 2,
        flags: &["slave", "master-id <arg>"],
        run: membership::add_node,
    },
    Subcommand {
        name: "del-node",
        arguments: "host:port node_id",
        arguments_min: 2,
        flags: &[],
        run: membership::del_node,
    },
    Subcommand {
        name: "call",
        arguments: "host:port command arg arg .. arg",
        arguments_min: 2,
        flags: &["only-masters", "only-replicas"],
        run: membership::call,
    },
    Subcommand {
        name: "set-timeout",
        arguments: "host:port milliseconds",
        arguments_min: 2,
        flags: &[],
        run: membership::set_timeout,
    },
    Subcommand {
        name: "import",
        arguments: "host:port",
        arguments_min: 1,
        flags: &[
            "from <arg>",
            "from-user <arg>",
            "from-pass <arg>",
            "from-askpass",
            "copy",
            "replace",
        ],
        run: import::run,
    },
    Subcommand {
        name: "backup",
        arguments: "host:port backup_directory",
        arguments_min: 2,
        flags: &[],
        run: membership::backup,
    },
];

/// Runs the subcommand that the options name.
pub(crate) fn run(options: &Options) -> anyhow::Result<ExitCode> {
    let name = String::from_utf8_lossy(&options.cluster.command);
    if name == "help" {
        crate::say(help().as_bytes());
        // So does redis-cli.
        return Ok(ExitCode::FAILURE);
    }
    let Some(subcommand) = SUBCOMMANDS
        .iter()
        .find(|subcommand| subcommand.name == name)
    else {
        bail!("Unknown --cluster subcommand");
    };
    if options.cluster.arguments.len() < subcommand.arguments_min {
        bail!("[ERR] Wrong number of arguments for specified --cluster sub command");
    }
    Ok(if (subcommand.run)(options)? {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

fn help() -> String {
    let mut text = "Cluster Manager Commands:\n".to_owned();
    for subcommand in SUBCOMMANDS {
        crate::append!(text, "  {:<15}{}\n", subcommand.name, subcommand.arguments);
        for flag in subcommand.flags {
            crate::append!(text, "{:17}--cluster-{flag}\n", "");
        }
    }
    text.push_str(
        "  help           \n\nFor check, fix, reshard, del-node, set-timeout, info, rebalance, call, import, backup \
         you can specify the host and port of any working node in the cluster.\n\n\
         Cluster Manager Options:\n  --cluster-yes  Automatic yes to cluster commands prompts\n\n",
    );
    text
}

/// The node that the first arguments name, as `host:port` or `host port`.
fn entry_address(options: &Options) -> anyhow::Result<Address> {
    let text = |index: usize| {
        options
            .cluster
            .arguments
            .get(index)
            .map(|word| String::from_utf8_lossy(word).into_owned())
    };
    let first = text(0).unwrap_or_default();
    let found =
        Address::parse_tcp(&first).or_else(|| Some(Address::tcp(first, text(1)?.parse().ok()?)));
    let Some(address) = found else {
        bail!(
            "[ERR] Invalid arguments: you need to pass either a valid address (ie. 120.0.0.1:7000) or space \
             separated IP and port (ie. 120.0.0.1 7000)"
        );
    };
    Ok(address)
}

/// The cluster as the node of the first argument sees it.
fn entry_topology(options: &Options) -> anyhow::Result<Topology> {
    Topology::load(&options.target, entry_address(options)?)
}

/// Asks, unless `--cluster-yes` has answered.
fn confirmed(options: &Options, question: &str) -> bool {
    options.cluster.yes || crate::terminal::confirm(question)
}
