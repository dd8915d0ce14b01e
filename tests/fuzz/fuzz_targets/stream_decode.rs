//! Any bytes as the block of a stream: refused, or read the same from both ends, and fit for every edit.
#![no_main]

use ferrous_types::Listpack;
use ferrous_types::stream::{
    Counters, Effort, LogBuilder, StreamId, StreamLimits, TrimTo, survey_block,
};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: (u8, &[u8])| {
    let (ms, bytes) = input;
    let base = StreamId {
        ms: u64::from(ms),
        seq: 0,
    };
    let Ok(list) = Listpack::from_bytes(bytes) else {
        return;
    };
    let Ok(survey) = survey_block(base, &list) else {
        return;
    };
    let mut builder = LogBuilder::new();
    builder
        .push(base, list)
        .expect("the block was found to be sound");
    let counters = Counters {
        last_id: survey.last,
        ..Counters::default()
    };
    let mut log = builder
        .finish(survey.live, counters)
        .expect("the counters are those of the block");

    let ids: Vec<StreamId> = log.iter().map(|entry| entry.id).collect();
    assert_eq!(ids.len() as u64, survey.live);
    assert!(
        log.iter()
            .rev()
            .map(|entry| entry.id)
            .eq(ids.iter().rev().copied())
    );
    let announced = log.iter().map(|entry| entry.fields.len()).sum::<usize>();
    assert_eq!(log.iter().flat_map(|entry| entry.fields).count(), announced);
    if let Some(id) = survey.last.next() {
        let fields = [(&b"f"[..], &b"v"[..])];
        log.append(id, fields, StreamLimits::default())
            .expect("the identifier is above the last one");
    }
    if let Some(&middle) = ids.get(ids.len() / 2) {
        assert!(log.delete(middle));
    }
    log.trim(TrimTo::MaxLen(1), Effort::Exact);
    assert!(log.len() <= 1);
});
