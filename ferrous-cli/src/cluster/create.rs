//! `create`: makes a cluster of empty nodes.

use std::collections::BTreeMap;
use std::thread;
use std::time::{Duration, Instant};

use anyhow::bail;
use ferrous_client::{Address, SLOTS};

use super::check::check;
use super::node::{Node, lines_of};
use super::topology::Topology;
use super::{confirmed, log};
use crate::options::Options;
use crate::print_line;

/// Longest time for the nodes to find each other.
const JOIN_TIMEOUT: Duration = Duration::from_secs(60);

/// `create`.
pub(super) fn run(options: &Options) -> anyhow::Result<bool> {
    let nodes = connect_all(options)?;
    let per_primary = options.cluster.replicas + 1;
    let primaries = nodes.len() / per_primary;
    if primaries < 3 {
        log::error(&format!(
            "*** ERROR: Invalid configuration for cluster creation.\n\
             *** Redis Cluster requires at least 3 master nodes.\n\
             *** This is not possible with {} nodes and {} replicas per node.\n\
             *** At least {} nodes are required.",
            nodes.len(),
            options.cluster.replicas,
            3 * per_primary
        ));
        return Ok(false);
    }
    log::info(&format!(
        ">>> Performing hash slots allocation on {} nodes...",
        nodes.len()
    ));
    let mut topology = Topology {
        nodes: interleave(nodes),
        unreachable_primaries: 0,
    };
    allocate(&mut topology, primaries);
    place_replicas(&mut topology, primaries);
    topology.show();
    if !confirmed(options, "Can I set the above configuration?") {
        return Ok(false);
    }
    configure(&mut topology)?;
    join(&mut topology)?;
    replicate(&mut topology)?;
    let entry = topology.nodes[0].address.clone();
    let mut topology = Topology::load(&options.target, entry)?;
    Ok(check(&mut topology, options)?.is_sound())
}

fn connect_all(options: &Options) -> anyhow::Result<Vec<Node>> {
    let mut nodes = Vec::new();
    for argument in &options.cluster.arguments {
        let argument = String::from_utf8_lossy(argument);
        let Some(address) = Address::parse_tcp(&argument) else {
            bail!("Invalid address format: {argument}");
        };
        let mut node = Node::connect(&options.target, address)?;
        if lines_of(&mut node.connection)?.len() > 1 || node.keys()? > 0 {
            log::error(&format!(
                "[ERR] Node {} is not empty. Either the node already knows other nodes (check with CLUSTER NODES) \
                 or contains some key in database 0.",
                node.address
            ));
            bail!("");
        }
        nodes.push(node);
    }
    Ok(nodes)
}

/// Orders the nodes so that neighbours are on different hosts as far as possible.
fn interleave(nodes: Vec<Node>) -> Vec<Node> {
    let mut hosts: BTreeMap<usize, (String, Vec<Node>)> = BTreeMap::new();
    for node in nodes {
        let (host, _) = node.host_and_port();
        let known = hosts
            .iter()
            .find(|(_, (name, _))| *name == host)
            .map(|(order, _)| *order);
        let order = known.unwrap_or(hosts.len());
        hosts
            .entry(order)
            .or_insert_with(|| (host, Vec::new()))
            .1
            .push(node);
    }
    let mut queues: Vec<_> = hosts
        .into_values()
        .map(|(_, nodes)| nodes.into_iter())
        .collect();
    let mut ordered = Vec::new();
    loop {
        let before = ordered.len();
        ordered.extend(queues.iter_mut().filter_map(Iterator::next));
        if ordered.len() == before {
            return ordered;
        }
    }
}

/// Deals the slots out to the first nodes, evenly.
fn allocate(topology: &mut Topology, primaries: usize) {
    let share = f64::from(SLOTS) / primaries as f64;
    let mut first = 0;
    for index in 0..primaries {
        let end = ((index + 1) as f64 * share).round() as u16;
        let end = if index + 1 == primaries { SLOTS } else { end };
        print_line!("Master[{index}] -> Slots {first} - {}", end - 1);
        topology.nodes[index].slots.0 = (first..end).collect();
        first = end;
    }
}

/// Gives each remaining node a primary: the one with the fewest replicas, on another host where there is one.
fn place_replicas(topology: &mut Topology, primaries: usize) {
    let mut counts = vec![0_usize; primaries];
    let mut same_host = false;
    for replica in primaries..topology.nodes.len() {
        let host = topology.nodes[replica].host_and_port().0;
        let is_same = |primary: usize| topology.nodes[primary].host_and_port().0 == host;
        let Some(primary) =
            (0..primaries).min_by_key(|&primary| (counts[primary], is_same(primary)))
        else {
            return;
        };
        same_host |= is_same(primary);
        counts[primary] += 1;
        print_line!(
            "Adding replica {} to {}",
            topology.nodes[replica].address,
            topology.nodes[primary].address
        );
        topology.nodes[replica].primary_id = Some(topology.nodes[primary].id.clone());
        topology.nodes[replica].is_replica = true;
    }
    if topology.nodes.len() > primaries {
        log::info(">>> Trying to optimize slaves allocation for anti-affinity");
        if same_host {
            log::warn("[WARNING] Some slaves are in the same host as their master");
        } else {
            log::success("[OK] Perfect anti-affinity obtained!");
        }
    }
}

fn configure(topology: &mut Topology) -> anyhow::Result<()> {
    for node in &mut topology.nodes {
        if node.is_replica {
            continue;
        }
        let mut command = vec!["CLUSTER".to_owned(), "ADDSLOTS".to_owned()];
        command.extend(node.slots.0.iter().map(u16::to_string));
        node.run(&command.iter().map(String::as_str).collect::<Vec<_>>())?;
    }
    log::info(">>> Nodes configuration updated");
    log::info(">>> Assign a different config epoch to each node");
    for (epoch, node) in (1_u64..).zip(&mut topology.nodes) {
        // A node that has an epoch already keeps it, which is as good.
        let _ = node.run(&["CLUSTER", "SET-CONFIG-EPOCH", &epoch.to_string()]);
    }
    Ok(())
}

/// Introduces all nodes to the first, and waits until they agree.
fn join(topology: &mut Topology) -> anyhow::Result<()> {
    log::info(">>> Sending CLUSTER MEET messages to join the cluster");
    let (host, port) = topology.nodes[0].host_and_port();
    for node in topology.nodes.iter_mut().skip(1) {
        node.run(&["CLUSTER", "MEET", &host, &port])?;
    }
    wait_for_agreement(topology)
}

/// Waits until every node knows all others and they agree about the slots.
pub(super) fn wait_for_agreement(topology: &mut Topology) -> anyhow::Result<()> {
    print_line!("Waiting for the cluster to join");
    let start = Instant::now();
    let count = topology.nodes.len();
    loop {
        thread::sleep(Duration::from_millis(500));
        let mut known = true;
        for node in &mut topology.nodes {
            let lines = lines_of(&mut node.connection)?;
            known &= lines
                .iter()
                .filter(|line| !line.has_flag("handshake"))
                .count()
                >= count;
        }
        if known && topology.is_consistent()? {
            print_line!("");
            return Ok(());
        }
        if start.elapsed() > JOIN_TIMEOUT {
            bail!(
                "\n[ERR] The nodes did not find each other within {} seconds.",
                JOIN_TIMEOUT.as_secs()
            );
        }
        crate::say(b".");
    }
}

fn replicate(topology: &mut Topology) -> anyhow::Result<()> {
    for node in &mut topology.nodes {
        if let Some(primary) = node.primary_id.clone() {
            node.run(&["CLUSTER", "REPLICATE", &primary])?;
        }
    }
    Ok(())
}
