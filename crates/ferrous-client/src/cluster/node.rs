//! CLUSTER NODES, line by line.

use std::collections::BTreeMap;

use super::Slots;

/// One line of CLUSTER NODES.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NodeLine {
    /// Forty hexadecimal digits.
    pub id: String,
    /// `host:port@bus-port`, as the node announces it.
    pub address: String,
    /// `myself`, `master`, `fail?` and so on.
    pub flags: Vec<String>,
    /// Of a replica: its primary.
    pub primary_id: Option<String>,
    /// The version of the node's claim on its slots.
    pub config_epoch: u64,
    /// What it serves.
    pub slots: Slots,
    /// Slots on their way out, and to which node.
    pub migrating: BTreeMap<u16, String>,
    /// Slots on their way in, and from which node.
    pub importing: BTreeMap<u16, String>,
}

impl NodeLine {
    /// Reads `id host:port@bus flags primary ping pong epoch state slots...`.
    pub fn parse(line: &str) -> Option<Self> {
        let mut words = line.split(' ');
        let mut node = Self {
            id: words.next()?.to_owned(),
            address: words.next()?.split(',').next()?.to_owned(),
            ..Self::default()
        };
        node.flags = words.next()?.split(',').map(str::to_owned).collect();
        node.primary_id = words.next().filter(|id| *id != "-").map(str::to_owned);
        node.config_epoch = words.nth(2)?.parse().ok()?;
        words.next()?;
        for word in words {
            node.add_slots(word)?;
        }
        Some(node)
    }

    /// Reads a whole reply of CLUSTER NODES; the first line that is not understood is the error.
    pub fn parse_all(text: &str) -> Result<Vec<Self>, String> {
        text.lines()
            .map(|line| Self::parse(line).ok_or_else(|| line.to_owned()))
            .collect()
    }

    /// `93`, `0-92`, `[93->-id]` or `[93-<-id]`.
    fn add_slots(&mut self, word: &str) -> Option<()> {
        let Some(open) = word
            .strip_prefix('[')
            .and_then(|word| word.strip_suffix(']'))
        else {
            return self.slots.add_text(word).then_some(());
        };
        if let Some((slot, id)) = open.split_once("->-") {
            self.migrating.insert(slot.parse().ok()?, id.to_owned());
        } else if let Some((slot, id)) = open.split_once("-<-") {
            self.importing.insert(slot.parse().ok()?, id.to_owned());
        }
        Some(())
    }

    /// True when `flag` is among the flags.
    pub fn has_flag(&self, flag: &str) -> bool {
        self.flags.iter().any(|other| other == flag)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_a_line_with_open_slots() {
        let line = "abc 10.0.0.1:7000@17000,name myself,master - 0 0 3 connected 0-5 7 [8->-def] [9-<-def]";
        let node = NodeLine::parse(line).unwrap();
        assert_eq!(
            (node.id.as_str(), node.address.as_str(), node.config_epoch),
            ("abc", "10.0.0.1:7000@17000", 3)
        );
        assert_eq!(node.slots.to_string(), "[0-5],[7]");
        assert_eq!(node.migrating[&8], "def");
        assert_eq!(node.importing[&9], "def");
        assert!(node.has_flag("myself") && node.primary_id.is_none());
        assert_eq!(NodeLine::parse("abc"), None);
    }
}
