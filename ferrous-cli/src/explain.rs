//! `explain` and `:peek`: what a command would do, and what a key is.

use std::process::ExitCode;

use ferrous_client::{Value, key_slot, print};

use crate::catalog::{self, Catalog};
use crate::options::Options;
use crate::session::{Session, Source};
use crate::{one_shot, print_line};

/// `--explain`: tells about the command of the arguments.
pub(crate) fn run(mut options: Options) -> ExitCode {
    let words = std::mem::take(&mut options.words);
    let strict = options.strict;
    let mut session = Session::new(options, Source::Lines);
    if let Err(fault) = session.connect(false) {
        return one_shot::status(fault, strict);
    }
    let catalog = catalog::of_server(&mut session);
    if explain(&mut session, &catalog, &words) {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}

/// Tells the cost of a command, the size and slot of its keys, and whether the user may run it. Runs nothing;
/// false when there is no such command.
pub(crate) fn explain(session: &mut Session, catalog: &Catalog, args: &[Vec<u8>]) -> bool {
    let Some((entry, _)) = catalog.find(args) else {
        print_line!("There is no such command.");
        return false;
    };
    print_line!("{} {}", entry.name, entry.syntax());
    for (name, text) in [
        ("summary", &entry.summary),
        ("complexity", &entry.complexity),
    ] {
        if !text.is_empty() {
            print_line!("{name:<11} {text}");
        }
    }
    print_line!(
        "{:<11} {}",
        "writes",
        if entry.writes { "yes" } else { "no" }
    );
    for key in keys(session, args) {
        let kind = ask(session, &[b"TYPE", &key])
            .as_ref()
            .map(text)
            .unwrap_or_default();
        let size =
            length_command(&kind).and_then(|command| ask(session, &[command.as_bytes(), &key]));
        let size = match size {
            Some(Value::Integer(size)) => format!(", {size} elements or bytes"),
            _ => String::new(),
        };
        print_line!(
            "key         {} ({kind}{size}), slot {}",
            text(&Value::Bulk(key.clone())),
            key_slot(&key)
        );
    }
    let user = ask(session, &[b"ACL", b"WHOAMI"])
        .as_ref()
        .map(text)
        .unwrap_or_default();
    let mut dry_run: Vec<&[u8]> = vec![b"ACL", b"DRYRUN", user.as_bytes()];
    dry_run.extend(args.iter().map(Vec::as_slice));
    if let Some(verdict) = ask(session, &dry_run) {
        print_line!("{:<11} {user}: {}", "permission", text(&verdict));
    }
    true
}

/// Shows a value with its type, encoding, time to live and memory.
pub(crate) fn peek(session: &mut Session, key: &[u8]) {
    let kind = ask(session, &[b"TYPE", key])
        .as_ref()
        .map(text)
        .unwrap_or_default();
    let fact = |session: &mut Session, command: &[&[u8]]| match ask(session, command) {
        Some(Value::Integer(number)) => number.to_string(),
        Some(reply) => text(&reply),
        None => String::new(),
    };
    let encoding = fact(session, &[b"OBJECT", b"ENCODING", key]);
    let ttl = fact(session, &[b"TTL", key]);
    let memory = fact(session, &[b"MEMORY", b"USAGE", key]);
    print_line!("type {kind}, encoding {encoding}, ttl {ttl} s, memory {memory} bytes");
    let command: Option<Vec<&[u8]>> = match kind.as_str() {
        "string" => Some(vec![b"GETRANGE", key, b"0", b"999"]),
        "list" => Some(vec![b"LRANGE", key, b"0", b"19"]),
        "set" => Some(vec![b"SRANDMEMBER", key, b"20"]),
        "hash" => Some(vec![b"HSCAN", key, b"0", b"COUNT", b"20"]),
        "zset" => Some(vec![b"ZRANGE", key, b"0", b"19", b"WITHSCORES"]),
        "stream" => Some(vec![b"XREVRANGE", key, b"+", b"-", b"COUNT", b"10"]),
        _ => None,
    };
    if let Some(reply) = command.and_then(|command| ask(session, &command)) {
        let mut text = Vec::new();
        print::standard(&mut text, &reply);
        crate::say(&text);
    }
}

/// The keys of a command, as the server finds them.
fn keys(session: &mut Session, args: &[Vec<u8>]) -> Vec<Vec<u8>> {
    let mut command: Vec<&[u8]> = vec![b"COMMAND", b"GETKEYS"];
    command.extend(args.iter().map(Vec::as_slice));
    match ask(session, &command) {
        Some(Value::Array(keys)) => keys
            .into_iter()
            .filter_map(|key| match key {
                Value::Bulk(key) => Some(key),
                _ => None,
            })
            .collect(),
        _ => Vec::new(),
    }
}

fn ask(session: &mut Session, command: &[&[u8]]) -> Option<Value> {
    session.connect(false).ok()?;
    session
        .quiet_call(|connection| connection.call(command))
        .ok()
}

fn text(value: &Value) -> String {
    let mut out = Vec::new();
    print::raw(&mut out, value, b" ");
    String::from_utf8_lossy(out.trim_ascii_end()).into_owned()
}

fn length_command(kind: &str) -> Option<&'static str> {
    Some(match kind {
        "string" => "STRLEN",
        "list" => "LLEN",
        "set" => "SCARD",
        "hash" => "HLEN",
        "zset" => "ZCARD",
        "stream" => "XLEN",
        _ => return None,
    })
}
