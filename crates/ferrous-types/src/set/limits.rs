//! How large the compact encodings of a set may grow.

/// The most integers that an intset can hold, whatever is configured.
const INTS_MAX: usize = 1 << 30;

/// The configured limits of the compact encodings of sets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SetLimits {
    /// `set-max-intset-entries`
    pub intset_entries: usize,
    /// `set-max-listpack-entries`
    pub listpack_entries: usize,
    /// `set-max-listpack-value`, in bytes.
    pub listpack_value: usize,
}

impl Default for SetLimits {
    fn default() -> Self {
        Self {
            intset_entries: 512,
            listpack_entries: 128,
            listpack_value: 64,
        }
    }
}

impl SetLimits {
    /// The integers of an intset at most.
    pub(super) fn ints_max(&self) -> usize {
        self.intset_entries.min(INTS_MAX)
    }

    /// The members of the largest set that is not a hashtable, whatever they are.
    pub fn compact_max(&self) -> usize {
        self.ints_max().max(self.listpack_entries)
    }

    /// True when so many members, of so many bytes at most, may be a listpack.
    pub(super) fn allow_packed(&self, count: usize, longest: usize) -> bool {
        count <= self.listpack_entries && longest <= self.listpack_value
    }
}
