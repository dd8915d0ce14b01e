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
    /// The argument that is the key to store at.
    pub(super) store: Option<usize>,
    /// Elements to leave out at the start, and how many to return: all when negative.
    limit: (i64, i64),
}

/// True when a call may look up keys that are not among its arguments: those of patterns.
///
/// It errs on that side, since it looks at the words alone.
pub(super) fn looks_further(argv: &[&[u8]]) -> bool {
    let options = argv.get(2..).unwrap_or_default();
    options.iter().any(|word| word.contains(&b'*'))
}

/// The argument that `STORE` gives: the last one if there are several.
pub(super) fn destination(argv: &[&[u8]]) -> Option<usize> {
    let (mut index, mut found) = (2, None);
    while let Some(word) = argv.get(index) {
        let is = |option: &str| word.eq_ignore_ascii_case(option.as_bytes());
        if is("STORE") && index + 1 < argv.len() {
            found = Some(index + 1);
        }
        index += match () {
            () if is("LIMIT") => 3,
            () if is("STORE") || is("GET") || is("BY") => 2,
            () => 1,
        };
    }
    found
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
                options.store = Some(index + 1);
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
        let found = |line: &str| {
            let argv: Vec<&[u8]> = line.split(' ').map(str::as_bytes).collect();
            destination(&argv)
        };
        assert_eq!(found("sort k store d"), Some(3));
        assert_eq!(found("sort k BY store d STORE e store f"), Some(8));
        assert_eq!(found("sort k GET store"), None);
        assert_eq!(found("sort k LIMIT store 3 store"), None);
    }
}
