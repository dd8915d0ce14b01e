//! What a command answers when it refuses: the exact texts that clients match on, all of them here.

use std::borrow::Cow;
use std::fmt;

/// An error reply, without the leading `-` and the line end. Its first word is its code.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CommandError(Cow<'static, str>);

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
        Self(Cow::Borrowed(text))
    }

    /// An error with a text made for the occasion; its first word is its code.
    pub fn new(text: impl Into<String>) -> Self {
        Self(Cow::Owned(text.into()))
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
        let word = String::from_utf8_lossy(&word[..word.len().min(128)]).into_owned();
        Self::new(format!(
            "ERR unknown subcommand '{word}'. Try {} HELP.",
            container.to_ascii_uppercase()
        ))
    }

    /// `bytes` as released servers show them in an error: up to the first NUL.
    pub fn shown(bytes: &[u8]) -> Cow<'_, str> {
        let end = bytes.iter().position(|&byte| byte == 0);
        String::from_utf8_lossy(&bytes[..end.unwrap_or(bytes.len())])
    }

    /// A subcommand does not take these arguments.
    pub fn subcommand_syntax(word: &[u8], container: &str) -> Self {
        let word = String::from_utf8_lossy(&word[..word.len().min(128)]).into_owned();
        Self::new(format!(
            "ERR unknown subcommand or wrong number of arguments for '{word}'. Try {} HELP.",
            container.to_ascii_uppercase()
        ))
    }

    /// No command has this name; the first arguments are quoted back, as far as they fit.
    pub fn unknown_command<A: AsRef<[u8]>>(argv: &[A]) -> Self {
        const SHOWN: usize = 128;
        let clip = |text: &[u8], room: usize| {
            String::from_utf8_lossy(&text[..text.len().min(room)]).into_owned()
        };
        let name = argv
            .first()
            .map_or_else(String::new, |name| clip(name.as_ref(), SHOWN));
        let mut quoted = String::new();
        for arg in argv.iter().skip(1) {
            if quoted.len() >= SHOWN {
                break;
            }
            let room = SHOWN - quoted.len();
            quoted.extend(["'", &clip(arg.as_ref(), room), "' "]);
        }
        Self::new(format!(
            "ERR unknown command '{name}', with args beginning with: {quoted}"
        ))
    }

    /// The whole text, code first.
    pub fn text(&self) -> &str {
        &self.0
    }

    /// The first word, under which `INFO errorstats` counts it.
    pub fn code(&self) -> &str {
        self.0.split(' ').next().unwrap_or_default()
    }
}

impl fmt::Display for CommandError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for CommandError {}
