//! Any line of a configuration file, which is also any inline request: no crash, and its words, quoted, read back.
#![no_main]

use ferrous_resp::{quote_into, split_line};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|line: &[u8]| {
    let Some(words) = split_line(line) else {
        return;
    };
    let mut quoted = Vec::new();
    for word in &words {
        quoted.push(b' ');
        quote_into(&mut quoted, word);
    }
    assert_eq!(split_line(&quoted), Some(words));
});
