//! Streams beside a `BTreeMap` of entries, with blocks so small that there are many.

use std::collections::BTreeMap;

use ferrous_types::Listpack;
use ferrous_types::stream::{
    Counters, Effort, Entry, Log, LogBuilder, NewId, StreamId, StreamLimits, TrimTo, survey_block,
};
use proptest::prelude::*;

const LIMITS: StreamLimits = StreamLimits {
    node_bytes: 160,
    node_entries: 7,
};

type Fields = Vec<(Vec<u8>, Vec<u8>)>;

#[derive(Debug, Clone)]
enum Step {
    Append(u64, u64, Fields),
    Delete(prop::sample::Index),
    DeleteAbsent(u64, u64),
    TrimLen(u64, bool, u64),
    TrimId(u64, bool, u64),
}

fn fields() -> impl Strategy<Value = Fields> {
    let name = prop_oneof![
        4 => Just(b"name".to_vec()),
        1 => (0..300_i32).prop_map(|number| number.to_string().into_bytes()),
    ];
    let value = prop_oneof![
        4 => any::<i32>().prop_map(|number| number.to_string().into_bytes()),
        1 => prop::collection::vec(any::<u8>(), 0..20),
    ];
    prop::collection::vec((name, value), 1..3)
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        20 => (0..3_u64, 0..4_u64, fields()).prop_map(|(ms, seq, fields)| Step::Append(ms, seq, fields)),
        5 => any::<prop::sample::Index>().prop_map(Step::Delete),
        1 => (0..300_u64, 0..5_u64).prop_map(|(ms, seq)| Step::DeleteAbsent(ms, seq)),
        1 => (0..60_u64, any::<bool>(), 0..20_u64).prop_map(|(len, exact, limit)| Step::TrimLen(len, exact, limit)),
        1 => (0..100_u64, any::<bool>(), 0..20_u64).prop_map(|(ms, exact, limit)| Step::TrimId(ms, exact, limit)),
    ];
    prop::collection::vec(step, 0..250)
}

fn pair(entry: Entry<'_>) -> (StreamId, Fields) {
    let fields = entry
        .fields
        .map(|(name, value)| (name.to_bytes().into_owned(), value.to_bytes().into_owned()));
    (entry.id, fields.collect())
}

fn borrowed(fields: &Fields) -> impl Iterator<Item = (&[u8], &[u8])> + Clone {
    fields
        .iter()
        .map(|(name, value)| (name.as_slice(), value.as_slice()))
}

fn effort(exact: bool, limit: u64) -> Effort {
    if exact {
        Effort::Exact
    } else {
        Effort::WholeBlocks { limit }
    }
}

/// Removes what a trim has removed from the model, after a check that this was allowed.
fn check_trim(
    model: &mut BTreeMap<StreamId, Fields>,
    removed: u64,
    wanted: usize,
    exact: bool,
    limit: u64,
) -> Result<(), TestCaseError> {
    prop_assert!(removed as usize <= wanted);
    prop_assert!(!exact || removed as usize == wanted);
    prop_assert!(exact || limit == 0 || removed <= limit);
    for _ in 0..removed {
        model.pop_first();
    }
    Ok(())
}

fn run(steps: Vec<Step>) -> Result<(Log, BTreeMap<StreamId, Fields>), TestCaseError> {
    let (mut log, mut model) = (Log::new(), BTreeMap::new());
    let (mut added, mut max_deleted) = (0, StreamId::MIN);
    for step in steps {
        let last = log.counters().last_id;
        match step {
            Step::Append(ms, seq, fields) => {
                let id = StreamId {
                    ms: last.ms + ms,
                    seq,
                };
                let result = log.append(id, borrowed(&fields), LIMITS);
                prop_assert_eq!(result.is_ok(), id > last);
                if result.is_ok() {
                    model.insert(id, fields);
                    added += 1;
                }
            }
            Step::Delete(index) => {
                let nth = index.index(model.len().max(1));
                if let Some(id) = model.keys().nth(nth).copied() {
                    model.remove(&id);
                    max_deleted = max_deleted.max(id);
                    prop_assert!(log.delete(id) && !log.delete(id));
                }
            }
            Step::DeleteAbsent(ms, seq) => {
                let id = StreamId { ms, seq };
                if !model.contains_key(&id) {
                    prop_assert!(!log.delete(id));
                }
            }
            Step::TrimLen(len, exact, limit) => {
                let wanted = model.len().saturating_sub(len as usize);
                let removed = log.trim(TrimTo::MaxLen(len), effort(exact, limit));
                check_trim(&mut model, removed, wanted, exact, limit)?;
            }
            Step::TrimId(ms, exact, limit) => {
                let min = StreamId { ms, seq: 2 };
                let wanted = model.range(..min).count();
                let removed = log.trim(TrimTo::MinId(min), effort(exact, limit));
                check_trim(&mut model, removed, wanted, exact, limit)?;
            }
        }
        prop_assert_eq!(log.len(), model.len() as u64);
        let first = model.keys().next().copied().unwrap_or_default();
        prop_assert_eq!(log.first_id(), first);
        prop_assert_eq!(log.counters().entries_added, added);
        prop_assert_eq!(log.counters().max_deleted_id, max_deleted);
    }
    Ok((log, model))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn it_agrees_with_the_model(steps in steps(), from in 0..300_u64, to in 0..300_u64) {
        let (log, model) = run(steps)?;
        prop_assert!(log.iter().map(pair).eq(model.clone()));
        prop_assert!(log.iter().rev().map(pair).eq(model.clone().into_iter().rev()));
        let (start, end) = (StreamId { ms: from.min(to), seq: 1 }, StreamId { ms: from.max(to), seq: 1 });
        let expected: Vec<_> = model.range(start..=end).map(|(&id, fields)| (id, fields.clone())).collect();
        prop_assert!(log.range(start, end).map(pair).eq(expected.iter().cloned()));
        prop_assert!(log.range(start, end).rev().map(pair).eq(expected.iter().rev().cloned()));
        prop_assert_eq!(log.range(end, start).count(), usize::from(start == end && model.contains_key(&start)));
        let mut both = log.range(start, end);
        let mut seen = Vec::new();
        while let Some(entry) = both.next() {
            seen.push(pair(entry));
            seen.extend(both.next_back().map(pair));
        }
        seen.sort();
        prop_assert_eq!(seen, expected);
    }

    #[test]
    fn blocks_make_the_same_log_again(steps in steps()) {
        let (log, _) = run(steps)?;
        let mut builder = LogBuilder::new();
        for (base, block) in log.blocks() {
            builder.push(base, block.clone()).unwrap();
        }
        let again = builder.finish(log.len(), log.counters()).unwrap();
        prop_assert!(again.iter().map(pair).eq(log.iter().map(pair)));
        prop_assert_eq!(again.first_id(), log.first_id());
    }
}

#[test]
fn identifiers_are_given_as_asked() {
    let mut log = Log::new();
    let at = |ms, seq| StreamId { ms, seq };
    assert_eq!(log.next_id(NewId::Auto, 5), Ok(at(5, 0)));
    assert_eq!(log.next_id(NewId::Auto, 0), Ok(at(0, 1)));
    assert_eq!(log.next_id(NewId::InMs(0), 9), Ok(at(0, 1)));
    let set = |log: &mut Log, last_id| {
        log.set_counters(Counters {
            last_id,
            ..Counters::default()
        });
    };
    set(&mut log, at(7, 3));
    assert_eq!(log.next_id(NewId::Auto, 5), Ok(at(7, 4)));
    assert_eq!(log.next_id(NewId::InMs(7), 5), Ok(at(7, 4)));
    assert_eq!(log.next_id(NewId::InMs(8), 5), Ok(at(8, 0)));
    assert!(log.next_id(NewId::InMs(6), 5).is_err());
    assert!(log.next_id(NewId::Exact(at(7, 3)), 5).is_err());
    set(&mut log, at(7, u64::MAX));
    assert_eq!(log.next_id(NewId::Auto, 5), Ok(at(8, 0)));
    assert!(log.next_id(NewId::InMs(7), 5).is_err());
    set(&mut log, StreamId::MAX);
    assert!(log.next_id(NewId::Auto, 5).is_err());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn torn_blocks_are_refused_or_sound(
        entries in prop::collection::vec(fields(), 1..12),
        tears in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..3),
    ) {
        let mut log = Log::new();
        for (number, fields) in entries.iter().enumerate() {
            let id = StreamId { ms: 1 + number as u64, seq: 0 };
            log.append(id, borrowed(fields), StreamLimits::default()).unwrap();
        }
        let mut bytes = log.blocks().next().map(|(_, block)| block.as_bytes().to_vec()).unwrap();
        for (place, byte) in tears {
            let place = place.index(bytes.len());
            bytes[place] = byte;
        }
        let base = StreamId { ms: 1, seq: 0 };
        if let Ok(list) = Listpack::from_bytes(&bytes)
            && let Ok(survey) = survey_block(base, &list)
        {
            let mut builder = LogBuilder::new();
            builder.push(base, list).unwrap();
            let counters = Counters { last_id: survey.last, ..Counters::default() };
            let mut log = builder.finish(survey.live, counters).unwrap();
            prop_assert_eq!(log.iter().map(pair).count() as u64, survey.live);
            prop_assert_eq!(log.iter().rev().map(pair).count() as u64, survey.live);
            log.trim(TrimTo::MaxLen(1), Effort::Exact);
            prop_assert!(log.len() <= 1);
        }
    }
}
