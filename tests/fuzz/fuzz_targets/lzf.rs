//! Any bytes compress and expand to themselves, and any stream expands within bounds or is refused.
#![no_main]

use ferrous_types::lzf::{compress, decompress};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let stream = compress(bytes, usize::MAX).expect("no bound");
    assert_eq!(decompress(&stream, bytes.len()).as_deref(), Ok(bytes));
    if let Some((announced, stream)) = bytes.split_first_chunk::<4>() {
        let announced = u32::from_le_bytes(*announced) as usize;
        if let Ok(content) = decompress(stream, announced) {
            assert_eq!(content.len(), announced);
        }
    }
});
