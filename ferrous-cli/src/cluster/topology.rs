//! All nodes of a cluster.

use std::collections::BTreeMap;

use ferrous_client::{Address, SLOTS, Target};

use super::log;
use super::node::{Node, lines_of};
use crate::print_line;

/// The nodes that could be reached, the entry node first.
pub(super) struct Topology {
    pub(super) nodes: Vec<Node>,
    /// Primaries that own slots but could not be reached.
    pub(super) unreachable_primaries: usize,
}

impl Topology {
    /// Connects to the node at `entry` and to every node that it knows.
    pub(super) fn load(target: &Target, entry: Address) -> anyhow::Result<Self> {
        let mut first = Node::connect(target, entry)?;
        let mut others = lines_of(&mut first.connection)?;
        others.retain(|line| {
            !line.has_flag("myself") && !line.has_flag("noaddr") && !line.has_flag("handshake")
        });
        let mut topology = Self {
            nodes: vec![first],
            unreachable_primaries: 0,
        };
        for line in others {
            let Some(address) = Address::parse_tcp(&line.address) else {
                continue;
            };
            match Node::connect(target, address) {
                Ok(node) => topology.nodes.push(node),
                Err(error) => {
                    crate::talk!("{error:#}");
                    topology.unreachable_primaries += usize::from(!line.slots.is_empty());
                }
            }
        }
        Ok(topology)
    }

    /// The primaries, in order.
    pub(super) fn primaries(&self) -> impl Iterator<Item = &Node> {
        self.nodes.iter().filter(|node| !node.is_replica)
    }

    /// The place of the node with this ID, in any case.
    pub(super) fn position(&self, id: &str) -> Option<usize> {
        self.nodes
            .iter()
            .position(|node| node.id.eq_ignore_ascii_case(id))
    }

    /// The place of the primary whose ID begins so.
    pub(super) fn primary_position(&self, prefix: &str) -> Option<usize> {
        let prefix = prefix.to_ascii_lowercase();
        self.nodes
            .iter()
            .position(|node| !node.is_replica && node.id.starts_with(&prefix))
    }

    pub(super) fn replicas_of(&self, id: &str) -> usize {
        self.nodes
            .iter()
            .filter(|node| node.primary_id.as_deref() == Some(id))
            .count()
    }

    /// Prints every node.
    pub(super) fn show(&self) {
        for node in &self.nodes {
            crate::say(node.describe(self.replicas_of(&node.id)).as_bytes());
        }
    }

    /// Prints keys, slots and replicas of every primary.
    pub(super) fn show_info(&mut self) -> anyhow::Result<()> {
        let (mut keys_total, mut primaries) = (0, 0);
        for index in 0..self.nodes.len() {
            if self.nodes[index].is_replica {
                continue;
            }
            let keys = self.nodes[index].keys()?;
            let node = &self.nodes[index];
            print_line!(
                "{} ({}...) -> {keys} keys | {} slots | {} slaves.",
                node.address,
                node.id.get(..8).unwrap_or(&node.id),
                node.slots.len(),
                self.replicas_of(&node.id)
            );
            keys_total += keys;
            primaries += 1;
        }
        log::success(&format!("[OK] {keys_total} keys in {primaries} masters."));
        print_line!(
            "{:.2} keys per slot on average.",
            keys_total as f64 / f64::from(SLOTS)
        );
        Ok(())
    }

    /// Slots that no reachable node serves.
    pub(super) fn uncovered(&self) -> Vec<u16> {
        (0..SLOTS)
            .filter(|&slot| !self.nodes.iter().any(|node| node.slots.contains(slot)))
            .collect()
    }

    /// All nodes have the same view of who serves what.
    pub(super) fn is_consistent(&mut self) -> anyhow::Result<bool> {
        let mut views = Vec::new();
        for node in &mut self.nodes {
            let view: BTreeMap<String, String> = lines_of(&mut node.connection)?
                .into_iter()
                .filter(|line| !line.slots.is_empty())
                .map(|line| (line.id, line.slots.to_string()))
                .collect();
            views.push(view);
        }
        Ok(views.windows(2).all(|pair| pair[0] == pair[1]))
    }
}
