//! A list agrees with a vector, whatever the limits and however often its encoding changes.

use std::ops::{ControlFlow, Range};

use ferrous_types::list::{End, List, ListLimits, ListNode, ListRepr, NodeView, Side};
use ferrous_types::{Listpack, lzf};
use proptest::collection::vec;
use proptest::prelude::*;

#[derive(Clone, Debug)]
enum Edit {
    Push(End, Vec<Vec<u8>>),
    Pop(End, usize),
    Set(usize, Vec<u8>),
    Insert(Side, Vec<u8>, Vec<u8>),
    Remove(Vec<u8>, usize, End),
    RemoveRange(Range<usize>),
    Trim(Range<usize>),
}

/// Few different values, so that pivots are found; some fill a node and some exceed it.
fn value() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![
        6 => (0..6_u8).prop_map(|digit| vec![b'0' + digit]),
        2 => (0..4_u8, 10..60_usize).prop_map(|(letter, len)| vec![b'a' + letter; len]),
        1 => (0..2_u8, 1500..5000_usize).prop_map(|(letter, len)| vec![b'x' + letter; len]),
        1 => Just(vec![b'p'; 9000]),
    ]
}

fn end() -> impl Strategy<Value = End> {
    prop_oneof![Just(End::Head), Just(End::Tail)]
}

fn range() -> impl Strategy<Value = Range<usize>> {
    (0..40_usize, 0..12_usize).prop_map(|(start, len)| start..start + len)
}

fn edit() -> impl Strategy<Value = Edit> {
    let side = prop_oneof![Just(Side::Before), Just(Side::After)];
    prop_oneof![
        6 => (end(), vec(value(), 1..6)).prop_map(|(end, values)| Edit::Push(end, values)),
        3 => (end(), 1..4_usize).prop_map(|(end, count)| Edit::Pop(end, count)),
        3 => (0..40_usize, value()).prop_map(|(index, value)| Edit::Set(index, value)),
        4 => (side, value(), value()).prop_map(|(side, pivot, value)| Edit::Insert(side, pivot, value)),
        1 => (value(), 1..5_usize, end()).prop_map(|(value, count, end)| Edit::Remove(value, count, end)),
        2 => range().prop_map(Edit::RemoveRange),
        1 => (0..5_usize, 10..40_usize).prop_map(|(start, end)| Edit::Trim(start..end)),
    ]
}

fn limits() -> impl Strategy<Value = ListLimits> {
    let size = prop_oneof![Just(-1), Just(-2), 1..8_i32];
    let depth = prop_oneof![Just(0_usize), 1..3_usize];
    (size, depth).prop_map(|(listpack_size, compress_depth)| ListLimits {
        listpack_size,
        compress_depth,
        ..ListLimits::default()
    })
}

fn apply(list: &mut List, model: &mut Vec<Vec<u8>>, edit: Edit, limits: ListLimits) {
    let clamp = |range: Range<usize>, len: usize| range.start.min(len)..range.end.min(len);
    match edit {
        Edit::Push(end, values) => {
            list.push(end, values.iter().map(Vec::as_slice), limits);
            for value in values {
                let at = if end == End::Head { 0 } else { model.len() };
                model.insert(at, value);
            }
        }
        Edit::Pop(end, count) => {
            for _ in 0..count {
                let popped = list.pop(end, limits, |element| element.to_bytes().into_owned());
                let at = if end == End::Head {
                    0
                } else {
                    model.len().saturating_sub(1)
                };
                let expected = (!model.is_empty()).then(|| model.remove(at));
                assert_eq!(popped, expected);
            }
        }
        Edit::Set(index, value) => {
            assert_eq!(list.set(index, &value, limits), index < model.len());
            if let Some(place) = model.get_mut(index) {
                *place = value;
            }
        }
        Edit::Insert(side, pivot, value) => {
            let at = model.iter().position(|other| *other == pivot);
            assert_eq!(list.insert(side, &pivot, &value, limits), at.is_some());
            if let Some(at) = at {
                model.insert(at + usize::from(side == Side::After), value);
            }
        }
        Edit::Remove(value, count, end) => {
            let mut places: Vec<usize> =
                (0..model.len()).filter(|&at| model[at] == value).collect();
            if end == End::Tail {
                places.reverse();
            }
            places.truncate(count);
            assert_eq!(list.remove(&value, count, end, limits), places.len());
            places.sort_unstable();
            places
                .into_iter()
                .rev()
                .for_each(|at| drop(model.remove(at)));
        }
        Edit::RemoveRange(range) => {
            list.remove_range(range.clone(), limits);
            model.drain(clamp(range, model.len()));
        }
        Edit::Trim(range) => {
            list.trim(range.clone(), limits);
            *model = model[clamp(range, model.len())].to_vec();
        }
    }
}

fn elements(list: &List, range: Range<usize>, from: End) -> Vec<Vec<u8>> {
    let mut elements = Vec::new();
    let _ = list.visit(range, from, |element| {
        elements.push(element.to_bytes().into_owned());
        ControlFlow::<()>::Continue(())
    });
    elements
}

fn agree(list: &List, model: &[Vec<u8>]) {
    assert_eq!(list.len(), model.len());
    let all = 0..model.len();
    assert!(elements(list, all.clone(), End::Head) == model);
    let reversed: Vec<_> = model.iter().rev().cloned().collect();
    assert!(elements(list, all, End::Tail) == reversed);
    let part = model.len() / 3..model.len() / 2;
    assert!(elements(list, part.clone(), End::Head) == model[part]);
    for index in [0, model.len() / 2, model.len()] {
        let element = list.get(index, |element| element.to_bytes().into_owned());
        assert!(element.as_ref() == model.get(index));
    }
    let (mut places, looked_at) = (Vec::new(), 10);
    list.find(b"3", End::Tail, looked_at, |index| {
        places.push(index);
        ControlFlow::Continue(())
    });
    let expected = (0..model.len())
        .rev()
        .take(looked_at)
        .filter(|&at| model[at] == b"3");
    assert!(expected.eq(places));
}

/// No node is empty, those near the ends are not compressed, and the others are where it pays.
fn nodes_are_in_order(list: &List, limits: ListLimits) {
    let ListRepr::Nodes(nodes) = list.repr() else {
        return;
    };
    let count = nodes.len();
    for (index, node) in nodes.enumerate() {
        let inner = limits.compress_depth > 0
            && (limits.compress_depth..count - limits.compress_depth.min(count)).contains(&index);
        match node {
            NodeView::Packed(list) => {
                assert!(!list.is_empty());
                let len_max = list.byte_len().saturating_sub(8);
                let pays =
                    list.byte_len() >= 48 && lzf::compress(list.as_bytes(), len_max).is_some();
                assert!(!inner || !pays, "node {index} of {count} is not compressed");
            }
            NodeView::Compressed { len, stream } => {
                assert!(inner, "node {index} of {count} is compressed");
                let bytes = lzf::decompress(stream, len).expect("our own stream");
                assert!(
                    !Listpack::from_bytes(&bytes)
                        .expect("our own bytes")
                        .is_empty()
                );
            }
            NodeView::Plain(bytes) => assert!(bytes.len() > 4096),
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(192))]

    #[test]
    fn agrees_with_a_vector(limits in limits(), edits in vec(edit(), 0..50)) {
        let (mut list, mut model) = (List::new(), Vec::new());
        for edit in edits {
            apply(&mut list, &mut model, edit, limits);
            agree(&list, &model);
            nodes_are_in_order(&list, limits);
        }
    }

    #[test]
    fn copes_with_changing_limits(edits in vec((limits(), edit()), 0..50)) {
        let (mut list, mut model) = (List::new(), Vec::new());
        for (limits, edit) in edits {
            apply(&mut list, &mut model, edit, limits);
            agree(&list, &model);
        }
    }

    #[test]
    fn is_restored_from_its_nodes(limits in limits(), values in vec(value(), 0..60)) {
        let mut list = List::new();
        list.push(End::Tail, values.iter().map(Vec::as_slice), limits);
        let mut restored = List::new();
        match list.repr() {
            ListRepr::Packed(list) => restored.append_node(ListNode::Packed(list.clone()), limits),
            ListRepr::Nodes(nodes) => nodes.for_each(|node| {
                let node = match node {
                    NodeView::Packed(list) => ListNode::Packed(list.clone()),
                    NodeView::Plain(bytes) => ListNode::Plain(bytes.to_vec()),
                    NodeView::Compressed { len, stream } => {
                        let bytes = lzf::decompress(stream, len).expect("our own stream");
                        ListNode::Packed(Listpack::from_bytes(&bytes).expect("our own bytes"))
                    }
                };
                restored.append_node(node, limits);
            }),
        }
        restored.finish_loading(limits);
        agree(&restored, &values);
        nodes_are_in_order(&restored, limits);
    }
}

#[test]
fn what_is_loaded_is_a_listpack_if_small() {
    let limits = ListLimits {
        listpack_size: 4,
        ..ListLimits::default()
    };
    let load = |sizes: &[usize]| {
        let mut list = List::new();
        for &size in sizes {
            let node = (0..size as i64).collect::<Listpack>();
            list.append_node(ListNode::Packed(node), limits);
        }
        list.finish_loading(limits);
        (list.len(), list.encoding())
    };
    assert_eq!(load(&[4]), (4, "listpack"));
    assert_eq!(load(&[0, 4]), (4, "listpack"));
    assert_eq!(load(&[5]), (5, "quicklist"));
    assert_eq!(load(&[1, 1]), (2, "quicklist"));
    assert_eq!(load(&[]), (0, "listpack"));
}
