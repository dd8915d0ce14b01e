//! Subcommands about single nodes: `add-node`, `del-node`, `call`, `set-timeout`, `backup`.

use std::fs;
use std::path::Path;

use anyhow::{Context, bail};
use ferrous_client::{Address, Connection, Value};
use serde_json::json;

use super::check::{check, check_briefly};
use super::create::wait_for_agreement;
use super::node::{Node, lines_of};
use super::topology::Topology;
use super::{entry_address, entry_topology, log};
use crate::options::Options;
use crate::output::render;
use crate::print_line;

fn argument(options: &Options, index: usize) -> String {
    options
        .cluster
        .arguments
        .get(index)
        .map(|word| String::from_utf8_lossy(word).into_owned())
        .unwrap_or_default()
}

/// `add-node new existing`.
pub(super) fn add_node(options: &Options) -> anyhow::Result<bool> {
    let (new, existing) = (argument(options, 0), argument(options, 1));
    let (Some(new), Some(existing)) = (Address::parse_tcp(&new), Address::parse_tcp(&existing))
    else {
        bail!("Invalid address format: {new} {existing}");
    };
    log::info(&format!(">>> Adding node {new} to cluster {existing}"));
    let mut topology = Topology::load(&options.target, existing)?;
    if !check(&mut topology, options)?.is_sound() {
        return Ok(false);
    }
    let primary = if options.cluster.as_replica {
        Some(primary_for(&topology, options)?)
    } else {
        None
    };
    let mut node = Node::connect(&options.target, new.clone()).inspect_err(|error| {
        crate::talk!("{error:#}");
        log::error(&format!("[ERR] Sorry, can't connect to node {new}"));
    })?;
    if lines_of(&mut node.connection)?.len() > 1 || node.keys()? > 0 {
        log::error(&format!(
            "[ERR] Node {} is not empty. Either the node already knows other nodes (check with CLUSTER NODES) or \
             contains some key in database 0.",
            node.address
        ));
        return Ok(false);
    }
    if primary.is_none() {
        copy_functions(&mut topology, &mut node)?;
    }
    log::info(&format!(
        ">>> Send CLUSTER MEET to node {} to make it join the cluster.",
        node.address
    ));
    let (host, port) = topology.nodes[0].host_and_port();
    node.run(&["CLUSTER", "MEET", &host, &port])?;
    topology.nodes.push(node);
    if let Some((id, address)) = primary {
        wait_for_agreement(&mut topology)?;
        log::info(&format!(">>> Configure node as replica of {address}."));
        if let Some(node) = topology.nodes.last_mut() {
            node.run(&["CLUSTER", "REPLICATE", &id])?;
        }
    }
    log::success("[OK] New node added correctly.");
    Ok(true)
}

/// The primary that the options name, else the one with the fewest replicas.
fn primary_for(topology: &Topology, options: &Options) -> anyhow::Result<(String, Address)> {
    let node = if let Some(id) = &options.cluster.primary_id {
        topology
            .primaries()
            .find(|node| node.id == *id)
            .with_context(|| format!("[ERR] No such master ID {id}"))?
    } else {
        let node = topology
            .primaries()
            .min_by_key(|node| topology.replicas_of(&node.id))
            .context("[ERR] The cluster has no masters")?;
        print_line!("Automatically selected master {}", node.address);
        node
    };
    Ok((node.id.clone(), node.address.clone()))
}

fn copy_functions(topology: &mut Topology, node: &mut Node) -> anyhow::Result<()> {
    log::info(">>> Getting functions from cluster");
    let Value::Bulk(functions) = topology.nodes[0].connection.call(["FUNCTION", "DUMP"])? else {
        log::info(
            ">>> Failed retrieving Functions from the cluster, skip this step as the server has no FUNCTION command",
        );
        return Ok(());
    };
    let address = node.address.clone();
    log::info(&format!(
        ">>> Send FUNCTION LIST to {address} to verify there is no functions in it"
    ));
    if !matches!(node.run(&["FUNCTION", "LIST"])?, Value::Array(list) if list.is_empty()) {
        bail!(
            ">>> New node already contains functions and can not be added to the cluster. Use FUNCTION FLUSH and try again."
        );
    }
    log::info(&format!(">>> Send FUNCTION RESTORE to {address}"));
    node.connection
        .run([b"FUNCTION".as_slice(), b"RESTORE", &functions])?;
    Ok(())
}

/// `del-node host:port id`.
pub(super) fn del_node(options: &Options) -> anyhow::Result<bool> {
    let id = argument(options, 1);
    log::info(&format!(
        ">>> Removing node {id} from cluster {}",
        entry_address(options)?
    ));
    let mut topology = entry_topology(options)?;
    let Some(leaving) = topology.position(&id) else {
        log::error(&format!("[ERR] No such node ID {id}"));
        return Ok(false);
    };
    if !topology.nodes[leaving].slots.is_empty() {
        log::error(&format!(
            "[ERR] Node {} is not empty! Reshard data away and try again.",
            topology.nodes[leaving].address
        ));
        return Ok(false);
    }
    log::info(">>> Sending CLUSTER FORGET messages to the cluster...");
    let id = topology.nodes[leaving].id.clone();
    for index in 0..topology.nodes.len() {
        if index == leaving {
            continue;
        }
        if topology.nodes[index].primary_id.as_deref() == Some(&id) {
            // A replica must leave its primary first: to the primary with the fewest replicas.
            let primary = topology
                .primaries()
                .filter(|node| node.id != id)
                .min_by_key(|node| topology.replicas_of(&node.id))
                .map(|node| (node.id.clone(), node.address.clone()));
            let Some((primary, address)) = primary else {
                bail!("[ERR] The cluster has no other masters")
            };
            log::info(&format!(
                ">>> {} as replica of {address}",
                topology.nodes[index].address
            ));
            topology.nodes[index].run(&["CLUSTER", "REPLICATE", &primary])?;
        }
        topology.nodes[index].run(&["CLUSTER", "FORGET", &id])?;
    }
    log::info(">>> Sending CLUSTER RESET SOFT to the deleted node.");
    topology.nodes[leaving].run(&["CLUSTER", "RESET", "SOFT"])?;
    Ok(true)
}

/// `call host:port command`.
pub(super) fn call(options: &Options) -> anyhow::Result<bool> {
    let command = &options.cluster.arguments[1..];
    let mut topology = entry_topology(options)?;
    let words: Vec<String> = command
        .iter()
        .map(|word| String::from_utf8_lossy(word).into_owned())
        .collect();
    log::heading(">>> Calling", &format!(" {}", words.join(" ")));
    for node in &mut topology.nodes {
        if (options.cluster.only_primaries && node.is_replica)
            || (options.cluster.only_replicas && !node.is_replica)
        {
            continue;
        }
        match node.connection.call(command) {
            Ok(reply) => {
                let mut text = format!("{}: ", node.address).into_bytes();
                text.extend(render(&reply, options));
                crate::say(&text);
            }
            Err(_) => print_line!("{}: Failed!", node.address),
        }
    }
    Ok(true)
}

/// `set-timeout host:port milliseconds`.
pub(super) fn set_timeout(options: &Options) -> anyhow::Result<bool> {
    let timeout = argument(options, 1);
    match timeout.parse::<u64>() {
        Ok(timeout) if timeout >= 100 => {}
        _ => bail!("Setting a node timeout of less than 100 milliseconds is a bad idea."),
    }
    let mut topology = entry_topology(options)?;
    log::info(">>> Reconfiguring node timeout in every cluster node...");
    let (mut ok, mut failed) = (0, 0);
    for node in &mut topology.nodes {
        let connection = &mut node.connection;
        let set = connection.run(["CONFIG", "SET", "cluster-node-timeout", &timeout]);
        match set.and_then(|_| connection.run(["CONFIG", "REWRITE"])) {
            Ok(_) => {
                log::warn(&format!("*** New timeout set for {}", node.address));
                ok += 1;
            }
            Err(error) => {
                log::error(&format!(
                    "ERR setting node-timeout for {}: {error}",
                    node.address
                ));
                failed += 1;
            }
        }
    }
    log::info(&format!(">>> New node timeout set. {ok} OK, {failed} ERR."));
    // So ends redis-cli, whatever the nodes say.
    Ok(failed == 0 || !options.strict)
}

/// `backup host:port directory`: a snapshot of every primary, and the layout as JSON.
pub(super) fn backup(options: &Options) -> anyhow::Result<bool> {
    let directory = argument(options, 1);
    let directory = Path::new(&directory);
    let mut topology = entry_topology(options)?;
    let sound = check_briefly(&mut topology, options)?.is_sound();
    let nodes: Vec<_> = topology.nodes.iter().map(describe).collect();
    let layout = directory.join("nodes.json");
    print_line!("Saving cluster configuration to: {}", layout.display());
    fs::write(&layout, serde_json::to_vec_pretty(&nodes)?)
        .with_context(|| format!("Could not save nodes to: {}", layout.display()))?;
    for node in topology.primaries() {
        let (host, port) = node.host_and_port();
        let path = directory.join(format!("redis-node-{host}-{port}-{}.rdb", node.id));
        log::info(&format!(">>> Node {} -> Saving RDB...", node.address));
        let mut connection = Connection::connect(&options.target.at(node.address.clone()))?;
        crate::transfer::save_snapshot(&mut connection, &path)?;
    }
    log::success(&format!(
        "[OK] Backup created into: {}",
        directory.display()
    ));
    if !sound {
        log::warn(
            "*** Cluster seems to have some problems, please be aware of it if you're going to restore this backup.",
        );
    }
    Ok(true)
}

fn describe(node: &Node) -> serde_json::Value {
    let (host, port) = node.host_and_port();
    json!({
        "name": node.id,
        "host": host,
        "port": port.parse::<u16>().unwrap_or(0),
        "replicate": node.primary_id,
        "slots": node.slots.ranges().into_iter().map(|(first, last)| [first, last]).collect::<Vec<_>>(),
        "slots_count": node.slots.len(),
        "flags": if node.is_replica { "slave" } else { "master" },
        "current_epoch": node.config_epoch,
    })
}
