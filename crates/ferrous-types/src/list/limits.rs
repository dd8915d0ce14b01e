//! How large the nodes of a list may grow.

/// Bytes of a node when `list-max-listpack-size` is -1, -2, -3, -4, -5.
const BYTES_MAX: [usize; 5] = [4096, 8192, 16_384, 32_768, 65_536];

/// Bytes of a node at most when its elements are counted instead.
const COUNTED_BYTES_MAX: usize = 8192;

/// The most elements that `list-max-listpack-size` can ask for.
const COUNT_MAX: i32 = (1 << 15) - 1;

/// What the header and the backlen of an element may take, as an estimate.
const ENTRY_OVERHEAD: usize = 8;

/// The configured shape of lists.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ListLimits {
    /// `list-max-listpack-size`: the elements of a node at most, or -1 to -5 for 4 to 64 KiB.
    pub listpack_size: i32,
    /// `list-compress-depth`: nodes at either end that are not compressed; 0 compresses none.
    pub compress_depth: usize,
    /// A value of so many bytes or more gets a node of its own, however large nodes may be. Tests lower it.
    pub plain_bytes: usize,
}

impl Default for ListLimits {
    fn default() -> Self {
        Self {
            listpack_size: -2,
            compress_depth: 0,
            plain_bytes: usize::MAX,
        }
    }
}

impl ListLimits {
    /// True when a node of so many bytes and elements would be too large.
    pub(super) fn exceeded_by(self, bytes: usize, count: usize) -> bool {
        match self.bytes_max() {
            Some(bytes_max) => bytes > bytes_max,
            None => bytes > COUNTED_BYTES_MAX || count > self.count_max(),
        }
    }

    /// True when a node of so many bytes and elements has no room for a value of `len` bytes.
    pub(super) fn exceeded_by_adding(self, bytes: usize, count: usize, len: usize) -> bool {
        self.exceeded_by(
            bytes.saturating_add(len).saturating_add(ENTRY_OVERHEAD),
            count + 1,
        )
    }

    /// True when a value of `len` bytes gets a node of its own.
    pub(super) fn makes_plain(self, len: usize) -> bool {
        len >= self.plain_bytes || len > self.bytes_max().unwrap_or(COUNTED_BYTES_MAX)
    }

    /// True when a list of so many bytes and elements may be one listpack. One that shrank has to
    /// go down to half of what a growing one may reach, so that it does not go back and forth.
    pub(super) fn allow_listpack(self, bytes: usize, count: usize, shrank: bool) -> bool {
        let share = if shrank { 2 } else { 1 };
        match self.bytes_max() {
            Some(bytes_max) => bytes <= bytes_max / share,
            None => count <= self.count_max() / share,
        }
    }

    fn bytes_max(self) -> Option<usize> {
        let level = usize::try_from(-i64::from(self.listpack_size))
            .ok()?
            .checked_sub(1)?;
        Some(BYTES_MAX[level.min(BYTES_MAX.len() - 1)])
    }

    fn count_max(self) -> usize {
        self.listpack_size.clamp(1, COUNT_MAX) as usize
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn limits(listpack_size: i32) -> ListLimits {
        ListLimits {
            listpack_size,
            ..ListLimits::default()
        }
    }

    #[test]
    fn negative_sizes_limit_bytes_and_positive_ones_elements() {
        assert!(!limits(-1).exceeded_by(4096, 100_000) && limits(-1).exceeded_by(4097, 1));
        assert!(!limits(-9).exceeded_by(65_536, 1) && limits(-5).exceeded_by(65_537, 1));
        assert!(!limits(4).exceeded_by(8192, 4) && limits(4).exceeded_by(20, 5));
        assert!(limits(4).exceeded_by(8193, 1));
        assert!(!limits(0).exceeded_by(10, 1) && limits(0).exceeded_by(10, 2));
        assert!(limits(i32::MIN).makes_plain(65_537) && limits(i32::MAX).makes_plain(8193));
    }

    #[test]
    fn a_list_that_shrank_has_to_be_half_as_large() {
        assert!(limits(4).allow_listpack(90_000, 4, false));
        assert!(limits(4).allow_listpack(100, 2, true) && !limits(4).allow_listpack(100, 3, true));
        assert!(limits(-2).allow_listpack(4096, 900, true));
        assert!(!limits(-2).allow_listpack(4097, 2, true));
    }
}
