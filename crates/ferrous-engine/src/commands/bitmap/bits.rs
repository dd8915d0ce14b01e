//! Bits of byte strings: counting, finding, and integers of any width at any place.

use std::ops::Range;

/// The number of ones among `bytes`.
pub(super) fn count_ones(bytes: &[u8]) -> u64 {
    let (words, rest) = bytes.as_chunks::<8>();
    let in_words: u64 = words
        .iter()
        .map(|word| u64::from(u64::from_le_bytes(*word).count_ones()))
        .sum();
    in_words
        + rest
            .iter()
            .map(|byte| u64::from(byte.count_ones()))
            .sum::<u64>()
}

/// The number of ones among the bits of `range`.
pub(super) fn count_ones_in(bytes: &[u8], range: Range<usize>) -> u64 {
    if range.is_empty() {
        return 0;
    }
    let (first, last) = (range.start / 8, (range.end - 1) / 8);
    let before = u64::from((bytes[first] & head_mask(range.start % 8)).count_ones());
    let after = u64::from((bytes[last] & !head_mask((range.end - 1) % 8 + 1)).count_ones());
    count_ones(&bytes[first..=last]) - before - after
}

/// Ones in the first `count` bits of a byte, which are its most significant ones.
fn head_mask(count: usize) -> u8 {
    if count >= 8 { 0xff } else { !(0xff >> count) }
}

/// The first bit in `range` that is `bit`.
pub(super) fn find(bytes: &[u8], bit: bool, range: Range<usize>) -> Option<usize> {
    let mut at = range.start;
    while at < range.end {
        if at.is_multiple_of(8) {
            // Bytes that hold none of what is looked for are passed over whole.
            let skipped = if bit { 0x00 } else { 0xff };
            let rest = &bytes[at / 8..range.end.div_ceil(8)];
            at += 8 * rest
                .iter()
                .position(|byte| *byte != skipped)
                .unwrap_or(rest.len());
            if at >= range.end {
                return None;
            }
        }
        let byte = if bit { bytes[at / 8] } else { !bytes[at / 8] };
        let found = at / 8 * 8 + (byte & (0xff >> (at % 8))).leading_zeros() as usize;
        if byte & (0xff >> (at % 8)) != 0 {
            return (found < range.end).then_some(found);
        }
        at = (at / 8 + 1) * 8;
    }
    None
}

/// Bit `offset`; bits past the end are 0.
pub(super) fn get(bytes: &[u8], offset: usize) -> bool {
    bytes
        .get(offset / 8)
        .is_some_and(|byte| byte & (0x80 >> (offset % 8)) != 0)
}

/// Sets bit `offset`, which exists, and returns what it was.
pub(super) fn set(bytes: &mut [u8], offset: usize, bit: bool) -> bool {
    let (byte, mask) = (&mut bytes[offset / 8], 0x80 >> (offset % 8));
    let before = *byte & mask != 0;
    *byte = if bit { *byte | mask } else { *byte & !mask };
    before
}

/// The `width` (at most 64) bits from `offset` on as an unsigned number; bits past the end are 0.
pub(super) fn get_field(bytes: &[u8], offset: usize, width: u32) -> u64 {
    let mut window = [0_u8; 16];
    let from = bytes.get(offset / 8..).unwrap_or_default();
    let len = from.len().min(window.len());
    window[..len].copy_from_slice(&from[..len]);
    let bits = u128::from_be_bytes(window) << (offset % 8);
    (bits >> (128 - width)) as u64
}

/// Overwrites the `width` bits from `offset` on, all of which exist, with the low bits of `value`.
pub(super) fn set_field(bytes: &mut [u8], offset: usize, width: u32, value: u64) {
    for index in 0..width {
        set(
            bytes,
            offset + index as usize,
            value >> (width - 1 - index) & 1 == 1,
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn naive(bytes: &[u8]) -> Vec<bool> {
        (0..bytes.len() * 8)
            .map(|offset| get(bytes, offset))
            .collect()
    }

    proptest! {
        #[test]
        fn ranges_agree_with_single_bits(bytes in prop::collection::vec(prop_oneof![Just(0_u8), Just(0xff), any::<u8>()], 1..40), a: usize, b: usize, bit: bool) {
            let bits = naive(&bytes);
            let (a, b) = (a % (bits.len() + 1), b % (bits.len() + 1));
            let range = a.min(b)..a.max(b);
            let ones = bits[range.clone()].iter().filter(|bit| **bit).count() as u64;
            prop_assert_eq!(count_ones_in(&bytes, range.clone()), ones);
            let first = range.clone().find(|at| bits[*at] == bit);
            prop_assert_eq!(find(&bytes, bit, range), first);
        }

        #[test]
        fn fields_read_back(mut bytes in prop::collection::vec(any::<u8>(), 9..20), offset in 0_usize..8, width in 1_u32..=64, value: u64) {
            let kept = value & (u64::MAX >> (64 - width));
            set_field(&mut bytes, offset, width, value);
            prop_assert_eq!(get_field(&bytes, offset, width), kept);
        }
    }
}
