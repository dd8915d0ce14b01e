//! `@all DBSIZE` and its kin: one command on several nodes of a cluster, the replies merged.

use ferrous_client::{Cluster, Member, SLOTS, Value, key_slot};

use crate::output::{Output, render};
use crate::session::{Fault, Session};
use crate::talk;

/// The nodes that are meant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Nodes {
    All,
    Primaries,
    Replicas,
    /// The one at this address, or whose ID begins so.
    One(String),
    /// The one that serves this slot.
    OwnerOf(u16),
}

/// A command and where it is to run.
pub(crate) struct Aimed<'args> {
    pub(crate) nodes: Nodes,
    pub(crate) command: &'args [Vec<u8>],
}

/// Splits `@primaries DBSIZE` into the nodes and the command; `None` when the line does not begin with an `@`.
pub(crate) fn split(args: &[Vec<u8>]) -> Option<Result<Aimed<'_>, String>> {
    let (target, rest) = args.split_first()?;
    let target = String::from_utf8_lossy(target.strip_prefix(b"@")?).to_ascii_lowercase();
    let (nodes, command) = match (target.as_str(), rest) {
        ("all", command) => (Nodes::All, command),
        ("primaries" | "masters", command) => (Nodes::Primaries, command),
        ("replicas", command) => (Nodes::Replicas, command),
        ("node", [node, command @ ..]) => (
            Nodes::One(String::from_utf8_lossy(node).into_owned()),
            command,
        ),
        ("slot", [slot, command @ ..]) => (Nodes::OwnerOf(slot_of(slot)), command),
        _ => {
            return Some(Err(
                "Use @all, @primaries, @replicas, @node host:port (or the beginning of an ID), or @slot number \
                 (or key), and a command."
                    .to_owned(),
            ));
        }
    };
    Some(match command.first() {
        None => Err(format!("@{target} needs a command.")),
        Some(name) if name.eq_ignore_ascii_case(b"scan") => Err(
            "A cursor of SCAN is good for one node only: use KEYS here, or --scan --cluster-wide."
                .to_owned(),
        ),
        Some(_) => Ok(Aimed { nodes, command }),
    })
}

/// A slot's number, or the slot of a key.
fn slot_of(word: &[u8]) -> u16 {
    std::str::from_utf8(word)
        .ok()
        .and_then(|text| text.parse().ok())
        .filter(|&slot| slot < SLOTS)
        .unwrap_or_else(|| key_slot(word))
}

impl Nodes {
    fn of(&self, cluster: &Cluster) -> Vec<Member> {
        let serves = |member: &Member| match self {
            Self::All => true,
            Self::Primaries => !member.is_replica,
            Self::Replicas => member.is_replica,
            Self::One(name) => {
                member.address.to_string() == *name
                    || member.id.starts_with(&name.to_ascii_lowercase())
            }
            Self::OwnerOf(slot) => {
                !member.is_replica && cluster.owner(*slot) == Some(&member.address)
            }
        };
        cluster
            .nodes()
            .iter()
            .filter(|member| serves(member))
            .cloned()
            .collect()
    }
}

/// Runs the command on the nodes and prints what they answered.
pub(crate) fn run(session: &mut Session, nodes: &Nodes, command: &[Vec<u8>]) -> Result<(), Fault> {
    session.refuse_writes(command)?;
    let mut cluster = Cluster::connect(&session.options.target).map_err(|error| {
        talk!("{error}");
        Fault::Unreachable
    })?;
    let members = nodes.of(&cluster);
    if members.is_empty() {
        talk!("There is no such node.");
        return Err(Fault::Unreachable);
    }
    let mut replies = Vec::with_capacity(members.len());
    for member in members {
        let reply = cluster
            .on(&member.address)
            .and_then(|connection| connection.call(command));
        // A node that does not answer must not hide what the others say.
        let reply = reply.unwrap_or_else(|error| Value::Error(error.to_string().into_bytes()));
        replies.push((member, reply));
    }
    let failed = replies
        .iter()
        .any(|(_, reply)| matches!(reply, Value::Error(_)));
    let text = show(&replies, session);
    session.print(&text);
    session.last_reply = Some(if failed {
        Value::Error(b"ERR a node failed".to_vec())
    } else {
        by_node(&replies)
    });
    Ok(())
}

/// The replies in the form that is wanted.
fn show(replies: &[(Member, Value)], session: &Session) -> Vec<u8> {
    let options = &session.options;
    if let [(_, reply)] = replies {
        return render(reply, options);
    }
    let merged = merge(replies);
    let text = |text: &str| Value::Bulk(text.as_bytes().to_vec());
    match (options.output, merged) {
        (Output::StrictJson | Output::Json | Output::QuotedJson | Output::Yaml, merged) => {
            let whole = Value::Map(vec![
                (text("nodes"), by_node(replies)),
                (text("merged"), merged.unwrap_or(Value::Null)),
            ]);
            render(&whole, options)
        }
        (Output::Standard, Some(sum @ Value::Integer(_))) => {
            let mut out = each(replies, session, " ");
            out.extend_from_slice(b"all nodes ");
            out.extend(render(&sum, options));
            out
        }
        (_, Some(merged)) => render(&merged, options),
        (Output::Standard | Output::Raw | Output::Csv, None) => each(replies, session, "\n"),
        (_, None) => render(&by_node(replies), options),
    }
}

/// Every reply behind the address of its node.
fn each(replies: &[(Member, Value)], session: &Session, between: &str) -> Vec<u8> {
    let mut out = Vec::new();
    for (member, reply) in replies {
        let role = if member.is_replica { " (replica)" } else { "" };
        out.extend_from_slice(format!("{}{role}{between}", member.address).as_bytes());
        out.extend(render(reply, &session.options));
    }
    out
}

fn by_node(replies: &[(Member, Value)]) -> Value {
    let pair = |(member, reply): &(Member, Value)| {
        (
            Value::Bulk(member.address.to_string().into_bytes()),
            reply.clone(),
        )
    };
    Value::Map(replies.iter().map(pair).collect())
}

/// The replies as one: numbers added, lists joined, the same reply once. `None` when they do not go together.
fn merge(replies: &[(Member, Value)]) -> Option<Value> {
    let values: Vec<&Value> = replies.iter().map(|(_, reply)| reply).collect();
    let first = *values.first()?;
    let integers: Option<Vec<i64>> = values
        .iter()
        .map(|value| match value {
            Value::Integer(number) => Some(*number),
            _ => None,
        })
        .collect();
    if let Some(integers) = integers {
        return integers
            .into_iter()
            .try_fold(0_i64, i64::checked_add)
            .map(Value::Integer);
    }
    let lists: Option<Vec<&Vec<Value>>> = values
        .iter()
        .map(|value| match value {
            Value::Array(elements) | Value::Set(elements) => Some(elements),
            _ => None,
        })
        .collect();
    if let Some(lists) = lists {
        return Some(Value::Array(lists.into_iter().flatten().cloned().collect()));
    }
    let same = !matches!(first, Value::Error(_)) && values.iter().all(|value| *value == first);
    same.then(|| first.clone())
}

#[cfg(test)]
mod tests {
    use ferrous_client::{Address, split_line};

    use super::*;

    fn nodes_of(line: &str) -> Option<Result<(Nodes, usize), String>> {
        let args = split_line(line.as_bytes()).unwrap();
        split(&args).map(|split| split.map(|aimed| (aimed.nodes, aimed.command.len())))
    }

    #[test]
    fn targets_go_before_commands() {
        assert_eq!(nodes_of("PING"), None);
        assert_eq!(nodes_of("@ALL DBSIZE"), Some(Ok((Nodes::All, 1))));
        assert_eq!(
            nodes_of("@slot 5 CLUSTER COUNTKEYSINSLOT 5"),
            Some(Ok((Nodes::OwnerOf(5), 3)))
        );
        assert_eq!(
            nodes_of("@slot foo GET foo"),
            Some(Ok((Nodes::OwnerOf(12182), 2)))
        );
        assert_eq!(
            nodes_of("@node 127.0.0.1:7000 INFO"),
            Some(Ok((Nodes::One("127.0.0.1:7000".to_owned()), 1)))
        );
        for wrong in ["@", "@nosuch PING", "@all", "@node x", "@all SCAN 0"] {
            assert!(nodes_of(wrong).unwrap().is_err(), "{wrong}");
        }
    }

    #[test]
    fn replies_are_merged() {
        let merged = |values: &[Value]| {
            let member = Member {
                id: String::new(),
                address: Address::default(),
                is_replica: false,
                is_down: false,
            };
            let replies: Vec<_> = values
                .iter()
                .map(|value| (member.clone(), value.clone()))
                .collect();
            merge(&replies)
        };
        let (one, two) = (Value::Integer(1), Value::Integer(2));
        let ok = Value::Simple(b"OK".to_vec());
        let error = Value::Error(b"ERR".to_vec());
        assert_eq!(merged(&[one.clone(), two.clone()]), Some(Value::Integer(3)));
        assert_eq!(
            merged(&[
                Value::Array(vec![one.clone()]),
                Value::Array(vec![two.clone()])
            ]),
            Some(Value::Array(vec![one.clone(), two]))
        );
        assert_eq!(merged(&[ok.clone(), ok.clone()]), Some(ok.clone()));
        assert_eq!(merged(&[ok, one]), None);
        assert_eq!(merged(&[error.clone(), error]), None);
        assert_eq!(merged(&[Value::Integer(i64::MAX), Value::Integer(1)]), None);
    }
}
