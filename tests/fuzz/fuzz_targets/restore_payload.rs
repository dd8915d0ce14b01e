//! Any bytes as the value of a RESTORE, in either family's numbering.

#![no_main]

use ferrous_persist::dump::{PayloadReader, verify};
use ferrous_persist::rdb::{Validation, Version};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|payload: &[u8]| {
    // The checksum would keep nearly all inputs out, so the value is read all the same.
    let _ = verify(payload, true);
    for version in [Version::REDIS_7_4, Version::VALKEY_9] {
        for validation in [Validation::Structure, Validation::Full] {
            let Ok(mut reader) = PayloadReader::new(payload, version, validation) else {
                continue;
            };
            while let Ok(Some(_)) = reader.next_part() {}
            let _ = reader.finish();
        }
    }
});
