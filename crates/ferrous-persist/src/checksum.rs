//! CRC-64 as RDB files and DUMP payloads end with it.
//!
//! The Jones polynomial 0xad93d23594c935a9, reflected, with initial value and final mask 0; the check
//! value of `123456789` is 0xe9c6d914c4b8d9ca. Carry-less multiplication does 64 bytes and more a step,
//! so summing whole buffers costs a small share of reading them.

use crc_fast::{CrcAlgorithm, Digest};

/// A running checksum.
#[derive(Debug, Clone)]
pub struct Crc64(Digest);

impl Crc64 {
    /// The checksum of nothing.
    pub fn new() -> Self {
        Self(Digest::new(CrcAlgorithm::Crc64Redis))
    }

    /// The checksum of `bytes`.
    pub fn of(bytes: &[u8]) -> u64 {
        crc_fast::checksum(CrcAlgorithm::Crc64Redis, bytes)
    }

    /// Appends `bytes` to what is summed.
    pub fn update(&mut self, bytes: &[u8]) {
        self.0.update(bytes);
    }

    /// The checksum of all bytes so far.
    pub fn value(&self) -> u64 {
        self.0.finalize()
    }
}

impl Default for Crc64 {
    fn default() -> Self {
        Self::new()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_values() {
        assert_eq!(Crc64::of(b"123456789"), 0xe9c6_d914_c4b8_d9ca);
        assert_eq!(Crc64::of(b""), 0);
    }

    #[test]
    fn pieces_sum_to_the_whole() {
        let bytes: Vec<u8> = (0..=255).cycle().take(3_000).collect();
        for cut in [0, 1, 7, 255, 2_999, 3_000] {
            let mut crc = Crc64::new();
            crc.update(&bytes[..cut]);
            crc.update(&bytes[cut..]);
            assert_eq!(crc.value(), Crc64::of(&bytes), "cut at {cut}");
        }
    }
}
