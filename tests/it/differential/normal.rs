//! Replies without what may differ in them.

use crate::harness::Reply;

/// The reply with the elements of every array in order of their notation.
pub(super) fn sorted(reply: &Reply) -> Reply {
    let mut reply = map(reply, &|leaf| leaf.clone());
    sort(&mut reply);
    reply
}

fn sort(reply: &mut Reply) {
    match reply {
        Reply::List(_, items) => {
            items.iter_mut().for_each(sort);
            items.sort_by_key(Reply::to_string);
        }
        Reply::Map(pairs) => pairs.sort_by_key(|(key, _)| key.to_string()),
        _ => {}
    }
}

/// The reply with every number that has a fraction or an exponent in its shortest form, and without negative zeros: a
/// skiplist keeps them, and 7.0 has more of those.
pub(super) fn shortest(reply: &Reply) -> Reply {
    let shorten = |text: &str| {
        if text == "-0" {
            return Some("0".to_owned());
        }
        let number = text.parse::<f64>().ok();
        let number = number.filter(|_| text.contains(['.', 'e']) || text.len() > 15);
        number.map(|number| format!("{number:?}"))
    };
    map(reply, &|leaf| match leaf {
        Reply::Line(b',', text) => Reply::Line(b',', shorten(text).unwrap_or_else(|| text.clone())),
        Reply::Bulk(bytes) => {
            let text = str::from_utf8(bytes).ok();
            let short = text.and_then(shorten).map(String::into_bytes);
            Reply::Bulk(short.unwrap_or_else(|| bytes.clone()))
        }
        other => other.clone(),
    })
}

/// The reply with every text cut off at its first NUL.
pub(super) fn until_nul(reply: &Reply) -> Reply {
    map(reply, &|leaf| match leaf {
        Reply::Bulk(bytes) => Reply::Bulk(
            bytes
                .split(|byte| *byte == 0)
                .next()
                .unwrap_or_default()
                .to_vec(),
        ),
        other => other.clone(),
    })
}

/// Facts of streams, groups and consumers that are times, or that depend on how a server lays streams out.
const PASSING: &[&[u8]] = &[
    b"consumers",
    b"idle",
    b"inactive",
    b"seen-time",
    b"active-time",
    b"radix-tree-keys",
    b"radix-tree-nodes",
];

/// The reply without facts that pass.
pub(super) fn timeless(reply: &Reply) -> Reply {
    let passes = |reply: &Reply| matches!(reply, Reply::Bulk(name) if PASSING.contains(&&name[..]));
    match reply {
        Reply::List(kind, items) => {
            let mut kept = Vec::new();
            let mut items = items.iter();
            while let Some(item) = items.next() {
                if passes(item) {
                    items.next();
                } else if !is_idle_consumer(item) {
                    kept.push(timeless(item));
                }
            }
            // A pending entry: its identifier, its consumer, how long it waits, how often it was delivered.
            if let [
                Reply::Bulk(_),
                Reply::Bulk(_),
                idle @ Reply::Int(_),
                Reply::Int(_),
            ] = &mut kept[..]
            {
                *idle = Reply::Int(0);
            }
            Reply::List(*kind, kept)
        }
        Reply::Map(pairs) => {
            let kept = pairs.iter().filter(|(name, _)| !passes(name));
            Reply::Map(
                kept.map(|(name, fact)| (name.clone(), timeless(fact)))
                    .collect(),
            )
        }
        other => other.clone(),
    }
}

/// True for what XINFO CONSUMERS tells of a consumer that has nothing pending.
fn is_idle_consumer(reply: &Reply) -> bool {
    let bulk = |text: &str| Reply::Bulk(text.as_bytes().to_vec());
    match reply {
        Reply::List(_, facts) => {
            matches!(&facts[..], [_, _, pending, Reply::Int(0), idle, ..]
                if *pending == bulk("pending") && *idle == bulk("idle"))
        }
        Reply::Map(facts) => {
            matches!(&facts[..], [_, (pending, Reply::Int(0)), (idle, _), ..]
                if *pending == bulk("pending") && *idle == bulk("idle"))
        }
        _ => false,
    }
}

/// The reply with `change` made to everything in it that is no aggregate.
fn map(reply: &Reply, change: &impl Fn(&Reply) -> Reply) -> Reply {
    match reply {
        Reply::List(kind, items) => {
            Reply::List(*kind, items.iter().map(|item| map(item, change)).collect())
        }
        Reply::Map(pairs) => Reply::Map(
            pairs
                .iter()
                .map(|(key, value)| (map(key, change), map(value, change)))
                .collect(),
        ),
        leaf => change(leaf),
    }
}
