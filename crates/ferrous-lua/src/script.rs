//! A script as it arrives: its digest, what its first line says, and the source for Lua.

use std::fmt;

use thiserror::Error;

use crate::flags::Flags;

/// The SHA1 digest of a script in lower-case hexadecimal digits, which is its name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Sha1([u8; 40]);

impl Sha1 {
    /// The digest of `text`.
    pub fn of(text: &[u8]) -> Self {
        const DIGITS: &[u8; 16] = b"0123456789abcdef";
        let digest = <sha1::Sha1 as sha1::Digest>::digest(text);
        let mut digits = [0; 40];
        for (pair, byte) in digits.chunks_exact_mut(2).zip(digest) {
            pair[0] = DIGITS[usize::from(byte >> 4)];
            pair[1] = DIGITS[usize::from(byte & 15)];
        }
        Self(digits)
    }

    /// The digest that `digits` write out, in capitals or not; `None` when they are not 40 bytes.
    ///
    /// Bytes that are no digits are taken: no script has such a digest.
    pub fn from_digits(digits: &[u8]) -> Option<Self> {
        let mut digits = <[u8; 40]>::try_from(digits).ok()?;
        digits.make_ascii_lowercase();
        Some(Self(digits))
    }

    /// The digits.
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// The digits.
    pub fn as_str(&self) -> &str {
        std::str::from_utf8(&self.0).unwrap_or_default()
    }
}

impl fmt::Display for Sha1 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Why the first line of a script or library is refused, in the words of released servers.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum ShebangError {
    /// It has no end.
    #[error("Invalid script shebang")]
    Unterminated,
    /// It names another language.
    #[error("Unexpected engine in script shebang: {0}")]
    Engine(String),
    /// It says something that is not defined.
    #[error("Unknown lua shebang option: {0}")]
    Option(String),
    /// It has a flag that is not defined.
    #[error("Unexpected flag in script shebang: {0}")]
    Flag(String),
}

/// A script for EVAL.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Script {
    sha1: Sha1,
    body: Box<[u8]>,
    /// How many bytes the first line takes when it is one of flags.
    shebang_bytes: usize,
    flags: Flags,
}

impl Script {
    /// Reads a script.
    ///
    /// # Errors
    /// When it begins with `#!` and that line is not as it must be.
    pub fn new(body: &[u8]) -> Result<Self, ShebangError> {
        let sha1 = Sha1::of(body);
        let (shebang_bytes, flags) = read_shebang(body)?;
        Ok(Self {
            sha1,
            body: body.into(),
            shebang_bytes,
            flags,
        })
    }

    /// Its name.
    pub fn sha1(&self) -> Sha1 {
        self.sha1
    }

    /// All of it, as it arrived.
    pub fn body(&self) -> &[u8] {
        &self.body
    }

    /// What its first line says; [`Flags::COMPATIBLE`] when it has none.
    pub fn flags(&self) -> Flags {
        self.flags
    }

    /// What Lua gets to see: the first line is empty when it was one of flags.
    pub(crate) fn source(&self) -> &[u8] {
        &self.body[self.shebang_bytes..]
    }
}

fn read_shebang(body: &[u8]) -> Result<(usize, Flags), ShebangError> {
    if !body.starts_with(b"#!") {
        return Ok((0, Flags::COMPATIBLE));
    }
    let end = body
        .iter()
        .position(|byte| *byte == b'\n')
        .ok_or(ShebangError::Unterminated)?;
    let line = String::from_utf8_lossy(&body[..end]).into_owned();
    let mut words = line.split_ascii_whitespace();
    let engine = words.next().unwrap_or_default();
    if engine != "#!lua" {
        return Err(ShebangError::Engine(engine.to_owned()));
    }
    let mut flags = Flags::NONE;
    for option in words {
        let Some(listed) = option.strip_prefix("flags=") else {
            return Err(ShebangError::Option(option.to_owned()));
        };
        for flag in listed.split(',').filter(|flag| !flag.is_empty()) {
            flags |=
                Flags::named(flag.as_bytes()).ok_or_else(|| ShebangError::Flag(flag.to_owned()))?;
        }
    }
    Ok((end, flags))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn refused(body: &str, message: &str) {
        let error = Script::new(body.as_bytes()).expect_err("the first line is refused");
        assert_eq!(error.to_string(), message);
    }

    #[test]
    fn digests() {
        let sha1 = Sha1::of(b"1");
        assert_eq!(sha1.to_string(), "356a192b7913b04c54574d18c28d46e6395428ab");
        let upper = sha1.as_str().to_ascii_uppercase();
        assert_eq!(Sha1::from_digits(upper.as_bytes()), Some(sha1));
        assert_eq!(Sha1::from_digits(b"356a"), None);
    }

    #[test]
    fn first_lines() {
        let plain = Script::new(b"return 1").expect("it has no first line of flags");
        assert_eq!(plain.flags(), Flags::COMPATIBLE);
        assert_eq!(plain.source(), b"return 1");
        let flagged = Script::new(b"#!lua flags=no-writes,allow-stale\nreturn 1")
            .expect("the flags are defined");
        assert_eq!(flagged.flags(), Flags::NO_WRITES | Flags::ALLOW_STALE);
        assert_eq!(flagged.source(), b"\nreturn 1");
    }

    #[test]
    fn refusals() {
        refused("#!lua", "Invalid script shebang");
        refused("#!js\n", "Unexpected engine in script shebang: #!js");
        refused("#!lua name=a\n", "Unknown lua shebang option: name=a");
        refused("#!lua flags=a\n", "Unexpected flag in script shebang: a");
    }
}
