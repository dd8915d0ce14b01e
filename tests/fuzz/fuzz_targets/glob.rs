//! Any pattern on any text: no crash, no hang, and a star in front never makes a match fail.
#![no_main]

use ferrous_types::glob::{Case, Glob};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: (&[u8], &[u8])| {
    let (pattern, text) = input;
    let glob = Glob::new(pattern, Case::Sensitive);
    let matched = glob.matches(text);
    if let Some(literal) = glob.literal() {
        assert_eq!(matched, literal == text);
    }
    if matched && !text.is_empty() {
        let after_star = [b"*", pattern].concat();
        assert!(Glob::new(&after_star, Case::Sensitive).matches(text));
    }
    Glob::new(pattern, Case::Insensitive).matches(text);
});
