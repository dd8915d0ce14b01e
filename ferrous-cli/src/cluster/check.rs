//! `check` and `info`: is everything served, and by one node each?

use std::collections::BTreeSet;

use ferrous_client::SLOTS;

use super::topology::Topology;
use super::{entry_topology, log};
use crate::options::Options;
use crate::print_line;

/// `check`: true when nothing is wrong.
pub(super) fn run(options: &Options) -> anyhow::Result<bool> {
    let mut topology = entry_topology(options)?;
    topology.show_info()?;
    Ok(check(&mut topology, options)?.is_sound())
}

/// `info`.
pub(super) fn info(options: &Options) -> anyhow::Result<bool> {
    entry_topology(options)?.show_info()?;
    Ok(true)
}

/// What a check found.
#[derive(Debug, Default)]
pub(super) struct Findings {
    pub(super) inconsistent: bool,
    pub(super) open: BTreeSet<u16>,
    pub(super) uncovered: Vec<u16>,
    pub(super) multiple_owners: Vec<u16>,
}

impl Findings {
    pub(super) fn is_sound(&self) -> bool {
        !self.inconsistent
            && self.open.is_empty()
            && self.uncovered.is_empty()
            && self.multiple_owners.is_empty()
    }
}

/// Shows the cluster and what is wrong with it.
pub(super) fn check(topology: &mut Topology, options: &Options) -> anyhow::Result<Findings> {
    announce(topology);
    topology.show();
    examine(topology, options)
}

/// As [`check`], without the nodes.
pub(super) fn check_briefly(
    topology: &mut Topology,
    options: &Options,
) -> anyhow::Result<Findings> {
    announce(topology);
    examine(topology, options)
}

fn announce(topology: &Topology) {
    let address = &topology.nodes[0].address;
    log::info(&format!(
        ">>> Performing Cluster Check (using node {address})"
    ));
}

fn examine(topology: &mut Topology, options: &Options) -> anyhow::Result<Findings> {
    let mut findings = Findings {
        inconsistent: !topology.is_consistent()?,
        ..Findings::default()
    };
    if findings.inconsistent {
        log::error("[ERR] Nodes don't agree about configuration!");
    } else {
        log::success("[OK] All nodes agree about slots configuration.");
    }
    log::info(">>> Check for open slots...");
    findings.open = open_slots(topology);
    log::info(">>> Check slots coverage...");
    findings.uncovered = topology.uncovered();
    if findings.uncovered.is_empty() {
        log::success(&format!("[OK] All {SLOTS} slots covered."));
    } else {
        log::error(&format!(
            "[ERR] Not all {SLOTS} slots are covered by nodes.\n"
        ));
    }
    if options.cluster.search_multiple_owners {
        findings.multiple_owners = multiple_owners(topology);
    }
    Ok(findings)
}

fn open_slots(topology: &Topology) -> BTreeSet<u16> {
    let mut open = BTreeSet::new();
    for node in &topology.nodes {
        for (slots, state) in [
            (&node.migrating, "migrating"),
            (&node.importing, "importing"),
        ] {
            if slots.is_empty() {
                continue;
            }
            let list: Vec<String> = slots.keys().map(u16::to_string).collect();
            let list = list.join(",");
            log::warn(&format!(
                "[WARNING] Node {} has slots in {state} state {list}.",
                node.address
            ));
            open.extend(slots.keys());
        }
    }
    if !open.is_empty() {
        let list: Vec<String> = open.iter().map(u16::to_string).collect();
        log::error(&format!(
            "[WARNING] The following slots are open: {}.",
            list.join(",")
        ));
    }
    open
}

fn multiple_owners(topology: &Topology) -> Vec<u16> {
    log::info(">>> Check for multiple slot owners...");
    let mut found = Vec::new();
    for slot in 0..SLOTS {
        let owners: Vec<_> = topology
            .primaries()
            .filter(|node| node.slots.contains(slot))
            .collect();
        if owners.len() > 1 {
            log::warn(&format!(
                "[WARNING] Slot {slot} has {} owners:",
                owners.len()
            ));
            for owner in owners {
                print_line!("    {}", owner.address);
            }
            found.push(slot);
        }
    }
    if found.is_empty() {
        log::success("[OK] No multiple owners found.");
    }
    found
}
