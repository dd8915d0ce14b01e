//! A line of a manifest: one file of a log.
//!
//! ```text
//! file appendonly.aof.2.incr.aof seq 2 type i [startoffset 100] [endoffset 900]
//! ```
//!
//! Keys come in any order and with any case; unknown ones are passed over. A name with blanks or other
//! special characters is quoted, as arguments of inline commands are.

use std::fmt;

use ferrous_resp::{quote_into, split_line};

/// What a file of a log is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FileKind {
    /// A whole keyspace, to start from.
    Base,
    /// No longer part of the log, and to be deleted.
    History,
    /// Commands.
    Increment,
}

impl FileKind {
    fn letter(self) -> char {
        match self {
            Self::Base => 'b',
            Self::History => 'h',
            Self::Increment => 'i',
        }
    }
}

/// A file of a log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogFile {
    /// The name, without a path.
    pub name: String,
    /// The number among the files of its kind, from 1.
    pub seq: i64,
    /// What it is for.
    pub kind: FileKind,
    /// The replication offset at which an increment starts, where that is recorded.
    pub start_offset: Option<i64>,
    /// The replication offset at which an increment ends, where that is recorded.
    pub end_offset: Option<i64>,
}

/// A manifest that cannot be used: which line, and why.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("AOF manifest line {line}: {reason}")]
pub struct ManifestError {
    /// The line, from 1; 0 for the file as a whole.
    pub line: usize,
    /// What is wrong with it.
    pub reason: ManifestReason,
}

/// What is wrong with a manifest, in the words that released servers log.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ManifestReason {
    /// It has no line.
    #[error("Found an empty AOF manifest")]
    Empty,
    /// A line is longer than any name and numbers take.
    #[error("The AOF manifest file contains too long line")]
    TooLong,
    /// A line is not keys and values, or lacks one.
    #[error("Invalid AOF manifest file format: not 'file NAME seq NUMBER type LETTER'")]
    BadFormat,
    /// A name is a path, which would lead out of the directory.
    #[error("File can't be a path, just a filename")]
    Path,
    /// A type is none of b, h and i.
    #[error("Unknown AOF file type: none of b, h and i")]
    BadType,
    /// There are two bases.
    #[error("Found duplicate base file information")]
    SecondBase,
    /// Increments are out of order.
    #[error("Found a non-monotonic sequence number: it does not exceed the one before it")]
    Unsorted,
}

impl LogFile {
    /// A file with no offsets recorded.
    pub fn new(name: impl Into<String>, seq: i64, kind: FileKind) -> Self {
        Self {
            name: name.into(),
            seq,
            kind,
            start_offset: None,
            end_offset: None,
        }
    }

    /// The file that a line tells.
    pub(super) fn parse(line: &[u8]) -> Result<Self, ManifestReason> {
        let words = split_line(line.trim_ascii()).ok_or(ManifestReason::BadFormat)?;
        let words: Vec<&str> = words
            .iter()
            .map(|word| std::str::from_utf8(word).map_err(|_| ManifestReason::BadFormat))
            .collect::<Result<_, _>>()?;
        if words.len() < 6 || !words.len().is_multiple_of(2) {
            return Err(ManifestReason::BadFormat);
        }
        let value = |key: &str| {
            let mut pairs = words.chunks_exact(2).rev();
            pairs
                .find(|pair| pair[0].eq_ignore_ascii_case(key))
                .map(|pair| pair[1])
        };
        let number = |key: &str| value(key).and_then(|value| value.parse().ok());
        let seq = number("seq").filter(|&seq| seq != 0);
        let letter = value("type").and_then(|value| value.chars().next());
        let (Some(name), Some(seq), Some(letter)) = (value("file"), seq, letter) else {
            return Err(ManifestReason::BadFormat);
        };
        if name.contains(['/', '\\']) {
            return Err(ManifestReason::Path);
        }
        let kinds = [FileKind::Base, FileKind::History, FileKind::Increment];
        let kind = kinds.into_iter().find(|kind| kind.letter() == letter);
        Ok(Self {
            name: name.into(),
            seq,
            kind: kind.ok_or(ManifestReason::BadType)?,
            start_offset: number("startoffset"),
            end_offset: number("endoffset"),
        })
    }
}

/// The line, without its end.
impl fmt::Display for LogFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("file ")?;
        write_name(&self.name, f)?;
        write!(f, " seq {} type {}", self.seq, self.kind.letter())?;
        if let Some(offset) = self.start_offset {
            write!(f, " startoffset {offset}")?;
        }
        if let Some(offset) = self.end_offset {
            write!(f, " endoffset {offset}")?;
        }
        Ok(())
    }
}

/// Writes a name, quoted when it has to be.
fn write_name(name: &str, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    let is_plain = |byte: u8| byte.is_ascii_graphic() && !matches!(byte, b'"' | b'\'' | b'\\');
    if !name.is_empty() && name.bytes().all(is_plain) {
        return f.write_str(name);
    }
    let mut quoted = Vec::new();
    quote_into(&mut quoted, name.as_bytes());
    f.write_str(&String::from_utf8_lossy(&quoted))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_come_back() {
        for name in [
            "appendonly.aof.1.incr.aof",
            "my log.aof",
            "quo\"te's",
            "tab\t\u{e4}",
            "",
        ] {
            let file = LogFile {
                start_offset: Some(12),
                end_offset: Some(-3),
                ..LogFile::new(name, 7, FileKind::Increment)
            };
            assert_eq!(LogFile::parse(file.to_string().as_bytes()), Ok(file));
        }
        let file = LogFile::new("a b", 1, FileKind::Base);
        assert_eq!(file.to_string(), "file \"a b\" seq 1 type b");
    }

    #[test]
    fn keys_in_any_order_and_unknown_ones() {
        let file = LogFile::parse(b" TYPE history Seq 3 shoe 42 File f \r").unwrap();
        assert_eq!(file, LogFile::new("f", 3, FileKind::History));
    }

    #[test]
    fn tells_what_is_wrong() {
        let check = |line: &str, reason| assert_eq!(LogFile::parse(line.as_bytes()), Err(reason));
        check("", ManifestReason::BadFormat);
        check("file f seq 1", ManifestReason::BadFormat);
        check("file f seq 1 type", ManifestReason::BadFormat);
        check("file f seq 0 type b", ManifestReason::BadFormat);
        check("file f seq x type b", ManifestReason::BadFormat);
        check("file \"f seq 1 type b", ManifestReason::BadFormat);
        check("*1 f seq 1 type b", ManifestReason::BadFormat);
        check("file ../f seq 1 type b", ManifestReason::Path);
        check("file a\\f seq 1 type b", ManifestReason::Path);
        check("file f seq 1 type x", ManifestReason::BadType);
    }
}
