//! Where the keys of a command are, in the terms of `COMMAND INFO`'s key specifications.

use super::flags::flag_set;

flag_set! {
    /// What a command does with the keys that a specification finds.
    KeyFlags(u16) {
        /// Reads the value and changes nothing.
        RO = 0, "RO";
        /// Reads and changes the value.
        RW = 1, "RW";
        /// Overwrites the value without looking at it.
        OW = 2, "OW";
        /// Deletes the key.
        RM = 3, "RM";
        /// Returns data of the value, or stores data that depends on it.
        ACCESS = 4, "access";
        /// Changes the value's data.
        UPDATE = 5, "update";
        /// Adds data and changes none.
        INSERT = 6, "insert";
        /// Deletes data explicitly.
        DELETE = 7, "delete";
        /// Looks like a key but names none.
        NOT_KEY = 8, "not_key";
        /// May miss some of the keys.
        INCOMPLETE = 9, "incomplete";
        /// Other flags may apply, depending on the arguments.
        VARIABLE = 10, "variable_flags";
    }
}

/// Where the search for keys begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BeginSearch {
    /// At this argument.
    Index(u16),
    /// After this word, looked for from argument `start_from` on (from the end when negative).
    Keyword {
        /// The word, in any case.
        keyword: &'static str,
        /// The first argument to look at.
        start_from: i16,
    },
    /// It cannot be told.
    Unknown,
}

/// Which arguments are keys, from where the search begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FindKeys {
    /// Every `step`th up to `last`: relative to the beginning, or from the end of the arguments when negative.
    Range {
        /// The last key.
        last: i16,
        /// The distance between keys.
        step: u16,
        /// When `last` is -1 and this is above 1: only the first `1/limit` of the arguments are keys.
        limit: u16,
    },
    /// As many as an argument says.
    KeyNum {
        /// Where the number stands, relative to the beginning.
        number_at: u16,
        /// Where the first key stands, relative to the beginning.
        first: u16,
        /// The distance between keys.
        step: u16,
    },
    /// It cannot be told.
    Unknown,
}

/// The arguments a command's keys are in.
pub type KeyIndexes = smallvec::SmallVec<[u32; 8]>;

/// The arguments do not fit the specification: a number of keys that is not one, or too few arguments for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NoKeys;

/// One key specification.
#[derive(Clone, Copy, Debug)]
pub struct KeySpec {
    /// What is done with the keys.
    pub flags: KeyFlags,
    /// Where the search begins.
    pub begin: BeginSearch,
    /// Which arguments are keys.
    pub find: FindKeys,
    /// A remark for readers of `COMMAND INFO`.
    pub notes: &'static str,
    /// Finds what nothing else here can describe; clients are told the rest all the same.
    computed: Option<ComputeKey>,
}

/// Finds the argument that is a key, if there is one.
pub type ComputeKey = fn(argv: &[&[u8]]) -> Option<usize>;

impl KeySpec {
    const fn of(begin: BeginSearch, find: FindKeys) -> Self {
        Self {
            flags: KeyFlags::NONE,
            begin,
            find,
            notes: "",
            computed: None,
        }
    }

    /// One key, at argument `index`.
    pub const fn at(index: u16) -> Self {
        Self::range(index, 0, 1)
    }

    /// Keys from argument `first`, every `step`th, up to `last` (relative to `first`, or from the end if negative).
    pub const fn range(first: u16, last: i16, step: u16) -> Self {
        Self::of(
            BeginSearch::Index(first),
            FindKeys::Range {
                last,
                step,
                limit: 0,
            },
        )
    }

    /// As many keys as argument `number_at` says, from the argument after it, every `step`th.
    pub const fn counted(number_at: u16, step: u16) -> Self {
        Self::of(
            BeginSearch::Index(number_at),
            FindKeys::KeyNum {
                number_at: 0,
                first: 1,
                step,
            },
        )
    }

    /// Keys after `keyword`, which is looked for from `start_from` on; see [`FindKeys::Range`].
    pub const fn after(
        keyword: &'static str,
        start_from: i16,
        last: i16,
        step: u16,
        limit: u16,
    ) -> Self {
        Self::of(
            BeginSearch::Keyword {
                keyword,
                start_from,
            },
            FindKeys::Range { last, step, limit },
        )
    }

    /// Keys that only the command itself can find.
    pub const fn unknown() -> Self {
        Self::of(BeginSearch::Unknown, FindKeys::Unknown)
    }

    /// A key that clients are told is unknown, but that a function finds.
    pub const fn computed(compute: ComputeKey) -> Self {
        Self::unknown().located_by(compute)
    }

    /// Has a function find the key, which knows better than what clients are told.
    #[must_use]
    pub const fn located_by(mut self, compute: ComputeKey) -> Self {
        self.computed = Some(compute);
        self
    }

    /// What is done with the keys.
    #[must_use]
    pub const fn flags(mut self, flags: KeyFlags) -> Self {
        self.flags = self.flags.with(flags);
        self
    }

    /// Reads the value and returns data of it.
    #[must_use]
    pub const fn reads(self) -> Self {
        self.flags(KeyFlags::RO.with(KeyFlags::ACCESS))
    }

    /// Reads and changes the value, and returns data of it.
    #[must_use]
    pub const fn modifies(self) -> Self {
        self.flags(KeyFlags::RW.with(KeyFlags::ACCESS).with(KeyFlags::UPDATE))
    }

    /// Overwrites the value.
    #[must_use]
    pub const fn overwrites(self) -> Self {
        self.flags(KeyFlags::OW.with(KeyFlags::UPDATE))
    }

    /// A remark for readers.
    #[must_use]
    pub const fn notes(mut self, notes: &'static str) -> Self {
        self.notes = notes;
        self
    }

    /// The argument of a specification of one key at a fixed place: most are.
    pub const fn single(&self) -> Option<usize> {
        match (self.begin, self.find) {
            (BeginSearch::Index(index), FindKeys::Range { last: 0, .. }) => Some(index as usize),
            _ => None,
        }
    }

    /// Adds the arguments that this specification names as keys to `found`. Unknown specifications add none.
    ///
    /// # Errors
    /// [`NoKeys`] when the arguments are too few or a number of keys is not one.
    pub fn find(&self, argv: &[&[u8]], found: &mut KeyIndexes) -> Result<(), NoKeys> {
        if let Some(compute) = self.computed {
            found.extend(compute(argv).map(|index| index as u32));
            return Ok(());
        }
        let Some(begin) = self.begin(argv) else {
            return Ok(());
        };
        let (first, last, step) = match self.find {
            FindKeys::Unknown => return Ok(()),
            FindKeys::Range { last, step, limit } => {
                let end = argv.len() as i64 - 1;
                let last = match (last, limit) {
                    (0.., _) => begin + i64::from(last),
                    (_, 0 | 1) => end + 1 + i64::from(last),
                    (_, limit) => {
                        begin + (argv.len() as i64 - begin) / i64::from(limit) + i64::from(last)
                    }
                };
                (begin, last, step)
            }
            FindKeys::KeyNum {
                number_at,
                first,
                step,
            } => {
                let number = argv
                    .get((begin + i64::from(number_at)) as usize)
                    .ok_or(NoKeys)?;
                let number = ferrous_types::number::parse_canonical_int(number).ok_or(NoKeys)?;
                if number < 1 || number > argv.len() as i64 {
                    return Err(NoKeys);
                }
                let first = begin + i64::from(first);
                (first, first + (number - 1) * i64::from(step), step)
            }
        };
        if last >= argv.len() as i64 {
            return Err(NoKeys);
        }
        found.extend(
            (first..=last)
                .step_by(usize::from(step))
                .map(|index| index as u32),
        );
        Ok(())
    }

    fn begin(&self, argv: &[&[u8]]) -> Option<i64> {
        let matches =
            |index: &usize, keyword: &str| argv[*index].eq_ignore_ascii_case(keyword.as_bytes());
        match self.begin {
            BeginSearch::Unknown => None,
            BeginSearch::Index(index) => Some(i64::from(index)),
            BeginSearch::Keyword {
                keyword,
                start_from,
            } => {
                let found = if start_from >= 0 {
                    (start_from as usize..argv.len()).find(|index| matches(index, keyword))
                } else {
                    let from = argv
                        .len()
                        .checked_sub(usize::from(start_from.unsigned_abs()))?;
                    (1..=from).rev().find(|index| matches(index, keyword))
                };
                found.map(|index| index as i64 + 1)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(spec: KeySpec, argv: &str, expected: Option<&[u32]>) {
        let argv: Vec<&[u8]> = argv.split(' ').map(str::as_bytes).collect();
        let mut found = KeyIndexes::new();
        let outcome = spec.find(&argv, &mut found).map(|()| found.as_slice());
        assert_eq!(outcome.ok(), expected);
    }

    #[test]
    fn ranges_count_from_the_beginning_or_the_end() {
        check(KeySpec::at(1), "get k", Some(&[1]));
        check(KeySpec::range(1, -1, 2), "mset a 1 b 2", Some(&[1, 3]));
        check(KeySpec::range(1, 1, 1), "rename a b", Some(&[1, 2]));
        check(KeySpec::range(1, -2, 1), "blpop a b 0", Some(&[1, 2]));
        check(KeySpec::at(2), "object encoding", None);
    }

    #[test]
    fn counted_keys_must_all_be_there() {
        check(KeySpec::counted(1, 1), "sintercard 2 a b", Some(&[2, 3]));
        check(KeySpec::counted(1, 1), "sintercard 3 a b", None);
        check(KeySpec::counted(1, 1), "sintercard 0 a b", None);
        check(KeySpec::counted(1, 1), "sintercard x a b", None);
        check(
            KeySpec::counted(1, 1),
            "sintercard 9223372036854775807 a b",
            None,
        );
        check(KeySpec::counted(1, 2), "msetex 2 a 1 b 2", Some(&[2, 4]));
    }

    #[test]
    fn keywords_are_looked_for_from_either_end() {
        check(
            KeySpec::after("STREAMS", 1, -1, 1, 2),
            "xread count 2 streams a b 0 0",
            Some(&[4, 5]),
        );
        check(
            KeySpec::after("KEYS", -2, -1, 1, 0),
            "migrate h 1 - 0 5 keys a b",
            Some(&[7, 8]),
        );
    }
}
