//! What DUMP of real servers gave, and what ours makes of it.

use std::fs;

use ferrous_persist::dump::{self, PayloadError, PayloadReader, PayloadWriter};
use ferrous_persist::rdb::{RdbError, Validation, Version};
use serde_json::Value as Json;

use crate::fixtures::path;
use crate::model::Value;
use crate::truth::{assert_value, decode_base64};

/// All payloads with their truths.
pub(crate) fn payloads() -> Vec<(Vec<u8>, Json)> {
    let file = fs::read(path("dump-payloads.json")).unwrap();
    let file: Json = serde_json::from_slice(&file).unwrap();
    let payloads = file["payloads"].as_array().unwrap().iter();
    payloads
        .map(|payload| {
            (
                decode_base64(payload["payload_b64"].as_str().unwrap()),
                payload.clone(),
            )
        })
        .collect()
}

/// The value in a payload.
pub(crate) fn read(payload: &[u8], version: Version) -> Result<Value, RdbError> {
    let mut reader = PayloadReader::new(payload, version, Validation::Full)?;
    let encoding = reader.encoding();
    let mut value = Value::empty(encoding);
    while let Some(part) = reader.next_part()? {
        value.add(encoding, part);
    }
    reader.finish()?;
    Ok(value)
}

/// The same value in a payload of our own.
fn write_again(payload: &[u8], version: Version) -> Vec<u8> {
    let mut reader = PayloadReader::new(payload, version, Validation::Full).unwrap();
    let mut writer = PayloadWriter::new(reader.encoding(), version, true).unwrap();
    while let Some(part) = reader.next_part().unwrap() {
        writer.part(&part).unwrap();
    }
    writer.finish().unwrap()
}

#[test]
fn every_payload_reads_to_its_truth_and_comes_back() {
    let payloads = payloads();
    assert!(payloads.len() > 400);
    let mut identical = 0;
    for (payload, expected) in &payloads {
        let version = dump::verify(payload, true).unwrap();
        assert_eq!(expected["rdb_version"], version.number());
        let value = read(payload, version).unwrap();
        assert_value(
            &expected["truth"]["key"].to_string(),
            &value,
            &expected["truth"],
        );
        let again = write_again(payload, version);
        assert_eq!(dump::verify(&again, true), Ok(version));
        assert_eq!(read(&again, version).unwrap(), value);
        identical += usize::from(again == *payload);
    }
    // The rest differs in how strings are compressed, and in the base that times are relative to.
    assert!(
        identical * 10 > payloads.len() * 9,
        "{identical} of {}",
        payloads.len()
    );
}

#[test]
fn footers_are_verified() {
    let (payload, _) = payloads().swap_remove(0);
    assert_eq!(
        dump::verify(&payload[..9], true),
        Err(PayloadError::TooShort)
    );
    let mut other = payload.clone();
    other[1] ^= 1;
    assert_eq!(dump::verify(&other, true), Err(PayloadError::Checksum));
    let mut other = payload.clone();
    let version = other.len() - 10;
    other[version] = 99;
    assert_eq!(dump::verify(&other, true), Err(PayloadError::Version(99)));
}

#[test]
fn bytes_behind_the_value_are_refused() {
    let (mut payload, _) = payloads().swap_remove(0);
    payload.insert(payload.len() - 10, 0);
    let error = read(&payload, Version::REDIS_7_0).unwrap_err();
    assert!(
        error.to_string().ends_with("bytes follow the value"),
        "{error}"
    );
}
