//! `reshard`: moves slots from some nodes to another.

use std::io::BufRead;

use super::check::check;
use super::journal::{self, Journal, SlotMove};
use super::migrate::{How, move_slot};
use super::topology::Topology;
use super::{atomic, entry_topology, log};
use crate::options::Options;
use crate::print_line;

/// `reshard`.
pub(super) fn run(options: &Options) -> anyhow::Result<bool> {
    let mut topology = entry_topology(options)?;
    let is_sound = check(&mut topology, options)?.is_sound();
    // What an interrupted run left open is closed by going on with it.
    if let Some(moves) = journal::left_over(options, &topology)? {
        return carry_out(&mut topology, &moves, options);
    }
    if !is_sound {
        log::error("*** Please fix your cluster problems before resharding");
        return Ok(false);
    }
    let Some(slots) = slots_wanted(options) else {
        return Ok(false);
    };
    let Some(target) = target(&topology, options) else {
        return Ok(false);
    };
    let Some(sources) = sources(&topology, target, options) else {
        return Ok(false);
    };
    print_line!("\nReady to move {slots} slots.");
    print_line!("  Source nodes:");
    for &source in &sources {
        crate::say(
            indented(
                &topology.nodes[source].describe(topology.replicas_of(&topology.nodes[source].id)),
            )
            .as_bytes(),
        );
    }
    print_line!("  Destination node:");
    crate::say(
        indented(
            &topology.nodes[target].describe(topology.replicas_of(&topology.nodes[target].id)),
        )
        .as_bytes(),
    );
    let plan = plan(&topology, &sources, target, slots);
    print_line!("  Resharding plan:");
    print_plan(&topology, &plan, options.cluster.atomic_migration);
    if options.cluster.simulate {
        return Ok(true);
    }
    if !options.cluster.yes
        && !accepted("Do you want to proceed with the proposed reshard plan (yes/no)? ")
    {
        return Ok(false);
    }
    carry_out(&mut topology, &plan, options)
}

fn carry_out(
    topology: &mut Topology,
    moves: &[SlotMove],
    options: &Options,
) -> anyhow::Result<bool> {
    let mut journal = Journal::begin(options, topology, moves)?;
    if options.cluster.atomic_migration {
        atomic::move_slots(topology, moves)?;
        journal.end()?;
        return Ok(true);
    }
    let how = How {
        verbose: true,
        keys_only: false,
    };
    for step in moves {
        move_slot(topology, step.slot, (step.from, step.to), options, how)?;
        journal.done(step.slot)?;
    }
    journal.end()?;
    Ok(true)
}

/// Servers that move slots themselves move ranges, so the plan lists ranges for them.
fn print_plan(topology: &Topology, plan: &[SlotMove], in_ranges: bool) {
    if in_ranges {
        for ((from, _), slots) in atomic::by_pair(plan) {
            for (first, last) in slots.ranges() {
                print_line!(
                    "    Moving slot range {first}-{last} from {}",
                    topology.nodes[from].id
                );
            }
        }
        return;
    }
    for step in plan {
        print_line!(
            "    Moving slot {} from {}",
            step.slot,
            topology.nodes[step.from].id
        );
    }
}

fn indented(text: &str) -> String {
    let mut indented = String::new();
    for line in text.lines() {
        crate::append!(indented, "    {line}\n");
    }
    indented
}

fn slots_wanted(options: &Options) -> Option<usize> {
    if options.cluster.slots > 0 {
        return Some(options.cluster.slots);
    }
    loop {
        let answer = ask(&format!(
            "How many slots do you want to move (from 1 to {})? ",
            ferrous_client::SLOTS
        ))?;
        match answer.parse() {
            Ok(slots) if (1..=usize::from(ferrous_client::SLOTS)).contains(&slots) => {
                return Some(slots);
            }
            _ => {}
        }
    }
}

fn target(topology: &Topology, options: &Options) -> Option<usize> {
    let mut wanted = match &options.cluster.to {
        Some(id) => id.clone(),
        None => ask("What is the receiving node ID? ")?,
    };
    loop {
        match topology.primary_position(&wanted) {
            Some(target) if !wanted.is_empty() => return Some(target),
            _ => print_line!(
                "*** The specified node ({wanted}) is not known or not a master, please retry."
            ),
        }
        if options.cluster.to.is_some() {
            return None;
        }
        wanted = ask("What is the receiving node ID? ")?;
    }
}

fn sources(topology: &Topology, target: usize, options: &Options) -> Option<Vec<usize>> {
    let names: Vec<String> = if let Some(from) = &options.cluster.from {
        from.split(',').map(str::to_owned).collect()
    } else {
        print_line!("Please enter all the source node IDs.");
        print_line!("  Type 'all' to use all the nodes as source nodes for the hash slots.");
        print_line!("  Type 'done' once you entered all the source nodes IDs.");
        let mut names = Vec::new();
        loop {
            let name = ask(&format!("Source node #{}: ", names.len() + 1))?;
            match name.as_str() {
                "done" => break names,
                "all" => break vec![name],
                _ => names.push(name),
            }
        }
    };
    if names.iter().any(|name| name == "all") {
        let with_slots = |&node: &usize| node != target && !topology.nodes[node].slots.is_empty();
        return Some((0..topology.nodes.len()).filter(with_slots).collect());
    }
    let mut sources = Vec::new();
    for name in names {
        match topology.primary_position(&name) {
            None => {
                log::error(&format!(
                    "*** The specified node ({name}) is not known or not a master, please retry."
                ));
                return None;
            }
            Some(source) if source == target => {
                log::error("*** It is not possible to use the target node as source node.");
                return None;
            }
            Some(source) => sources.push(source),
        }
    }
    if sources.is_empty() {
        log::error("*** No source nodes given, operation aborted.");
        return None;
    }
    Some(sources)
}

/// Takes from each source in proportion to what it has; the largest first, which rounds up.
fn plan(topology: &Topology, sources: &[usize], to: usize, slots: usize) -> Vec<SlotMove> {
    let mut sources = sources.to_vec();
    sources.sort_by_key(|&source| std::cmp::Reverse(topology.nodes[source].slots.len()));
    let total: usize = sources
        .iter()
        .map(|&source| topology.nodes[source].slots.len())
        .sum();
    let mut moves = Vec::new();
    for (index, &from) in sources.iter().enumerate() {
        let share = slots as f64 / total.max(1) as f64 * topology.nodes[from].slots.len() as f64;
        let share = if index == 0 {
            share.ceil()
        } else {
            share.floor()
        } as usize;
        let left = slots - moves.len();
        let slots = topology.nodes[from].slots.0.iter().take(share.min(left));
        moves.extend(slots.map(|&slot| SlotMove { slot, from, to }));
    }
    moves
}

fn ask(question: &str) -> Option<String> {
    crate::say(question.as_bytes());
    let mut answer = String::new();
    let read = std::io::stdin().lock().read_line(&mut answer).ok()?;
    (read > 0).then(|| answer.trim().to_owned())
}

fn accepted(question: &str) -> bool {
    ask(question).is_some_and(|answer| answer.eq_ignore_ascii_case("yes"))
}
