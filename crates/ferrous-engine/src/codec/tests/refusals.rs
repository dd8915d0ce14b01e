//! Parts that make no value are refused.

use ferrous_persist::rdb::{
    CollectionError, Encoding, Part, Reason, StreamError, StreamInfo, StreamPart,
};
use ferrous_types::Element;
use ferrous_types::stream::StreamId;

use super::seed;
use crate::codec::{Loaded, Loader};
use crate::limits::Limits;

fn text(bytes: &[u8]) -> Element<'_> {
    Element::from(bytes)
}

/// What loading `parts` is refused with.
fn refusal(encoding: Encoding, parts: Vec<Part<'_>>) -> String {
    let limits = Limits::default();
    let mut loader = match Loader::new(encoding, &limits, seed()) {
        Ok(loader) => loader,
        Err(reason) => return reason.to_string(),
    };
    for part in parts {
        if let Err(reason) = loader.part(part) {
            return reason.to_string();
        }
    }
    match loader.finish() {
        Ok(value) => format!("nothing, {}", value.is_some()),
        Err(reason) => reason.to_string(),
    }
}

#[test]
fn what_is_there_twice_is_refused() {
    let twice = Reason::from(CollectionError::Duplicate { index: 1 }).to_string();
    let element = || Part::Element(text(b"a"));
    assert_eq!(refusal(Encoding::Set, vec![element(), element()]), twice);
    let member = |score| Part::Member {
        member: text(b"a"),
        score,
    };
    assert_eq!(
        refusal(Encoding::SortedSet, vec![member(1.0), member(2.0)]),
        twice
    );
    let field = |value| Part::Field {
        name: text(b"f"),
        value: text(value),
        expire_at_ms: None,
    };
    assert_eq!(
        refusal(Encoding::Hash, vec![field(b"1"), field(b"2")]),
        twice
    );
}

#[test]
fn nothing_comes_of_an_empty_collection() {
    for encoding in [
        Encoding::Set,
        Encoding::Hash,
        Encoding::SortedSet,
        Encoding::Quicklist,
    ] {
        assert_eq!(refusal(encoding, vec![Part::Count(0)]), "nothing, false");
    }
    assert_eq!(refusal(Encoding::String, vec![]), Reason::End.to_string());
}

#[test]
fn what_the_keyspace_has_no_place_for_is_refused() {
    assert_eq!(
        refusal(Encoding::Module, vec![]),
        "a module's value cannot be held here"
    );
    assert_eq!(
        refusal(Encoding::Set, vec![Part::String(text(b"a"))]),
        "a part of another type's value cannot be held here"
    );
}

#[test]
fn groups_know_what_their_consumers_have() {
    let id = |ms| StreamId { ms, seq: 0 };
    let check = |parts: Vec<StreamPart<'_>>, expected: StreamError| {
        let info = StreamInfo {
            length: 0,
            last_id: StreamId::MIN,
            first_id: StreamId::MIN,
            max_deleted_id: StreamId::MIN,
            entries_added: 0,
            groups: 1,
        };
        let parts = [StreamPart::Blocks(0), StreamPart::Info(info)]
            .into_iter()
            .chain(parts)
            .map(Part::Stream);
        assert_eq!(
            refusal(Encoding::Stream, parts.collect()),
            expected.to_string()
        );
    };
    let group = || StreamPart::Group {
        name: b"g",
        last_delivered_id: StreamId::MIN,
        entries_read: None,
        pending: 1,
    };
    let pending = |ms| StreamPart::Pending {
        id: id(ms),
        delivered_at_ms: 0,
        deliveries: 1,
    };
    let consumer = || StreamPart::Consumer {
        name: b"c",
        seen_at_ms: 0,
        active_at_ms: -1,
        pending: 0,
    };
    let owned = |ms| StreamPart::Owned(id(ms));
    check(vec![group(), pending(1)], StreamError::Unowned(id(1)));
    check(
        vec![group(), pending(2), pending(1)],
        StreamError::Unsorted(id(1)),
    );
    check(
        vec![group(), pending(1), consumer(), owned(2)],
        StreamError::Orphan(id(2)),
    );
    check(
        vec![group(), pending(1), consumer(), owned(1), owned(1)],
        StreamError::Orphan(id(1)),
    );
    check(
        vec![group(), consumer(), consumer()],
        StreamError::DuplicateName,
    );
    check(vec![group(), group()], StreamError::DuplicateName);
}

#[test]
fn integers_stay_integers() {
    let limits = Limits::default();
    let mut loader = Loader::new(Encoding::String, &limits, seed()).unwrap();
    loader.part(Part::String(text(b"-17"))).unwrap();
    assert!(matches!(loader.finish(), Ok(Some(Loaded::Int(-17)))));
}
