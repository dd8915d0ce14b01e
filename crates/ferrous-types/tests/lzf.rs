//! LZF round trips, agrees with another implementation, and survives any bytes.

use std::panic::catch_unwind;

use ferrous_types::lzf::{compress, decompress};
use proptest::collection::vec;
use proptest::prelude::*;

/// Text-like bytes: words of a small alphabet, repeated at all distances.
fn compressible() -> impl Strategy<Value = Vec<u8>> {
    vec((0..200_u8, 1..12_usize, 1..40_usize), 0..600).prop_map(|words| {
        let word = |(seed, len, times): (u8, usize, usize)| {
            let word = (0..len).map(move |at| seed.wrapping_mul(at as u8 | 1) % 26 + b'a');
            word.collect::<Vec<u8>>()
                .repeat(if seed % 16 == 0 { times } else { 1 })
        };
        words.into_iter().flat_map(word).collect()
    })
}

fn content() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![
        compressible(),
        vec(any::<u8>(), 0..3000),
        vec(0..3_u8, 0..3000)
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn round_trips(content in content()) {
        let stream = compress(&content, usize::MAX).expect("no bound");
        prop_assert_eq!(decompress(&stream, content.len()), Ok(content.clone()));
        prop_assert!(stream.len() <= content.len() + content.len().div_ceil(32));
        prop_assert!(decompress(&stream, content.len() + 1).is_err());
        prop_assert_eq!(compress(&content, stream.len()), Some(stream.clone()));
        if let Some(less) = stream.len().checked_sub(1) {
            prop_assert_eq!(compress(&content, less), None);
        }
    }

    #[test]
    fn agrees_with_the_lzf_crate(content in content()) {
        let stream = compress(&content, usize::MAX).expect("no bound");
        if !content.is_empty() {
            prop_assert_eq!(lzf::decompress(&stream, content.len()).ok(), Some(content.clone()));
        }
        // That compressor panics on some inputs.
        if let Ok(Ok(stream)) = catch_unwind(|| lzf::compress(&content)) {
            prop_assert_eq!(decompress(&stream, content.len()), Ok(content));
        }
    }

    #[test]
    fn any_bytes_are_refused_or_expanded(
        stream in vec(prop_oneof![any::<u8>(), 0..4_u8], 0..200),
        announced in 0..20_000_usize,
    ) {
        if let Ok(content) = decompress(&stream, announced) {
            prop_assert_eq!(content.len(), announced);
            prop_assert_eq!(lzf::decompress(&stream, announced.max(1)).ok(), Some(content));
        }
    }
}
