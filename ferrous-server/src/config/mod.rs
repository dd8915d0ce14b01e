//! The configuration: every parameter in one declarative table, and its live value.
//!
//! A parameter is declared in the section that owns its value ([`network`], [`memory`], ...) by one row of
//! the table, which yields the field that threads read (`config.network.port.get()`) and the [`Parameter`] that
//! everything else reads. The path of a value: [`Arguments`] says where configuration comes from; [`Config::load`] reads
//! it, line by line, and the row checks and stores each; [`Config::set`] changes several at once and says what the
//! server has to do about it; [`Config::get`] shows them, and [`Config::rewrite`] puts them back into the file.
//!
//! In reading order:

mod parameter;
mod table;
pub mod value;

pub mod clients;
pub mod cluster;
pub mod encodings;
pub mod logging;
pub mod memory;
pub mod network;
pub mod persistence;
pub mod process;
pub mod replication;
pub mod scripting;
pub mod security;
pub mod tls;

mod arguments;
mod change;
mod load;
mod rewrite;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use ferrous_types::glob::{Case, Glob};
use parking_lot::Mutex;

pub use arguments::{Arguments, Sources};
pub use change::{Caller, Change, SetError};
pub use load::LoadError;
pub use parameter::{Effect, Parameter, Support};
pub use persistence::{FsyncPolicy, RdbFormat};
pub use rewrite::{Extent, RewriteError};
pub use table::{parameter, parameters};
pub(crate) use value::parse_bytes;
pub use value::{BufferLimit, ClientClass, OutputLimits};

/// A command that goes by another name (`rename-command`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RenamedCommand {
    /// The name it had.
    pub command: Vec<u8>,
    /// The name it gets; empty when it is to be out of reach.
    pub name: String,
}

/// The live values of all parameters, by section.
///
/// Reading a number, a switch or a choice is one atomic load; texts and lists are read without waiting, too.
#[derive(Debug, Default)]
pub struct Config {
    /// Where the server listens, and with how many threads it serves.
    pub network: network::Network,
    /// How many clients there may be, and what each may take.
    pub clients: clients::Clients,
    /// Who may do what.
    pub security: security::Security,
    /// How much memory the data may take, and what happens to it then.
    pub memory: memory::Memory,
    /// At which sizes values change their encoding.
    pub encodings: encodings::Encodings,
    /// How the data set is kept on disk.
    pub persistence: persistence::Persistence,
    /// Replication, as a replica and as a primary.
    pub replication: replication::Replication,
    /// Cluster mode.
    pub cluster: cluster::Cluster,
    /// Lua scripts and functions.
    pub scripting: scripting::Scripting,
    /// What is logged and measured.
    pub logging: logging::Logging,
    /// The server as a process of the operating system.
    pub process: process::Process,
    /// Encrypted connections.
    pub tls: tls::Tls,
    /// Commands that go by another name, in the order in which the file names them.
    pub renamed: Vec<RenamedCommand>,
    file: Option<PathBuf>,
    /// Held while values are stored, so that what was set together is stored together.
    storing: Mutex<()>,
}

impl Config {
    /// The configuration of a server that was told nothing.
    pub fn new() -> Self {
        let config = Self::default();
        for row in parameters() {
            row.reset(&config);
        }
        config
    }

    /// The absolute path of the file that the configuration was read from, if there is one.
    pub fn file(&self) -> Option<&Path> {
        self.file.as_deref()
    }

    /// The parameters that match any of the glob-style `patterns`, in any letter case, with their values, by name.
    ///
    /// A parameter with two names is found by either, or as two. Hidden ones are found by their full name only. One that
    /// is asked for by its full name is called as it was asked for.
    pub fn get(&self, patterns: &[&[u8]]) -> BTreeMap<String, Vec<u8>> {
        let mut found = BTreeMap::new();
        for pattern in patterns {
            if pattern.iter().any(|byte| b"*?[".contains(byte)) {
                let glob = Glob::new(pattern, Case::Insensitive);
                for (name, row) in visible_names().filter(|(name, _)| glob.matches(name.as_bytes()))
                {
                    found.entry(name).or_insert((name.as_bytes(), row));
                }
            } else if let Some((name, row)) = table::find(pattern) {
                found.entry(name).or_insert((pattern, row));
            }
        }
        found
            .into_values()
            .map(|(name, row)| {
                let name = String::from_utf8_lossy(name).into_owned();
                (name, row.value(self).show())
            })
            .collect()
    }
}

fn visible_names() -> impl Iterator<Item = (&'static str, &'static Parameter)> {
    let visible = parameters().filter(|row| !row.is_hidden());
    visible.flat_map(|row| row.names().map(move |name| (name, row)))
}

/// The text of an error of the operating system as C programs print it.
pub(crate) fn error_text(error: &std::io::Error) -> String {
    let text = error.to_string();
    match text.rfind(" (os error ") {
        Some(end) => text[..end].to_owned(),
        None => text,
    }
}
