//! Moving a slot with its keys from one node to another.

use std::io::{self, IsTerminal};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, bail};
use ferrous_client::Value;

use super::node::{Node, integer};
use super::topology::Topology;
use crate::options::Options;

/// How long the target of a move may take to become ready.
const READY_TIMEOUT: Duration = Duration::from_secs(10);

/// How a slot is moved.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct How {
    /// Print a line with a dot for each key.
    pub(super) verbose: bool,
    /// The slot has its states already: leave them, and move the keys only.
    pub(super) keys_only: bool,
}

/// Moves `slot` between two nodes of the topology, which knows it afterwards.
pub(super) fn move_slot(
    topology: &mut Topology,
    slot: u16,
    (from, to): (usize, usize),
    options: &Options,
    how: How,
) -> anyhow::Result<()> {
    let number = slot.to_string();
    if how.verbose {
        let (from, to) = (&topology.nodes[from].address, &topology.nodes[to].address);
        crate::say(format!("Moving slot {slot} from {from} to {to}: ").as_bytes());
    }
    let (from_id, to_id) = (
        topology.nodes[from].id.clone(),
        topology.nodes[to].id.clone(),
    );
    if !how.keys_only {
        // The target first: otherwise it would send clients that follow ASK back to the source.
        topology.nodes[to].run(&["CLUSTER", "SETSLOT", &number, "IMPORTING", &from_id])?;
        topology.nodes[from].run(&["CLUSTER", "SETSLOT", &number, "MIGRATING", &to_id])?;
    }
    move_keys(topology, slot, (from, to), options, how)?;
    if how.verbose {
        crate::say(b"\n");
    }
    if !how.keys_only {
        assign(topology, slot, (from, to), &to_id)?;
        topology.nodes[from].slots.0.remove(&slot);
        topology.nodes[to].slots.0.insert(slot);
    }
    Ok(())
}

/// Tells everyone who serves the slot now; the target first, so that it never has no owner.
fn assign(
    topology: &mut Topology,
    slot: u16,
    (from, to): (usize, usize),
    to_id: &str,
) -> anyhow::Result<()> {
    let number = slot.to_string();
    topology.nodes[to].run(&["CLUSTER", "SETSLOT", &number, "NODE", to_id])?;
    tell(&mut topology.nodes[from], &number, to_id)?;
    for index in 0..topology.nodes.len() {
        if index != from && index != to && !topology.nodes[index].is_replica {
            tell(&mut topology.nodes[index], &number, to_id)?;
        }
    }
    Ok(())
}

/// Tells a node of a slot's new owner, unless it has become a replica meanwhile, as a primary does that gave its
/// last slot away: it hears of it from its primary.
fn tell(node: &mut Node, slot: &str, owner: &str) -> anyhow::Result<()> {
    match node
        .connection
        .call(["CLUSTER", "SETSLOT", slot, "NODE", owner])?
    {
        Value::Error(message) if !message.ends_with(b"only with masters.") => {
            let message = String::from_utf8_lossy(&message);
            bail!("Node {} replied with error:\n{message}", node.address)
        }
        _ => Ok(()),
    }
}

fn move_keys(
    topology: &mut Topology,
    slot: u16,
    (from, to): (usize, usize),
    options: &Options,
    how: How,
) -> anyhow::Result<()> {
    let (host, port) = topology.nodes[to].host_and_port();
    let batch = options.cluster.pipeline.to_string();
    loop {
        let reply =
            topology.nodes[from].run(&["CLUSTER", "GETKEYSINSLOT", &slot.to_string(), &batch])?;
        let Value::Array(keys) = reply else {
            bail!("unexpected reply to CLUSTER GETKEYSINSLOT");
        };
        let keys: Vec<Vec<u8>> = keys
            .into_iter()
            .filter_map(|key| {
                if let Value::Bulk(key) = key {
                    Some(key)
                } else {
                    None
                }
            })
            .collect();
        if keys.is_empty() {
            return Ok(());
        }
        let mut command = migrate_command(&host, &port, options);
        command.push(b"KEYS".to_vec());
        command.extend(keys.iter().cloned());
        if let Value::Error(message) = call_when_up(&mut topology.nodes[from], &command)? {
            let message = String::from_utf8_lossy(&message).into_owned();
            if message.contains("BUSYKEY") && !options.cluster.replace {
                resolve_busy_keys(topology, &keys, (from, to)).with_context(|| message.clone())?;
                let mut command = migrate_command(&host, &port, options);
                command.push(b"REPLACE".to_vec());
                command.push(b"KEYS".to_vec());
                command.extend(keys.iter().cloned());
                topology.nodes[from].connection.run(&command)?;
            } else {
                bail!("{message}");
            }
        }
        if how.verbose {
            crate::say(".".repeat(keys.len()).as_bytes());
        }
    }
}

/// Sends a command, again and again while the other side is not ready: a node that has just joined refuses keys
/// until it has heard of all slots.
fn call_when_up(node: &mut Node, command: &[Vec<u8>]) -> anyhow::Result<Value> {
    let start = Instant::now();
    loop {
        match node.connection.call(command)? {
            Value::Error(message) if is_temporary(&message) && start.elapsed() < READY_TIMEOUT => {
                thread::sleep(Duration::from_millis(200));
            }
            reply => return Ok(reply),
        }
    }
}

fn is_temporary(message: &[u8]) -> bool {
    let message = String::from_utf8_lossy(message);
    ["CLUSTERDOWN", "LOADING", "TRYAGAIN"]
        .iter()
        .any(|code| message.contains(code))
}

fn migrate_command(host: &str, port: &str, options: &Options) -> Vec<Vec<u8>> {
    let timeout = options.cluster.timeout.as_millis().to_string();
    let mut command: Vec<Vec<u8>> = ["MIGRATE", host, port, "", "0", &timeout]
        .iter()
        .map(|word| word.as_bytes().to_vec())
        .collect();
    if options.cluster.replace {
        command.push(b"REPLACE".to_vec());
    }
    if let Some(credentials) = &options.target.credentials {
        match &credentials.user {
            Some(user) => command.extend([b"AUTH2".to_vec(), user.clone().into_bytes()]),
            None => command.push(b"AUTH".to_vec()),
        }
        command.push(credentials.password.clone());
    }
    command
}

/// Keys that are at the target already may be replaced only when they are the same.
fn resolve_busy_keys(
    topology: &mut Topology,
    keys: &[Vec<u8>],
    (from, to): (usize, usize),
) -> anyhow::Result<()> {
    super::log::warn("*** Target key exists");
    super::log::warn("*** Checking key values on both nodes...");
    let mut different = Vec::new();
    for key in keys {
        let source = topology.nodes[from]
            .connection
            .call([b"DUMP".as_slice(), key])?;
        topology.nodes[to].connection.call(["ASKING"])?;
        let target = topology.nodes[to]
            .connection
            .call([b"DUMP".as_slice(), key])?;
        if !target.is_nil() && source != target {
            different.push(String::from_utf8_lossy(key).into_owned());
        }
    }
    if different.is_empty() {
        super::log::info("*** Replacing target keys...");
        return Ok(());
    }
    let (source, target) = (&topology.nodes[from].address, &topology.nodes[to].address);
    super::log::error(&format!(
        "*** Found {} key(s) in both source node and target node having different values.\n    \
         Source node: {source}\n    Target node: {target}\n    Keys(s):",
        different.len()
    ));
    for key in &different {
        super::log::error(&format!("    - {key}"));
    }
    bail!(
        "Please fix the above key(s) manually and try again or relaunch the command \nwith --cluster-replace option to force key overriding."
    )
}

/// Keys of a slot at a node.
pub(super) fn keys_in_slot(topology: &mut Topology, node: usize, slot: u16) -> anyhow::Result<i64> {
    Ok(integer(&topology.nodes[node].run(&[
        "CLUSTER",
        "COUNTKEYSINSLOT",
        &slot.to_string(),
    ])?))
}

/// A bar for moves of many slots, on a terminal.
pub(super) fn progress(moves: usize) -> indicatif::ProgressBar {
    if io::stderr().is_terminal() {
        indicatif::ProgressBar::new(moves as u64)
    } else {
        indicatif::ProgressBar::hidden()
    }
}
