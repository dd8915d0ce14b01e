//! The commands: their syntax, for hints and completion, and what help says about them.
//!
//! The server knows best (COMMAND DOCS); for servers that do not tell, and without one, there is a built-in
//! table, `data/commands.txt`: name, group, version, flags, arguments ([`argument`] has the notation), apart by
//! tabs. Its flags are `w` writes, `a` administers, `c` has subcommands only.

mod argument;
mod docs;
mod hint;

use std::sync::OnceLock;

use argument::Argument;
use docs::from_reply;
use ferrous_client::Value;
pub(crate) use hint::{expects_key, hint};

use crate::session::Session;

const BUILT_IN: &str = include_str!("../../data/commands.txt");

/// One command or subcommand.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Entry {
    /// Upper case; a subcommand with its command's name before it.
    pub(crate) name: String,
    pub(crate) group: String,
    /// Version that introduced it.
    pub(crate) since: String,
    pub(crate) summary: String,
    pub(crate) complexity: String,
    pub(crate) writes: bool,
    /// Has no meaning without a subcommand.
    pub(crate) is_container: bool,
    pub(crate) arguments: Vec<Argument>,
}

impl Entry {
    /// The arguments as the documentation writes them.
    pub(crate) fn syntax(&self) -> String {
        let parts: Vec<String> = self.arguments.iter().map(Argument::to_string).collect();
        parts.join(" ")
    }
}

/// All commands, sorted by name.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Catalog {
    entries: Vec<Entry>,
}

impl Catalog {
    fn new(mut entries: Vec<Entry>) -> Self {
        entries.sort_by(|left, right| left.name.cmp(&right.name));
        Self { entries }
    }

    /// The built-in table.
    pub(crate) fn built_in() -> &'static Self {
        static CATALOG: OnceLock<Catalog> = OnceLock::new();
        CATALOG.get_or_init(|| Self::new(BUILT_IN.lines().map(parse_line).collect()))
    }

    /// The commands that a server of this version has; all when the version is not understood.
    fn up_to(&self, version: &str) -> Self {
        let Some(version) = version_parts(version) else {
            return self.clone();
        };
        let is_known =
            |entry: &&Entry| version_parts(&entry.since).is_none_or(|since| since <= version);
        Self {
            entries: self.entries.iter().filter(is_known).cloned().collect(),
        }
    }

    /// All commands and subcommands.
    pub(crate) fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// The command that `name` names exactly, in any case.
    pub(crate) fn get(&self, name: &str) -> Option<&Entry> {
        let name = name.to_ascii_uppercase();
        let found = self
            .entries
            .binary_search_by(|entry| entry.name.as_str().cmp(&name));
        found.ok().map(|index| &self.entries[index])
    }

    /// The command of a command line and how many of its words name it.
    pub(crate) fn find(&self, words: &[impl AsRef<[u8]>]) -> Option<(&Entry, usize)> {
        let word = |index: usize| {
            words
                .get(index)
                .map(|word| String::from_utf8_lossy(word.as_ref()).into_owned())
        };
        let first = word(0)?;
        let both = word(1).and_then(|second| self.get(&format!("{first} {second}")));
        both.map(|entry| (entry, 2))
            .or_else(|| self.get(&first).map(|entry| (entry, 1)))
    }

    /// The names of the groups, each once.
    pub(crate) fn groups(&self) -> Vec<&str> {
        let mut groups: Vec<&str> = self
            .entries
            .iter()
            .map(|entry| entry.group.as_str())
            .collect();
        groups.sort_unstable();
        groups.dedup();
        groups
    }
}

/// What the server has: as COMMAND DOCS tells; for servers before it, the built-in table up to their version; and
/// all of the table when there is no server.
pub(crate) fn of_server(session: &mut Session) -> Catalog {
    let Some(connection) = session.connection.as_mut() else {
        return Catalog::built_in().clone();
    };
    let told = connection.call(["COMMAND", "DOCS"]).ok();
    if let Some(catalog) = told.as_ref().and_then(from_reply) {
        return catalog;
    }
    match connection.call(["INFO", "server"]) {
        Ok(Value::Bulk(info) | Value::Verbatim { text: info, .. }) => {
            let info = String::from_utf8_lossy(&info).into_owned();
            let version = info
                .lines()
                .find_map(|line| line.strip_prefix("redis_version:"));
            Catalog::built_in().up_to(version.unwrap_or_default())
        }
        _ => Catalog::built_in().clone(),
    }
}

/// The parts of a version as numbers, to be compared.
fn version_parts(version: &str) -> Option<Vec<u32>> {
    version
        .trim()
        .split('.')
        .map(|part| part.parse().ok())
        .collect()
}

/// True when the command may change data. Unknown commands may.
pub(crate) fn writes(args: &[Vec<u8>]) -> bool {
    Catalog::built_in().find(args).is_none_or(|(entry, _)| {
        entry.writes
            || matches!(
                entry.name.as_str(),
                "EVAL" | "EVALSHA" | "FCALL" | "MIGRATE" | "RESTORE"
            )
    })
}

fn parse_line(line: &str) -> Entry {
    let mut fields = line.split('\t');
    let mut field = || fields.next().unwrap_or_default();
    let (name, group, since, flags, arguments) = (field(), field(), field(), field(), field());
    Entry {
        name: name.to_owned(),
        group: group.to_owned(),
        since: since.to_owned(),
        writes: flags.contains('w'),
        is_container: flags.contains('c'),
        arguments: argument::parse(arguments),
        summary: field().to_owned(),
        complexity: String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_well_formed() {
        let catalog = Catalog::built_in();
        assert!(catalog.entries().len() > 390);
        for (line, entry) in BUILT_IN.lines().zip(BUILT_IN.lines().map(parse_line)) {
            assert_eq!(
                line.split('\t').nth(4),
                Some(argument::compact(&entry.arguments).as_str()),
                "{line}"
            );
        }
    }

    #[test]
    fn subcommands_are_found_with_their_command() {
        let catalog = Catalog::built_in();
        let find = |words: &[&str]| {
            catalog
                .find(words)
                .map(|(entry, words)| (entry.name.clone(), words))
        };
        assert_eq!(
            find(&["config", "get", "x"]),
            Some(("CONFIG GET".to_owned(), 2))
        );
        assert_eq!(find(&["get", "config"]), Some(("GET".to_owned(), 1)));
        assert_eq!(find(&["nosuch"]), None);
    }

    #[test]
    fn older_servers_have_fewer_commands() {
        let catalog = Catalog::built_in().up_to("6.0.16");
        assert!(catalog.get("GET").is_some() && catalog.get("ACL WHOAMI").is_some());
        assert!(catalog.get("GETDEL").is_none());
        assert_eq!(&Catalog::built_in().up_to("unstable"), Catalog::built_in());
    }

    #[test]
    fn writers_are_known() {
        let writes = |line: &str| {
            writes(
                &line
                    .split(' ')
                    .map(|word| word.as_bytes().to_vec())
                    .collect::<Vec<_>>(),
            )
        };
        assert!(writes("set k v") && writes("FLUSHALL") && writes("nosuch") && writes("eval x 0"));
        assert!(!writes("get k") && !writes("config get x") && !writes("info"));
    }
}
