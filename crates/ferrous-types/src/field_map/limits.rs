//! How large the compact encoding of a hash may grow.

/// The configured limits of the compact encoding of hashes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HashLimits {
    /// `hash-max-listpack-entries`: fields at most.
    pub listpack_entries: usize,
    /// `hash-max-listpack-value`: bytes of a field or value at most.
    pub listpack_value: usize,
}

impl Default for HashLimits {
    fn default() -> Self {
        Self {
            listpack_entries: 512,
            listpack_value: 64,
        }
    }
}
