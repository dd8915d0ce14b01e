//! `fix`: gives every slot one owner, and closes the slots that a broken move left open.

use anyhow::bail;

use super::check::check;
use super::entry_topology;
use super::log;
use super::migrate::{How, keys_in_slot, move_slot};
use super::topology::Topology;
use crate::options::Options;

/// `fix`.
pub(super) fn run(options: &Options) -> anyhow::Result<bool> {
    let mut topology = entry_topology(options)?;
    topology.show_info()?;
    let findings = check(&mut topology, options)?;
    if topology.unreachable_primaries > 0
        && !options.cluster.fix_with_unreachable_primaries
        && !findings.is_sound()
    {
        log::error(&format!(
            "*** Fixing slots coverage with {} unreachable masters is dangerous: their slots would be given to \
             reachable nodes, and their keys would be lost. Use --cluster-fix-with-unreachable-masters to go on.",
            topology.unreachable_primaries
        ));
        return Ok(false);
    }
    for slot in findings.open {
        fix_open_slot(&mut topology, slot, options)?;
    }
    if !findings.uncovered.is_empty() {
        log::info(">>> Fixing slots coverage...");
        for slot in findings.uncovered {
            cover_slot(&mut topology, slot, options)?;
        }
    }
    for slot in findings.multiple_owners {
        log::info(&format!(">>> Fixing multiple owners for slot {slot}..."));
        let owners: Vec<usize> = primaries(&topology)
            .filter(|&node| topology.nodes[node].slots.contains(slot))
            .collect();
        let owner = richest(&mut topology, &owners, slot)?;
        settle(&mut topology, slot, owner, options)?;
    }
    Ok(true)
}

fn primaries(topology: &Topology) -> impl Iterator<Item = usize> + '_ {
    (0..topology.nodes.len()).filter(|&node| !topology.nodes[node].is_replica)
}

/// The node of these that holds most keys of the slot; the first among equals.
fn richest(topology: &mut Topology, nodes: &[usize], slot: u16) -> anyhow::Result<usize> {
    let mut best: Option<(i64, usize)> = None;
    for &node in nodes {
        let keys = keys_in_slot(topology, node, slot)?;
        if best.is_none_or(|(most, _)| keys > most) {
            best = Some((keys, node));
        }
    }
    match best {
        Some((_, node)) => Ok(node),
        None => bail!("[ERR] Can't select a slot owner. Impossible to fix."),
    }
}

/// A slot that is migrating or importing somewhere.
fn fix_open_slot(topology: &mut Topology, slot: u16, options: &Options) -> anyhow::Result<()> {
    log::info(&format!(">>> Fixing open slot {slot}"));
    let list = |topology: &Topology, has: fn(&super::node::Node, u16) -> bool| -> Vec<usize> {
        primaries(topology)
            .filter(|&node| has(&topology.nodes[node], slot))
            .collect()
    };
    let owners = list(topology, |node, slot| node.slots.contains(slot));
    let migrating = list(topology, |node, slot| node.migrating.contains_key(&slot));
    let importing = list(topology, |node, slot| node.importing.contains_key(&slot));
    let names = |nodes: &[usize]| {
        nodes
            .iter()
            .map(|&node| topology.nodes[node].address.to_string())
            .collect::<Vec<_>>()
            .join(",")
    };
    if !migrating.is_empty() {
        crate::print_line!("Set as migrating in: {}", names(&migrating));
    }
    if !importing.is_empty() {
        crate::print_line!("Set as importing in: {}", names(&importing));
    }
    // One source and one target that know each other: the move was interrupted, and is finished.
    if let ([from], [to]) = (migrating.as_slice(), importing.as_slice())
        && topology.nodes[*from].migrating.get(&slot) == Some(&topology.nodes[*to].id)
    {
        let (source, target) = (&topology.nodes[*from].address, &topology.nodes[*to].address);
        log::info(&format!(
            ">>> Case 1: Moving slot {slot} from {source} to {target}"
        ));
        return move_slot(
            topology,
            slot,
            (*from, *to),
            options,
            How {
                verbose: true,
                keys_only: false,
            },
        );
    }
    let owner = match owners.as_slice() {
        [owner] => *owner,
        [] => {
            log::info(">>> No single clear owner for the slot, selecting an owner by # of keys...");
            let all: Vec<usize> = primaries(topology).collect();
            richest(topology, &all, slot)?
        }
        several => richest(topology, several, slot)?,
    };
    settle(topology, slot, owner, options)
}

/// Makes `owner` the only one: takes the keys from all others, closes the slot everywhere.
fn settle(
    topology: &mut Topology,
    slot: u16,
    owner: usize,
    options: &Options,
) -> anyhow::Result<()> {
    let number = slot.to_string();
    let owner_id = topology.nodes[owner].id.clone();
    log::warn(&format!(
        "*** Configuring {} as the slot owner",
        topology.nodes[owner].address
    ));
    if topology.nodes[owner].slots.contains(slot) {
        topology.nodes[owner].run(&["CLUSTER", "SETSLOT", &number, "STABLE"])?;
    } else {
        // A slot known as another's must be forgotten before it can be claimed; unknown ones are refused.
        let _ = topology.nodes[owner].run(&["CLUSTER", "DELSLOTS", &number]);
        topology.nodes[owner].run(&["CLUSTER", "ADDSLOTS", &number])?;
        topology.nodes[owner].slots.0.insert(slot);
    }
    // A higher epoch makes the others believe it.
    topology.nodes[owner].run(&["CLUSTER", "BUMPEPOCH"])?;
    let others: Vec<usize> = primaries(topology).filter(|&node| node != owner).collect();
    for node in others {
        if keys_in_slot(topology, node, slot)? > 0 {
            log::warn(&format!(
                "*** Found keys about slot {slot} in node {}!",
                topology.nodes[node].address
            ));
            topology.nodes[node]
                .run(&["CLUSTER", "SETSLOT", &number, "MIGRATING", &owner_id])
                .or_else(|_| {
                    // Only an owner may migrate, so a stray holder becomes one for the time of the move.
                    topology.nodes[node].run(&[
                        "CLUSTER",
                        "SETSLOT",
                        &number,
                        "IMPORTING",
                        &owner_id,
                    ])
                })?;
            move_slot(
                topology,
                slot,
                (node, owner),
                options,
                How {
                    verbose: true,
                    keys_only: true,
                },
            )?;
        }
        topology.nodes[node].run(&["CLUSTER", "SETSLOT", &number, "STABLE"])?;
        topology.nodes[node].run(&["CLUSTER", "SETSLOT", &number, "NODE", &owner_id])?;
        topology.nodes[node].slots.0.remove(&slot);
    }
    Ok(())
}

/// A slot nobody serves goes to the node that holds its keys, else to the one with the fewest slots.
fn cover_slot(topology: &mut Topology, slot: u16, options: &Options) -> anyhow::Result<()> {
    let mut holders = Vec::new();
    for node in primaries(topology).collect::<Vec<_>>() {
        if keys_in_slot(topology, node, slot)? > 0 {
            holders.push(node);
        }
    }
    let owner = if holders.is_empty() {
        primaries(topology)
            .min_by_key(|&node| topology.nodes[node].slots.len())
            .unwrap_or(0)
    } else {
        richest(topology, &holders, slot)?
    };
    let address = topology.nodes[owner].address.clone();
    if holders.len() > 1 {
        log::info(&format!(
            ">>> Covering slot {slot} moving keys to {address}"
        ));
    } else {
        log::info(&format!(">>> Covering slot {slot} with {address}"));
    }
    settle(topology, slot, owner, options)
}
