//! How native functions fail, and what a failed call leaves.

use std::borrow::Cow;

use crate::state::{Kind, Stack};

/// What a native function returns: how many values on top are its results, or the error to raise.
pub(crate) type Outcome = Result<i32, Raise>;

/// An error to raise in a script.
#[derive(Debug)]
pub(crate) enum Raise {
    /// A string.
    Plain(Cow<'static, str>),
    /// A string behind the place of the call, as in `user_script:1: `.
    Here(Vec<u8>),
    /// A table whose `err` field is the text of an error reply.
    Reply(Vec<u8>),
    /// The value on top.
    Top,
}

impl Raise {
    /// A string.
    pub(crate) fn plain(message: impl Into<Cow<'static, str>>) -> Self {
        Self::Plain(message.into())
    }

    /// A string behind the place of the call.
    pub(crate) fn here(message: impl Into<Vec<u8>>) -> Self {
        Self::Here(message.into())
    }

    /// An error reply whose code is `ERR`.
    pub(crate) fn reply(message: impl AsRef<[u8]>) -> Self {
        Self::Reply([b"ERR ", message.as_ref()].concat())
    }

    /// Pushes the value to raise.
    #[cold]
    pub(crate) fn push(self, stack: &mut Stack<'_>) {
        match self {
            Self::Plain(message) => stack.push_bytes_anyway(message.as_bytes()),
            Self::Here(message) => {
                let place = stack.place(1);
                stack.push_bytes_anyway(&[place, message].concat());
            }
            Self::Reply(text) => {
                if push_error_table(stack, &text).is_err() {
                    stack.push_bytes_anyway(&text);
                }
            }
            Self::Top => {}
        }
    }
}

/// Pushes the table that stands for an error reply.
pub(crate) fn push_error_table(stack: &mut Stack<'_>, text: &[u8]) -> Result<(), Raise> {
    stack.push_table(0, 1)?;
    let table = stack.top();
    stack.push_bytes(text)?;
    stack.raw_set_field(table, "err")
}

/// How a protected call failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Failure {
    /// By an error, which the handler has seen.
    Error,
    /// For want of memory; the handler was not asked.
    Memory,
    /// The handler failed itself.
    Handler,
}

impl Stack<'_> {
    /// Where a level of the call stack is, as messages begin: `user_script:1: `, or nothing in native functions.
    pub(crate) fn place(&self, level: i32) -> Vec<u8> {
        let Some(level) = self.level(level) else {
            return Vec::new();
        };
        let Some(line) = level.line.filter(|line| *line > 0) else {
            return Vec::new();
        };
        [&level.short_source[..], format!(":{line}: ").as_bytes()].concat()
    }

    /// The error that an argument is not as it must be.
    #[cold]
    pub(crate) fn bad_argument(&self, number: i32, problem: &str) -> Raise {
        let level = self.level(0);
        let is_method = level.as_ref().is_some_and(|level| level.is_method);
        let name = level.and_then(|level| level.name);
        let name = name.as_deref().map_or("?".into(), String::from_utf8_lossy);
        let number = number - i32::from(is_method);
        Raise::here(if is_method && number == 0 {
            format!("calling '{name}' on bad self ({problem})")
        } else {
            format!("bad argument #{number} to '{name}' ({problem})")
        })
    }

    /// The error that an argument is of another type.
    #[cold]
    fn wrong_type(&self, number: i32, expected: &str) -> Raise {
        let got = self.kind(number).name();
        self.bad_argument(number, &format!("{expected} expected, got {got}"))
    }

    /// The number that an argument must be, or read as.
    pub(crate) fn check_number(&self, number: i32) -> Result<f64, Raise> {
        self.number(number)
            .ok_or_else(|| self.wrong_type(number, "number"))
    }

    /// The same, cut to a 32-bit integer as C does it.
    pub(crate) fn check_int(&self, number: i32) -> Result<i32, Raise> {
        self.check_number(number).map(|value| value as i64 as i32)
    }

    /// The text that an argument must be.
    pub(crate) fn check_text(&mut self, number: i32) -> Result<&[u8], Raise> {
        if !matches!(self.kind(number), Kind::String | Kind::Number) {
            return Err(self.wrong_type(number, "string"));
        }
        Ok(self.text(number).unwrap_or_default())
    }

    /// Refuses an argument that is no table.
    pub(crate) fn check_table(&self, number: i32) -> Result<(), Raise> {
        if self.kind(number) == Kind::Table {
            Ok(())
        } else {
            Err(self.wrong_type(number, "table"))
        }
    }
}

impl Kind {
    /// As `type` in Lua says it.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::None => "no value",
            Self::Nil => "nil",
            Self::Boolean => "boolean",
            Self::LightUserdata | Self::Userdata => "userdata",
            Self::Number => "number",
            Self::String => "string",
            Self::Table => "table",
            Self::Function => "function",
            Self::Thread => "thread",
        }
    }
}
