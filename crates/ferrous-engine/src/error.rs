//! What a command answers when it refuses: the exact texts that clients match on, all of them here.

use std::borrow::Cow;
use std::fmt;

/// An error reply, without the leading `-` and the line end. Its first word is its code. It may quote what a client
/// sent, so that it is bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CommandError(Cow<'static, [u8]>);

/// As much of a word that a client sent is quoted at most, in bytes.
const SHOWN_MAX: usize = 128;

/// What running a command comes to: a reply written, or an error to write.
pub type CommandResult<T = ()> = Result<T, CommandError>;

impl CommandError {
    /// The key holds another type.
    pub const WRONG_TYPE: Self =
        Self::fixed("WRONGTYPE Operation against a key holding the wrong kind of value");
    /// The arguments do not fit the command's syntax.
    pub const SYNTAX: Self = Self::fixed("ERR syntax error");
    /// An argument or value that must be an integer is none.
    pub const NOT_INTEGER: Self = Self::fixed("ERR value is not an integer or out of range");
    /// An integer that must fit 32 bits does not.
    pub const NOT_INT32: Self =
        Self::fixed("ERR value is out of range, value must between -2147483648 and 2147483647");
    /// The integer that has no opposite, where its sign is a choice.
    pub const NO_OPPOSITE: Self = Self::fixed(
        "ERR value is out of range, value must between -9223372036854775807 and 9223372036854775807",
    );
    /// An argument or value that must be a float is none.
    pub const NOT_FLOAT: Self = Self::fixed("ERR value is not a valid float");
    /// A value is out of range.
    pub const OUT_OF_RANGE: Self = Self::fixed("ERR value is out of range");
    /// A value must be positive.
    pub const NOT_POSITIVE: Self = Self::fixed("ERR value is out of range, must be positive");
    /// The key must exist.
    pub const NO_SUCH_KEY: Self = Self::fixed("ERR no such key");
    /// Source and destination are one key in one database.
    pub const SAME_OBJECT: Self = Self::fixed("ERR source and destination objects are the same");
    /// No database has this index.
    pub const DB_INDEX: Self = Self::fixed("ERR DB index is out of range");
    /// A string would outgrow `proto-max-bulk-len`.
    pub const STRING_TOO_LONG: Self =
        Self::fixed("ERR string exceeds maximum allowed size (proto-max-bulk-len)");
    /// An integer would leave the range of 64 bits.
    pub const OVERFLOW: Self = Self::fixed("ERR increment or decrement would overflow");
    /// A decrement whose negation would overflow.
    pub const DECREMENT_OVERFLOW: Self = Self::fixed("ERR decrement would overflow");
    /// An increment is not a finite number.
    pub const NOT_FINITE: Self = Self::fixed("ERR increment would produce NaN or Infinity");
    /// An offset is negative.
    pub const OFFSET_RANGE: Self = Self::fixed("ERR offset is out of range");
    /// A bit offset is out of range.
    pub const BIT_OFFSET: Self = Self::fixed("ERR bit offset is not an integer or out of range");
    /// A bit is neither 0 nor 1.
    pub const BIT_VALUE: Self = Self::fixed("ERR bit is not an integer or out of range");
    /// A list has no element of this number.
    pub const INDEX_RANGE: Self = Self::fixed("ERR index out of range");
    /// No key is asked about.
    pub const NUMKEYS: Self = Self::fixed("ERR numkeys should be greater than 0");
    /// No element is asked for.
    pub const COUNT: Self = Self::fixed("ERR count should be greater than 0");
    /// There are fewer arguments than keys announced.
    pub const NUMKEYS_RANGE: Self =
        Self::fixed("ERR Number of keys can't be greater than number of args");
    /// A limit is no number or negative.
    pub const LIMIT: Self = Self::fixed("ERR LIMIT can't be negative");
    /// The data set is being loaded.
    pub const LOADING: Self = Self::fixed("LOADING Redis is loading the dataset in memory");
    /// `maxmemory` is reached.
    pub const OUT_OF_MEMORY: Self =
        Self::fixed("OOM command not allowed when used memory > 'maxmemory'.");
    /// A cursor is no number.
    pub const INVALID_CURSOR: Self = Self::fixed("ERR invalid cursor");
    /// A panic was caught while the command ran.
    pub const INTERNAL: Self = Self::fixed("ERR internal error, see the server's log");

    /// An error with a text known at compile time.
    pub const fn fixed(text: &'static str) -> Self {
        Self(Cow::Borrowed(text.as_bytes()))
    }

    /// An error with a text made for the occasion; its first word is its code.
    pub fn new(text: impl Into<String>) -> Self {
        Self(Cow::Owned(text.into().into_bytes()))
    }

    /// An error that quotes: the parts in turn, the first of which begins with the code.
    pub fn quoting<const N: usize>(parts: [&[u8]; N]) -> Self {
        Self(Cow::Owned(parts.concat()))
    }

    /// The command takes another number of arguments.
    pub fn arity(full_name: &str) -> Self {
        Self::new(format!(
            "ERR wrong number of arguments for '{full_name}' command"
        ))
    }

    /// An expiry time is zero, negative or past the end of time.
    pub fn invalid_expire(full_name: &str) -> Self {
        Self::new(format!("ERR invalid expire time in '{full_name}' command"))
    }

    /// A container has no such subcommand.
    pub fn unknown_subcommand(word: &[u8], container: &str) -> Self {
        Self::quoting([
            b"ERR unknown subcommand '",
            clipped(word, SHOWN_MAX),
            b"'. Try ",
            container.to_ascii_uppercase().as_bytes(),
            b" HELP.",
        ])
    }

    /// `bytes` as released servers show them in an error: up to the first NUL.
    pub fn shown(bytes: &[u8]) -> &[u8] {
        let end = bytes.iter().position(|&byte| byte == 0);
        &bytes[..end.unwrap_or(bytes.len())]
    }

    /// A subcommand does not take these arguments.
    pub fn subcommand_syntax(word: &[u8], container: &str) -> Self {
        Self::quoting([
            b"ERR unknown subcommand or wrong number of arguments for '",
            clipped(word, SHOWN_MAX),
            b"'. Try ",
            container.to_ascii_uppercase().as_bytes(),
            b" HELP.",
        ])
    }

    /// No command has this name; the first arguments are quoted back, as far as they fit.
    pub fn unknown_command<A: AsRef<[u8]>>(argv: &[A]) -> Self {
        let name = argv.first().map(AsRef::as_ref).unwrap_or_default();
        let mut quoted = Vec::new();
        for arg in argv.iter().skip(1) {
            if quoted.len() >= SHOWN_MAX {
                break;
            }
            let room = SHOWN_MAX - quoted.len();
            quoted.extend_from_slice(b"'");
            quoted.extend_from_slice(clipped(arg.as_ref(), room));
            quoted.extend_from_slice(b"' ");
        }
        Self::quoting([
            b"ERR unknown command '",
            clipped(name, SHOWN_MAX),
            b"', with args beginning with: ",
            &quoted,
        ])
    }

    /// The whole error, code first.
    pub fn bytes(&self) -> &[u8] {
        &self.0
    }

    /// The whole error for people to read.
    pub fn text(&self) -> Cow<'_, str> {
        String::from_utf8_lossy(&self.0)
    }

    /// The first word, under which `INFO errorstats` counts it.
    pub fn code(&self) -> &str {
        let word = self.0.split(|byte| *byte == b' ').next();
        word.and_then(|word| str::from_utf8(word).ok())
            .unwrap_or_default()
    }
}

fn clipped(text: &[u8], len: usize) -> &[u8] {
    &text[..text.len().min(len)]
}

impl fmt::Display for CommandError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text())
    }
}

impl std::error::Error for CommandError {}
