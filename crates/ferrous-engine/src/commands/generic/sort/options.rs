//! The options of `SORT`.

use std::ops::Range;

use super::pattern::Pattern;
use crate::args::Args;
use crate::error::{CommandError, CommandResult};

/// What orders the elements.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum By<'a> {
    /// Themselves.
    Element,
    /// What the pattern finds for each.
    Pattern(Pattern<'a>),
    /// Nothing: they stay as they are. A pattern without `*` asks for it.
    Nothing,
}

/// The options.
pub(super) struct Options<'a> {
    pub(super) by: By<'a>,
    pub(super) descending: bool,
    pub(super) alpha: bool,
    pub(super) get: Vec<Pattern<'a>>,
    pub(super) store: Option<&'a [u8]>,
    /// Elements to leave out at the start, and how many to return: all when negative.
    limit: (i64, i64),
}

/// True when a call may look up keys other than the one that it sorts: those of patterns and `STORE`'s.
///
/// It errs on that side, since it looks at the words alone.
pub(super) fn looks_further(argv: &[&[u8]]) -> bool {
    let options = argv.get(2..).unwrap_or_default();
    options
        .iter()
        .any(|word| word.contains(&b'*') || word.eq_ignore_ascii_case(b"STORE"))
}

impl<'a> Options<'a> {
    pub(super) fn parse(args: &Args<'a>, may_store: bool) -> CommandResult<Self> {
        let mut options = Self {
            by: By::Element,
            descending: false,
            alpha: false,
            get: Vec::new(),
            store: None,
            limit: (0, -1),
        };
        let mut index = 2;
        while index < args.len() {
            let follow = args.len() - index - 1;
            if args.is(index, "ASC") {
                options.descending = false;
            } else if args.is(index, "DESC") {
                options.descending = true;
            } else if args.is(index, "ALPHA") {
                options.alpha = true;
            } else if args.is(index, "LIMIT") && follow >= 2 {
                options.limit = (args.int(index + 1)?, args.int(index + 2)?);
                index += 2;
            } else if args.is(index, "STORE") && may_store && follow >= 1 {
                options.store = Some(args.get(index + 1));
                index += 1;
            } else if args.is(index, "BY") && follow >= 1 {
                let pattern = args.get(index + 1);
                options.by = if pattern.contains(&b'*') {
                    By::Pattern(Pattern(pattern))
                } else {
                    By::Nothing
                };
                index += 1;
            } else if args.is(index, "GET") && follow >= 1 {
                options.get.push(Pattern(args.get(index + 1)));
                index += 1;
            } else {
                return Err(CommandError::SYNTAX);
            }
            index += 1;
        }
        Ok(options)
    }

    /// Which of `len` elements in order are asked for.
    pub(super) fn range(&self, len: usize) -> Range<usize> {
        let (offset, count) = self.limit;
        let start = usize::try_from(offset).unwrap_or(0).min(len);
        let count = usize::try_from(count).unwrap_or(len);
        start..start.saturating_add(count).min(len)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn limits_stay_within_the_elements() {
        let range = |offset, count, len| {
            let argv: [&[u8]; 2] = [b"sort", b"k"];
            let mut options = Options::parse(&Args::new(&argv, &[]), true).unwrap();
            options.limit = (offset, count);
            options.range(len)
        };
        assert_eq!(range(0, -1, 3), 0..3);
        assert_eq!(range(1, 1, 3), 1..2);
        assert_eq!(range(-5, 2, 3), 0..2);
        assert_eq!(range(9, 2, 3), 3..3);
        assert_eq!(range(1, i64::MAX, 3), 1..3);
    }

    #[test]
    fn patterns_and_targets_are_further_keys() {
        assert!(!looks_further(&[b"sort", b"k*", b"BY", b"nosort"]));
        assert!(looks_further(&[b"sort", b"k", b"BY", b"w_*"]));
        assert!(looks_further(&[b"sort", b"k", b"store", b"d"]));
    }
}
