//! `--cluster-plan`: the moves of a reshard or rebalance in a file, so that one that stopped can go on.
//!
//! A line per slot, `move slot from-id to-id`, and behind them `done slot` for each that arrived.

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io::Write;
use std::path::PathBuf;

use anyhow::{Context, anyhow};

use super::topology::Topology;
use crate::options::Options;

/// One slot, and the places of the nodes it goes from and to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct SlotMove {
    pub(super) slot: u16,
    pub(super) from: usize,
    pub(super) to: usize,
}

/// The file while the moves are made; nothing when none is wanted.
pub(super) struct Journal(Option<(PathBuf, File)>);

impl Journal {
    /// Writes down what is going to be moved, unless the file holds it already.
    pub(super) fn begin(
        options: &Options,
        topology: &Topology,
        moves: &[SlotMove],
    ) -> anyhow::Result<Self> {
        let Some(path) = &options.cluster.plan else {
            return Ok(Self(None));
        };
        let failed = || format!("Can't write {}", path.display());
        let exists = path.exists();
        let mut file = File::options()
            .create(true)
            .append(true)
            .open(path)
            .with_context(failed)?;
        if !exists {
            let id = |node: usize| &topology.nodes[node].id;
            let mut text = String::new();
            for SlotMove { slot, from, to } in moves {
                crate::append!(text, "move {slot} {} {}\n", id(*from), id(*to));
            }
            file.write_all(text.as_bytes())
                .and_then(|()| file.sync_all())
                .with_context(failed)?;
        }
        Ok(Self(Some((path.clone(), file))))
    }

    /// The slot has arrived.
    pub(super) fn done(&mut self, slot: u16) -> anyhow::Result<()> {
        if let Some((path, file)) = &mut self.0 {
            writeln!(file, "done {slot}")
                .with_context(|| format!("Can't write {}", path.display()))?;
        }
        Ok(())
    }

    /// All slots have arrived: the plan is of no more use.
    pub(super) fn end(self) -> anyhow::Result<()> {
        match self.0 {
            Some((path, _)) => {
                fs::remove_file(&path).with_context(|| format!("Can't remove {}", path.display()))
            }
            None => Ok(()),
        }
    }
}

/// What a plan that was begun has left; `None` when there is none.
pub(super) fn left_over(
    options: &Options,
    topology: &Topology,
) -> anyhow::Result<Option<Vec<SlotMove>>> {
    let Some(path) = options.cluster.plan.as_ref().filter(|path| path.exists()) else {
        return Ok(None);
    };
    let text =
        fs::read_to_string(path).with_context(|| format!("Can't read {}", path.display()))?;
    let position = |id: &str| {
        topology
            .position(id)
            .with_context(|| format!("{}: there is no node {id} any more", path.display()))
    };
    let planned =
        parse(&text).map_err(|line| anyhow!("{}:{line}: not understood", path.display()))?;
    let mut moves = Vec::new();
    for (slot, from, to) in planned {
        let (from, to) = (position(&from)?, position(&to)?);
        // The last move of an interrupted run may have arrived without being written down.
        if !topology.nodes[to].slots.contains(slot) {
            moves.push(SlotMove { slot, from, to });
        }
    }
    Ok(Some(moves))
}

/// The moves that are not done; the number of the line that makes no sense as the error.
fn parse(text: &str) -> Result<Vec<(u16, String, String)>, usize> {
    let (mut moves, mut done) = (Vec::new(), BTreeSet::new());
    for (index, line) in text.lines().enumerate() {
        let words: Vec<&str> = line.split(' ').collect();
        let slot = |text: &str| text.parse::<u16>().map_err(|_| index + 1);
        match words.as_slice() {
            ["move", number, from, to] => {
                moves.push((slot(number)?, (*from).to_owned(), (*to).to_owned()));
            }
            ["done", number] => {
                done.insert(slot(number)?);
            }
            _ => return Err(index + 1),
        }
    }
    moves.retain(|(slot, ..)| !done.contains(slot));
    Ok(moves)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_done_is_not_done_again() {
        let left = parse("move 1 a b\nmove 2 a c\ndone 1\n").unwrap();
        assert_eq!(left, [(2, "a".to_owned(), "c".to_owned())]);
        assert_eq!(parse("move 1 a b\nmove x a b\n"), Err(2));
    }
}
