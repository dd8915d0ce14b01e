//! The arguments of one call, and the conversions that every command needs.

use ferrous_types::number;

use crate::error::{CommandError, CommandResult};
use crate::keyspace::Key;

/// The arguments of one call. Index 0 is the command's name; a subcommand's own word is index 1.
#[derive(Clone, Copy)]
pub struct Args<'a> {
    argv: &'a [&'a [u8]],
    /// The keys that were hashed when their partitions were locked, in the order of their arguments.
    keys: &'a [(u32, Key<'a>)],
}

impl<'a> Args<'a> {
    /// Arguments, with the keys among them that are already hashed.
    pub fn new(argv: &'a [&'a [u8]], keys: &'a [(u32, Key<'a>)]) -> Self {
        Self { argv, keys }
    }

    /// How many there are, the name included.
    #[allow(clippy::len_without_is_empty, reason = "a call has its name at least")]
    pub fn len(&self) -> usize {
        self.argv.len()
    }

    /// Argument `index`. The arity in the command's row is what makes it exist.
    pub fn get(&self, index: usize) -> &'a [u8] {
        self.argv[index]
    }

    /// Argument `index`, where it is optional.
    pub fn try_get(&self, index: usize) -> Option<&'a [u8]> {
        self.argv.get(index).copied()
    }

    /// The arguments from `index` on.
    pub fn from(&self, index: usize) -> &'a [&'a [u8]] {
        self.argv.get(index..).unwrap_or_default()
    }

    /// All of them, the name first.
    pub fn all(&self) -> &'a [&'a [u8]] {
        self.argv
    }

    /// True when argument `index` exists and is `word`, in any case. `word` is upper-case by convention.
    pub fn is(&self, index: usize, word: &str) -> bool {
        self.argv
            .get(index)
            .is_some_and(|arg| arg.eq_ignore_ascii_case(word.as_bytes()))
    }

    /// Argument `index` as a key that the command's row declares at this place. A key whose place depends on other
    /// arguments is there only once these are found to be right.
    #[inline]
    pub fn key(&self, index: usize) -> Key<'a> {
        match self.try_key(index) {
            Some(key) => key,
            None => unreachable!(
                "argument {index} of '{}' is no declared key",
                String::from_utf8_lossy(self.argv[0])
            ),
        }
    }

    /// Argument `index` as a key, if the command's row declares it as one.
    #[inline]
    pub fn try_key(&self, index: usize) -> Option<Key<'a>> {
        let found = self.keys.iter().find(|(at, _)| *at as usize == index);
        found.map(|(_, key)| *key)
    }

    /// Every declared key, in the order of the arguments.
    pub fn keys(&self) -> impl ExactSizeIterator<Item = Key<'a>> + Clone + use<'a> {
        self.keys.iter().map(|(_, key)| *key)
    }

    /// Argument `index` as a signed 64-bit integer in its canonical spelling.
    ///
    /// # Errors
    /// `ERR value is not an integer or out of range`.
    pub fn int(&self, index: usize) -> CommandResult<i64> {
        number::parse_canonical_int(self.argv[index]).ok_or(CommandError::NOT_INTEGER)
    }

    /// Argument `index` as a signed 32-bit integer.
    ///
    /// # Errors
    /// `ERR value is not an integer or out of range`, or one that names the range.
    pub fn int32(&self, index: usize) -> CommandResult<i32> {
        i32::try_from(self.int(index)?).map_err(|_| CommandError::NOT_INT32)
    }

    /// Argument `index` as an integer, or `error`.
    pub fn int_or(&self, index: usize, error: CommandError) -> CommandResult<i64> {
        number::parse_canonical_int(self.argv[index]).ok_or(error)
    }

    /// Argument `index` as a count of at least `min`, or `error`.
    pub fn count_or(&self, index: usize, min: i64, error: CommandError) -> CommandResult<usize> {
        number::parse_canonical_int(self.argv[index])
            .filter(|count| *count >= min)
            .and_then(|count| usize::try_from(count).ok())
            .ok_or(error)
    }

    /// Argument `index` as an integer whose sign is a choice, so that it must have an opposite.
    ///
    /// # Errors
    /// `ERR value is not an integer or out of range`, or one that names the range.
    pub fn signed(&self, index: usize) -> CommandResult<i64> {
        match self.int(index)? {
            i64::MIN => Err(CommandError::NO_OPPOSITE),
            int => Ok(int),
        }
    }
}
