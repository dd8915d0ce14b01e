//! Any bytes from a server: no crash, and a reply survives being written and read again.
#![no_main]

use ferrous_resp::{Encoder, Protocol, ReplyParser};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|stream: &[u8]| {
    let mut parser = ReplyParser::default();
    let mut rest = stream;
    while let Ok(progress) = parser.next(rest) {
        rest = &rest[progress.consumed..];
        let Some(value) = progress.value else {
            return;
        };
        let mut bytes = Vec::new();
        value.encode(&mut Encoder::new(&mut bytes, Protocol::Resp3));
        let again = ReplyParser::default()
            .next(&bytes)
            .expect("the encoder writes valid replies");
        assert_eq!(again.consumed, bytes.len());
        assert!(again.value.is_some());
    }
});
