//! `rebalance`: gives each primary slots in proportion to its weight.

use super::check::check_briefly;
use super::journal::{self, Journal, SlotMove};
use super::migrate::{How, move_slot, progress};
use super::topology::Topology;
use super::{atomic, entry_topology, log};
use crate::options::Options;
use crate::print_line;

/// A primary and how many slots it has too many; negative means too few.
#[derive(Clone, Copy, Debug)]
struct Balance {
    node: usize,
    surplus: i64,
}

/// `rebalance`.
pub(super) fn run(options: &Options) -> anyhow::Result<bool> {
    let mut topology = entry_topology(options)?;
    let mut weights = Vec::new();
    for (name, weight) in &options.cluster.weights {
        let Some(node) = topology.primary_position(name) else {
            log::error(&format!("*** No such master node {name}"));
            return Ok(false);
        };
        weights.push((node, *weight));
    }
    let is_sound = check_briefly(&mut topology, options)?.is_sound();
    // What an interrupted run left open is closed by going on with it.
    if let Some(moves) = journal::left_over(options, &topology)? {
        return carry_out(&mut topology, &moves, options);
    }
    if !is_sound {
        log::error("*** Please fix your cluster problems before rebalancing");
        return Ok(false);
    }
    let Some(balances) = balances(&topology, &weights, options) else {
        return Ok(true);
    };
    let moves = slot_moves(&topology, &pair(&balances));
    carry_out(&mut topology, &moves, options)
}

/// The slots behind the numbers: the lowest that each giving node has left.
fn slot_moves(topology: &Topology, pairs: &[(usize, usize, usize)]) -> Vec<SlotMove> {
    let mut moves: Vec<SlotMove> = Vec::new();
    for &(from, to, count) in pairs {
        let given = moves.iter().filter(|step| step.from == from).count();
        let slots = topology.nodes[from].slots.0.iter().skip(given).take(count);
        moves.extend(slots.map(|&slot| SlotMove { slot, from, to }));
    }
    moves
}

/// Makes the moves, or with `--cluster-simulate` only shows them.
fn carry_out(
    topology: &mut Topology,
    moves: &[SlotMove],
    options: &Options,
) -> anyhow::Result<bool> {
    let simulate = options.cluster.simulate;
    if options.cluster.atomic_migration && !simulate {
        let journal = Journal::begin(options, topology, moves)?;
        atomic::move_slots(topology, moves)?;
        journal.end()?;
        return Ok(true);
    }
    let mut journal = (!simulate)
        .then(|| Journal::begin(options, topology, moves))
        .transpose()?;
    let bar = progress(if simulate { 0 } else { moves.len() });
    for group in moves.chunk_by(|left, right| (left.from, left.to) == (right.from, right.to)) {
        let (from, to) = (group[0].from, group[0].to);
        let (source, target) = (&topology.nodes[from].address, &topology.nodes[to].address);
        log::info(&format!(
            "Moving {} slots from {source} to {target}",
            group.len()
        ));
        for step in group {
            if let Some(journal) = &mut journal {
                move_slot(topology, step.slot, (from, to), options, How::default())?;
                journal.done(step.slot)?;
            }
            crate::say(b"#");
            bar.inc(1);
        }
        print_line!("");
    }
    bar.finish_and_clear();
    journal.map_or(Ok(()), Journal::end)?;
    Ok(true)
}

/// What each primary has too many, or `None` when that is within the threshold everywhere.
fn balances(
    topology: &Topology,
    weights: &[(usize, f64)],
    options: &Options,
) -> Option<Vec<Balance>> {
    let weight = |node: usize| {
        let given = weights
            .iter()
            .find(|(other, _)| *other == node)
            .map(|(_, weight)| *weight);
        let is_left_out =
            topology.nodes[node].slots.is_empty() && !options.cluster.use_empty_primaries;
        if is_left_out {
            0.0
        } else {
            given.unwrap_or(1.0)
        }
    };
    let nodes: Vec<usize> = (0..topology.nodes.len())
        .filter(|&node| !topology.nodes[node].is_replica)
        .filter(|&node| weight(node) > 0.0 || !topology.nodes[node].slots.is_empty())
        .collect();
    let total: f64 = nodes.iter().map(|&node| weight(node)).sum();
    if total <= 0.0 {
        return None;
    }
    let mut beyond_threshold = false;
    let mut balances: Vec<Balance> = nodes
        .iter()
        .map(|&node| {
            let has = topology.nodes[node].slots.len() as f64;
            let expected = f64::from(ferrous_client::SLOTS) / total * weight(node);
            let error = if expected > 0.0 {
                (has - expected).abs() * 100.0 / expected
            } else {
                100.0
            };
            beyond_threshold |= error > options.cluster.threshold;
            Balance {
                node,
                surplus: has as i64 - expected as i64,
            }
        })
        .collect();
    if !beyond_threshold {
        let threshold = options.cluster.threshold;
        log::warn(&format!(
            "*** No rebalancing needed! All nodes are within the {threshold:.2}% threshold."
        ));
        return None;
    }
    even_out(&mut balances);
    log::info(&format!(
        ">>> Rebalancing across {} nodes. Total weight = {total:.2}",
        nodes.len()
    ));
    Some(balances)
}

/// Rounding down leaves slots over: the poorest nodes get one more each.
fn even_out(balances: &mut [Balance]) {
    let mut over: i64 = balances.iter().map(|balance| balance.surplus).sum();
    balances.sort_by_key(|balance| balance.surplus);
    while over > 0 {
        for balance in balances.iter_mut().filter(|balance| balance.surplus < 0) {
            if over > 0 {
                balance.surplus -= 1;
                over -= 1;
            }
        }
        if balances.iter().all(|balance| balance.surplus >= 0) {
            return;
        }
    }
}

/// The moves that bring every surplus to nothing: from, to, how many.
fn pair(balances: &[Balance]) -> Vec<(usize, usize, usize)> {
    let mut sorted = balances.to_vec();
    sorted.sort_by_key(|balance| balance.surplus);
    let mut moves = Vec::new();
    let (mut poor, mut rich) = (0, sorted.len().saturating_sub(1));
    while poor < rich {
        let count = (-sorted[poor].surplus).min(sorted[rich].surplus);
        if count > 0 {
            moves.push((sorted[rich].node, sorted[poor].node, count as usize));
            sorted[poor].surplus += count;
            sorted[rich].surplus -= count;
        }
        if sorted[poor].surplus >= 0 {
            poor += 1;
        }
        if sorted[rich].surplus <= 0 {
            rich = rich.saturating_sub(1);
        }
    }
    moves
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_rich_give_to_the_poor() {
        let balance = |node, surplus| Balance { node, surplus };
        let moves = pair(&[balance(0, 5), balance(1, -3), balance(2, -4), balance(3, 2)]);
        assert_eq!(moves, [(0, 2, 4), (0, 1, 1), (3, 1, 2)]);
        assert!(pair(&[]).is_empty());
    }

    #[test]
    fn no_slot_is_left_over() {
        let mut balances = [
            Balance {
                node: 0,
                surplus: 5462,
            },
            Balance {
                node: 1,
                surplus: -5461,
            },
        ];
        even_out(&mut balances);
        assert_eq!(
            balances.iter().map(|balance| balance.surplus).sum::<i64>(),
            0
        );
    }
}
