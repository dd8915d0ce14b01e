//! The types of values, how their size is asked for and called.

/// A type of value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Kind {
    pub(super) name: String,
    /// The command that tells the number of elements; empty for types of modules.
    pub(super) length_command: &'static str,
    /// What is counted.
    pub(super) unit: &'static str,
}

/// The built-in types, in the order of the reports.
const KNOWN: [(&str, &str, &str); 6] = [
    ("list", "LLEN", "items"),
    ("hash", "HLEN", "fields"),
    ("string", "STRLEN", "bytes"),
    ("stream", "XLEN", "entries"),
    ("set", "SCARD", "members"),
    ("zset", "ZCARD", "members"),
];

impl Kind {
    /// The built-in types.
    pub(super) fn known() -> Vec<Self> {
        KNOWN
            .iter()
            .map(|&(name, length_command, unit)| Self {
                name: name.to_owned(),
                length_command,
                unit,
            })
            .collect()
    }

    /// A type of a module, whose elements cannot be counted.
    pub(super) fn of_module(name: &str) -> Self {
        Self {
            name: name.to_owned(),
            length_command: "",
            unit: "?",
        }
    }
}
