//! Which clients `CLIENT LIST` shows and `CLIENT KILL` ends.

use std::sync::atomic::Ordering::Relaxed;

use ferrous_engine::error::{CommandError, CommandResult};
use ferrous_types::number::parse_canonical_int;

use super::line;
use crate::client::{Address, ClientHandle};
use crate::config::ClientClass;
use crate::server::now_ms;

/// One thing that must hold of a client.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Test {
    Ids(Vec<u64>),
    Type(ClientType),
    Peer(String),
    Local(String),
    User(Vec<u8>),
    OlderThan { seconds: i64 },
    IdleFor { seconds: i64 },
    Name(Vec<u8>),
    Letters(String),
    Library(Vec<u8>),
    LibraryVersion(Vec<u8>),
    Database(u32),
    Ip(String),
    Capabilities,
}

/// What a client is to the server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum ClientType {
    Normal,
    Primary,
    Replica,
    Pubsub,
}

impl ClientType {
    fn of(client: &ClientHandle) -> Self {
        match client.class() {
            ClientClass::Normal => Self::Normal,
            ClientClass::Replica => Self::Replica,
            ClientClass::PubSub => Self::Pubsub,
        }
    }

    fn parse(word: &[u8]) -> CommandResult<Self> {
        // Both generations of names are understood.
        let known: [(&[u8], Self); 6] = [
            (b"normal", Self::Normal),
            (b"master", Self::Primary),
            (b"primary", Self::Primary),
            (b"slave", Self::Replica),
            (b"replica", Self::Replica),
            (b"pubsub", Self::Pubsub),
        ];
        let found = known
            .into_iter()
            .find(|(name, _)| word.eq_ignore_ascii_case(name));
        found.map(|(_, kind)| kind).ok_or_else(|| {
            CommandError::new(format!(
                "ERR Unknown client type '{}'",
                String::from_utf8_lossy(word)
            ))
        })
    }
}

/// All of several tests, some of them negated.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Filter {
    tests: Vec<(Test, bool)>,
    skip_caller: bool,
}

impl Filter {
    /// The clients from one address.
    pub(super) fn by_address(address: &[u8]) -> Self {
        let peer = String::from_utf8_lossy(address).into_owned();
        Self {
            tests: vec![(Test::Peer(peer), true)],
            skip_caller: false,
        }
    }

    /// Reads the options of `CLIENT LIST`.
    pub(super) fn parse_list(args: &[&[u8]]) -> CommandResult<Self> {
        Self::parse(args, "Invalid client ID", true)
    }

    /// Reads the options of `CLIENT KILL`.
    pub(super) fn parse_kill(args: &[&[u8]]) -> CommandResult<Self> {
        Self::parse(args, "client-id should be greater than 0", false)
    }

    /// `lists` says that a last word without a value is taken as one more number.
    fn parse(mut args: &[&[u8]], bad_id: &str, lists: bool) -> CommandResult<Self> {
        let mut filter = Self {
            tests: Vec::new(),
            skip_caller: true,
        };
        while let [option, value, rest @ ..] = args {
            args = rest;
            let option = option.to_ascii_uppercase();
            let (name, expected) = match option.strip_prefix(b"NOT-") {
                Some(name) => (name, false),
                None => (&option[..], true),
            };
            if name == b"SKIPME" && expected {
                filter.skip_caller = parse_yes_no(value)?;
                continue;
            }
            let test = match name {
                b"ID" => {
                    let mut ids = vec![parse_id(value, bad_id)?];
                    // More numbers may follow; what is none is the next option.
                    while let [next, rest @ ..] = args {
                        let is_number = next.iter().all(u8::is_ascii_digit);
                        if !(is_number || lists && rest.is_empty()) {
                            break;
                        }
                        ids.push(parse_id(next, bad_id)?);
                        args = rest;
                    }
                    Test::Ids(ids)
                }
                b"TYPE" => Test::Type(ClientType::parse(value)?),
                b"ADDR" => Test::Peer(text(value)),
                b"LADDR" => Test::Local(text(value)),
                b"USER" => Test::User(known_user(value)?),
                b"MAXAGE" if expected => Test::OlderThan {
                    seconds: parse_seconds(value, "maxage")?,
                },
                b"IDLE" if expected => Test::IdleFor {
                    seconds: parse_seconds(value, "idle")?,
                },
                b"NAME" => Test::Name(value.to_vec()),
                b"FLAGS" => Test::Letters(text(value)),
                b"LIB-NAME" => Test::Library(value.to_vec()),
                b"LIB-VER" => Test::LibraryVersion(value.to_vec()),
                b"DB" => Test::Database(parse_database(value)?),
                b"IP" => Test::Ip(text(value)),
                b"CAPA" => Test::Capabilities,
                _ => return Err(CommandError::SYNTAX),
            };
            filter.tests.push((test, expected));
        }
        if args.is_empty() {
            Ok(filter)
        } else {
            Err(CommandError::SYNTAX)
        }
    }

    /// Whether the calling client is spared.
    pub(super) fn skips_caller(&self) -> bool {
        self.skip_caller
    }

    /// True when every test comes out as expected.
    pub(super) fn takes(&self, client: &ClientHandle) -> bool {
        self.tests
            .iter()
            .all(|(test, expected)| test.holds(client) == *expected)
    }
}

impl Test {
    fn holds(&self, client: &ClientHandle) -> bool {
        let seconds_since = |then_ms: i64| (now_ms() - then_ms) / 1000;
        let identity = |pick: fn(&crate::client::Identity) -> &str, wanted: &[u8]| {
            pick(&client.identity.lock()).as_bytes() == wanted
        };
        match self {
            Self::Ids(ids) => ids.contains(&client.id),
            Self::Type(kind) => *kind == ClientType::of(client),
            Self::Peer(address) => client.peer.to_string() == *address,
            Self::Local(address) => client.local.to_string() == *address,
            Self::User(user) => user == b"default",
            Self::OlderThan { seconds } => seconds_since(client.connected_ms) >= *seconds,
            Self::IdleFor { seconds } => {
                seconds_since(client.vitals.active_ms.load(Relaxed)) >= *seconds
            }
            Self::Name(name) => identity(|identity| &identity.name, name),
            Self::Library(library) => identity(|identity| &identity.library, library),
            Self::LibraryVersion(version) => {
                identity(|identity| &identity.library_version, version)
            }
            Self::Letters(wanted) => {
                let letters = line::letters(client);
                wanted.chars().all(|letter| letters.contains(letter))
            }
            Self::Database(database) => client.vitals.database.load(Relaxed) == *database,
            Self::Ip(ip) => match &client.peer {
                Address::Tcp(address) => address.ip().to_canonical().to_string() == *ip,
                Address::Unix(path) => **path == **ip,
            },
            // No client has announced any.
            Self::Capabilities => false,
        }
    }
}

fn text(value: &[u8]) -> String {
    String::from_utf8_lossy(value).into_owned()
}

fn parse_id(value: &[u8], bad_id: &str) -> CommandResult<u64> {
    let id = parse_canonical_int(value).filter(|id| *id > 0);
    id.map(|id| id as u64)
        .ok_or_else(|| CommandError::new(format!("ERR {bad_id}")))
}

fn parse_yes_no(value: &[u8]) -> CommandResult<bool> {
    match () {
        () if value.eq_ignore_ascii_case(b"YES") => Ok(true),
        () if value.eq_ignore_ascii_case(b"NO") => Ok(false),
        () => Err(CommandError::SYNTAX),
    }
}

fn parse_seconds(value: &[u8], what: &str) -> CommandResult<i64> {
    let seconds = parse_canonical_int(value).ok_or_else(|| {
        CommandError::new(format!("ERR {what} is not an integer or out of range"))
    })?;
    if seconds <= 0 {
        return Err(CommandError::new(format!(
            "ERR {what} should be greater than 0"
        )));
    }
    Ok(seconds)
}

fn parse_database(value: &[u8]) -> CommandResult<u32> {
    let number = parse_canonical_int(value).and_then(|number| u32::try_from(number).ok());
    number.ok_or(CommandError::fixed("ERR Invalid DB number"))
}

fn known_user(user: &[u8]) -> CommandResult<Vec<u8>> {
    if user == b"default" {
        return Ok(user.to_vec());
    }
    Err(CommandError::new(format!(
        "ERR No such user '{}'",
        String::from_utf8_lossy(user)
    )))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn several_ids_may_follow_one_another() {
        let filter = Filter::parse_list(&[b"ID", b"1", b"2", b"TYPE", b"normal"]).expect("valid");
        assert_eq!(
            filter.tests,
            [
                (Test::Ids(vec![1, 2]), true),
                (Test::Type(ClientType::Normal), true)
            ]
        );
        let refusal = Filter::parse_list(&[b"ID", b"1", b"x"]).expect_err("no number");
        assert_eq!(refusal.text(), "ERR Invalid client ID");
    }

    #[test]
    fn options_need_values() {
        assert_eq!(Filter::parse_kill(&[b"ID"]), Err(CommandError::SYNTAX));
        assert_eq!(
            Filter::parse_kill(&[b"NOT-SKIPME", b"yes"]),
            Err(CommandError::SYNTAX)
        );
    }
}
