//! `--cluster-use-atomic-slot-migration`: the servers move whole ranges of slots themselves, keys and all, and hand
//! them over at once (Valkey 9).

use std::thread;
use std::time::Duration;

use anyhow::{Context, bail};
use ferrous_client::{Slots, Value};

use super::journal::SlotMove;
use super::topology::Topology;
use super::{log, node::Node};

/// Time between two looks at how far the servers are.
const PAUSE: Duration = Duration::from_millis(100);

/// What a migration has come to.
#[derive(Clone, Debug, PartialEq, Eq)]
enum State {
    Running,
    Succeeded,
    /// With the server's reason.
    Failed(String),
}

/// Makes the moves, a pair of nodes at a time.
pub(super) fn move_slots(topology: &mut Topology, moves: &[SlotMove]) -> anyhow::Result<()> {
    for ((from, to), slots) in by_pair(moves) {
        let (source, target) = (&topology.nodes[from].address, &topology.nodes[to].address);
        log::info(&format!(
            ">>> Moving {} slots from {source} to {target}",
            slots.len()
        ));
        let mut command = vec![
            "CLUSTER".to_owned(),
            "MIGRATESLOTS".to_owned(),
            "SLOTSRANGE".to_owned(),
        ];
        for (first, last) in slots.ranges() {
            command.extend([first.to_string(), last.to_string()]);
        }
        command.extend(["NODE".to_owned(), topology.nodes[to].id.clone()]);
        let words: Vec<&str> = command.iter().map(String::as_str).collect();
        let target_id = topology.nodes[to].id.clone();
        topology.nodes[from].run(&words)?;
        wait(&mut topology.nodes[from], &target_id)?;
        for slot in &slots.0 {
            topology.nodes[from].slots.0.remove(slot);
            topology.nodes[to].slots.0.insert(*slot);
        }
    }
    Ok(())
}

/// The slots that go from one node to another, by these nodes.
pub(super) fn by_pair(moves: &[SlotMove]) -> Vec<((usize, usize), Slots)> {
    let mut pairs: Vec<((usize, usize), Slots)> = Vec::new();
    for step in moves {
        let nodes = (step.from, step.to);
        let index = pairs.iter().position(|(pair, _)| *pair == nodes);
        let index = index.unwrap_or_else(|| {
            pairs.push((nodes, Slots::default()));
            pairs.len() - 1
        });
        pairs[index].1.0.insert(step.slot);
    }
    pairs
}

/// Waits until the newest migration of the source to the target has ended.
fn wait(source: &mut Node, target: &str) -> anyhow::Result<()> {
    loop {
        let reply = source.run(&["CLUSTER", "GETSLOTMIGRATIONS"])?;
        match state(&reply, target).context("unexpected reply to CLUSTER GETSLOTMIGRATIONS")? {
            State::Running => thread::sleep(PAUSE),
            State::Succeeded => return Ok(()),
            State::Failed(reason) => bail!("The migration failed: {reason}"),
        }
    }
}

/// The state of the first export to `target`: servers list the newest first.
fn state(reply: &Value, target: &str) -> Option<State> {
    let Value::Array(migrations) = reply else {
        return None;
    };
    let migration = migrations.iter().find(|migration| {
        field(migration, "operation").is_some_and(|text| text.eq_ignore_ascii_case("export"))
            && field(migration, "target_node").as_deref() == Some(target)
    })?;
    Some(match field(migration, "state")?.as_str() {
        "success" => State::Succeeded,
        "failed" | "cancelled" | "canceled" => {
            State::Failed(field(migration, "message").unwrap_or_default())
        }
        _ => State::Running,
    })
}

/// A field of a map, or of RESP2's flat array.
fn field(migration: &Value, name: &str) -> Option<String> {
    let text = |value: &Value| match value {
        Value::Bulk(text) | Value::Simple(text) | Value::Verbatim { text, .. } => {
            Some(String::from_utf8_lossy(text).into_owned())
        }
        _ => None,
    };
    let found = match migration {
        Value::Map(pairs) => pairs
            .iter()
            .find(|(key, _)| text(key).as_deref() == Some(name))
            .map(|(_, value)| value),
        Value::Array(flat) => flat
            .chunks_exact(2)
            .find(|pair| text(&pair[0]).as_deref() == Some(name))
            .map(|pair| &pair[1]),
        _ => None,
    };
    found.and_then(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn migration(operation: &str, target: &str, state: &str) -> Value {
        let fields = [
            "operation",
            operation,
            "target_node",
            target,
            "state",
            state,
            "message",
            "why",
        ];
        Value::Array(
            fields
                .iter()
                .map(|text| Value::Bulk(text.as_bytes().to_vec()))
                .collect(),
        )
    }

    #[test]
    fn the_newest_export_to_the_target_counts() {
        let reply = Value::Array(vec![
            migration("IMPORT", "b", "failed"),
            migration("EXPORT", "c", "failed"),
            migration("EXPORT", "b", "snapshotting"),
            migration("EXPORT", "b", "success"),
        ]);
        assert_eq!(state(&reply, "b"), Some(State::Running));
        assert_eq!(state(&reply, "c"), Some(State::Failed("why".to_owned())));
        assert_eq!(state(&reply, "d"), None);
    }

    #[test]
    fn slots_are_moved_as_ranges() {
        let step = |slot, to| SlotMove { slot, from: 0, to };
        let pairs = by_pair(&[step(1, 1), step(2, 1), step(9, 2), step(3, 1)]);
        assert_eq!(pairs[0].0, (0, 1));
        assert_eq!(pairs[0].1.ranges(), [(1, 3)]);
        assert_eq!(pairs[1].1.ranges(), [(9, 9)]);
    }
}
