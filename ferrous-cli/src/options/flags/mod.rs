//! The table of flags, by section of the help.

mod analysis;
mod cluster;
mod connection;
mod input;
mod output;

use super::{Options, UsageError};

/// One flag: how it is spelled, what it means, what it does.
pub(super) struct Flag {
    /// All spellings, the one to show first.
    pub(super) names: &'static [&'static str],
    /// What the value is called in the help; empty when there is none.
    pub(super) value: &'static str,
    /// One or more sentences for the help.
    pub(super) help: &'static str,
    /// What it does to the options.
    pub(super) set: Set,
}

/// How a flag acts.
pub(super) enum Set {
    /// Takes no value.
    Switch(fn(&mut Options)),
    /// Takes the next word.
    Value(fn(&mut Options, &[u8]) -> Result<(), UsageError>),
    /// Takes all words up to the next option, at least one.
    Words(fn(&mut Options, &[Vec<u8>]) -> Result<(), UsageError>),
}

/// A heading of the help and the flags under it.
pub(super) struct Section {
    /// The heading.
    pub(super) title: &'static str,
    /// The flags, in the order of the help.
    pub(super) flags: &'static [Flag],
}

/// The sections, most needed first.
pub(super) const SECTIONS: &[Section] = &[
    Section {
        title: "Connection",
        flags: connection::BASIC,
    },
    Section {
        title: "TLS",
        flags: connection::TLS,
    },
    Section {
        title: "Sending commands",
        flags: input::FLAGS,
    },
    Section {
        title: "Output",
        flags: output::FLAGS,
    },
    Section {
        title: "Keys: scan, analyse, act",
        flags: analysis::KEYS,
    },
    Section {
        title: "Latency and load",
        flags: analysis::LATENCY,
    },
    Section {
        title: "Data transfer",
        flags: input::TRANSFER,
    },
    Section {
        title: "Scripts",
        flags: input::SCRIPTS,
    },
    Section {
        title: "Cluster manager",
        flags: cluster::FLAGS,
    },
    Section {
        title: "This program",
        flags: output::PROGRAM,
    },
];

/// Every flag.
pub(super) fn all() -> impl Iterator<Item = &'static Flag> {
    SECTIONS.iter().flat_map(|section| section.flags)
}

const fn switch(names: &'static [&'static str], help: &'static str, set: fn(&mut Options)) -> Flag {
    Flag {
        names,
        value: "",
        help,
        set: Set::Switch(set),
    }
}

const fn value(
    names: &'static [&'static str],
    value: &'static str,
    help: &'static str,
    set: fn(&mut Options, &[u8]) -> Result<(), UsageError>,
) -> Flag {
    Flag {
        names,
        value,
        help,
        set: Set::Value(set),
    }
}

const fn words(
    names: &'static [&'static str],
    value: &'static str,
    help: &'static str,
    set: fn(&mut Options, &[Vec<u8>]) -> Result<(), UsageError>,
) -> Flag {
    Flag {
        names,
        value,
        help,
        set: Set::Words(set),
    }
}

/// A value that must be text.
fn text(value: &[u8]) -> Result<String, UsageError> {
    String::from_utf8(value.to_vec())
        .map_err(|_| UsageError::new(format!("Not UTF-8: '{}'", String::from_utf8_lossy(value))))
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn every_name_is_unique_and_explained() {
        let mut names = HashSet::new();
        for flag in all() {
            assert!(!flag.help.is_empty(), "{:?}", flag.names);
            for name in flag.names {
                assert!(names.insert(*name), "{name} stands twice");
            }
        }
    }
}
