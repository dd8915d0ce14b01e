//! A listpack agrees with a vector of byte strings, and survives any bytes.

use ferrous_types::{Element, Listpack};
use proptest::collection::vec;
use proptest::prelude::*;

#[derive(Clone, Debug)]
enum Edit {
    PushFront(Vec<u8>),
    PushBack(Vec<u8>),
    Insert(usize, Vec<u8>),
    Replace(usize, Vec<u8>),
    RemoveRange(usize, usize),
    RemoveRun(usize, usize),
    SplitAndAppend(usize),
}

fn value() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![
        4 => any::<i64>().prop_flat_map(|int| (0..64_u32).prop_map(move |shift| (int >> shift).to_string().into_bytes())),
        4 => vec(any::<u8>(), 0..80),
        1 => (100..5000_usize).prop_map(|len| vec![b'x'; len]),
        1 => Just(b"007".to_vec()),
    ]
}

fn edit() -> impl Strategy<Value = Edit> {
    let index = || 0..40_usize;
    prop_oneof![
        value().prop_map(Edit::PushFront),
        value().prop_map(Edit::PushBack),
        (index(), value()).prop_map(|(at, value)| Edit::Insert(at, value)),
        (index(), value()).prop_map(|(at, value)| Edit::Replace(at, value)),
        (index(), 0..4_usize).prop_map(|(at, count)| Edit::RemoveRange(at, count)),
        (index(), 0..4_usize).prop_map(|(at, count)| Edit::RemoveRun(at, count)),
        index().prop_map(Edit::SplitAndAppend),
    ]
}

fn apply(list: &mut Listpack, model: &mut Vec<Vec<u8>>, edit: Edit) {
    let bound = |at: usize, len: usize| at.min(len)..;
    match edit {
        Edit::PushFront(value) => {
            list.push_front(value.as_slice());
            model.insert(0, value);
        }
        Edit::PushBack(value) => {
            list.push_back(value.as_slice());
            model.push(value);
        }
        Edit::Insert(at, value) => {
            if let Some(position) = list.seek(at) {
                list.insert_before(position, value.as_slice());
                assert_eq!(list.get(position), Element::from(value.as_slice()));
                model.insert(at, value);
            }
        }
        Edit::Replace(at, value) => {
            if let Some(position) = list.seek(at) {
                list.replace(position, value.as_slice());
                model[at] = value;
            }
        }
        Edit::RemoveRange(at, count) => {
            let removed = model.drain(bound(at, model.len())).collect::<Vec<_>>();
            let kept = removed.iter().skip(count).cloned();
            assert_eq!(list.remove_range(at, count), removed.len().min(count));
            model.extend(kept);
        }
        Edit::RemoveRun(at, count) => {
            let Some(position) = list.seek(at) else {
                return;
            };
            let next = list.remove_run(position, count);
            model.drain(at..(at + count).min(model.len()));
            let expected = model.get(at).map(|value| Element::from(value.as_slice()));
            assert_eq!(next.map(|next| list.get(next)), expected);
        }
        Edit::SplitAndAppend(at) => {
            let mut tail = list.split_off(at);
            assert_eq!(tail.len(), model.len().saturating_sub(at));
            tail.append(list);
            let middle = at.min(model.len());
            model.rotate_left(middle);
            *list = tail;
        }
    }
}

fn agree(list: &Listpack, model: &[Vec<u8>]) {
    let expected = || model.iter().map(|value| Element::from(value.as_slice()));
    assert_eq!(list.len(), model.len());
    assert!(list.iter().eq(expected()));
    assert!(list.iter().rev().eq(expected().rev()));
    assert!(
        list.iter()
            .all(|element| list.find(&element.to_bytes(), 0).is_some())
    );
    let again = Listpack::from_bytes(list.as_bytes()).expect("own bytes are valid");
    assert_eq!(again.as_bytes(), list.as_bytes());
}

/// Calls all that reads; what passed validation must not panic.
fn read_everything(list: &Listpack) {
    let forward = list.iter().count();
    assert_eq!(forward, list.len());
    assert_eq!(forward, list.iter().rev().count());
    assert_eq!(list.find(b"absent from it", 1), None);
    let mut list = list.clone();
    while let Some(last) = list.last() {
        list.remove(last);
    }
    assert!(list.is_empty());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn agrees_with_a_vector(edits in vec(edit(), 0..60)) {
        let (mut list, mut model) = (Listpack::new(), Vec::new());
        for edit in edits {
            apply(&mut list, &mut model, edit);
            agree(&list, &model);
        }
    }

    #[test]
    fn finds_by_stride(pairs in vec((value(), value()), 1..20)) {
        let list: Listpack = pairs.iter().flat_map(|(a, b)| [a.as_slice(), b]).collect();
        for (field, _) in &pairs {
            let first = pairs.iter().position(|(other, _)| other == field).unwrap();
            prop_assert_eq!(list.find(field, 1), list.seek(2 * first));
        }
    }

    #[test]
    fn damaged_bytes_are_refused_or_readable(
        values in vec(value(), 0..10),
        damage in vec((any::<prop::sample::Index>(), any::<u8>()), 0..4),
    ) {
        let list: Listpack = values.iter().map(Vec::as_slice).collect();
        let mut bytes = list.as_bytes().to_vec();
        for (at, byte) in damage {
            let at = at.index(bytes.len());
            bytes[at] = byte;
        }
        if let Ok(list) = Listpack::from_bytes(&bytes) {
            read_everything(&list);
        }
    }
}
