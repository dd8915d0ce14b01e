//! The list of the files that a log consists of, and how it changes.
//!
//! A rewrite goes in steps, each of which leaves a manifest that loads to the same keyspace: a new increment
//! is begun, the base is written aside, and then takes the place of the old base and of all increments but the new
//! one, which become history and are deleted.

use std::fmt;

use super::manifest_file::{FileKind, LogFile, ManifestError, ManifestReason};

/// Longer lines are refused.
const LINE_BYTES_MAX: usize = 1024;

/// How a base holds the keyspace.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BaseFormat {
    /// As a snapshot.
    Rdb,
    /// As commands.
    Commands,
}

/// The files of a log.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Manifest {
    /// What to start from.
    pub base: Option<LogFile>,
    /// What is left to delete.
    pub history: Vec<LogFile>,
    /// Commands to replay, in order.
    pub increments: Vec<LogFile>,
}

impl Manifest {
    /// The manifest in `text`: one file per line, `#` begins a comment.
    ///
    /// # Errors
    /// The first line that is wrong.
    pub fn parse(text: &[u8]) -> Result<Self, ManifestError> {
        let mut manifest = Self::default();
        if text.is_empty() {
            return Err(ManifestError {
                line: 0,
                reason: ManifestReason::Empty,
            });
        }
        let text = text.strip_suffix(b"\n").unwrap_or(text);
        for (index, line) in text.split(|&byte| byte == b'\n').enumerate() {
            if !line.starts_with(b"#") {
                let added = manifest.add_line(line);
                added.map_err(|reason| ManifestError {
                    line: index + 1,
                    reason,
                })?;
            }
        }
        Ok(manifest)
    }

    /// The manifest of a log that was one file so far.
    pub fn of_single_file(name: impl Into<String>) -> Self {
        Self {
            base: Some(LogFile::new(name, 1, FileKind::Base)),
            ..Self::default()
        }
    }

    /// The files to load, in order.
    pub fn files(&self) -> impl DoubleEndedIterator<Item = &LogFile> {
        self.base.iter().chain(&self.increments)
    }

    /// Begins an increment called after `prefix`, the configured name of the log.
    pub fn begin_increment(&mut self, prefix: &str) -> &LogFile {
        let seq = self.last_increment() + 1;
        let name = format!("{prefix}.{seq}.incr.aof");
        self.increments
            .push(LogFile::new(name, seq, FileKind::Increment));
        &self.increments[self.increments.len() - 1]
    }

    /// Puts a new base in the place of the old one and of all increments but the last `kept`, which hold what came
    /// after it. The others become history.
    pub fn replace_base(&mut self, prefix: &str, format: BaseFormat, kept: usize) -> &LogFile {
        let seq = self.base.as_ref().map_or(0, |base| base.seq) + 1;
        let suffix = match format {
            BaseFormat::Rdb => "rdb",
            BaseFormat::Commands => "aof",
        };
        let replayed = self.increments.len().saturating_sub(kept);
        let obsolete = self
            .base
            .take()
            .into_iter()
            .chain(self.increments.drain(..replayed));
        self.history.extend(obsolete.map(|file| LogFile {
            kind: FileKind::History,
            ..file
        }));
        let name = format!("{prefix}.{seq}.base.{suffix}");
        self.base.insert(LogFile::new(name, seq, FileKind::Base))
    }

    /// Takes out the files that are no longer part of the log.
    pub fn take_history(&mut self) -> Vec<LogFile> {
        std::mem::take(&mut self.history)
    }

    fn add_line(&mut self, line: &[u8]) -> Result<(), ManifestReason> {
        if line.len() >= LINE_BYTES_MAX {
            return Err(ManifestReason::TooLong);
        }
        let file = LogFile::parse(line)?;
        match file.kind {
            FileKind::Base if self.base.is_some() => return Err(ManifestReason::SecondBase),
            FileKind::Base => self.base = Some(file),
            FileKind::History => self.history.push(file),
            FileKind::Increment if file.seq <= self.last_increment() => {
                return Err(ManifestReason::Unsorted);
            }
            FileKind::Increment => self.increments.push(file),
        }
        Ok(())
    }

    fn last_increment(&self) -> i64 {
        self.increments.last().map_or(0, |file| file.seq)
    }
}

/// The text to store, which [`Manifest::parse`] reads.
impl fmt::Display for Manifest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut files = self
            .base
            .iter()
            .chain(&self.history)
            .chain(&self.increments);
        files.try_for_each(|file| writeln!(f, "{file}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rewrite_keeps_what_is_needed() {
        let mut manifest = Manifest::of_single_file("appendonly.aof");
        assert_eq!(
            manifest.begin_increment("appendonly.aof").name,
            "appendonly.aof.1.incr.aof"
        );
        manifest.begin_increment("appendonly.aof");
        let base = manifest.replace_base("appendonly.aof", BaseFormat::Rdb, 1);
        assert_eq!(base.name, "appendonly.aof.2.base.rdb");
        let expected = "\
            file appendonly.aof.2.base.rdb seq 2 type b\n\
            file appendonly.aof seq 1 type h\n\
            file appendonly.aof.1.incr.aof seq 1 type h\n\
            file appendonly.aof.2.incr.aof seq 2 type i\n";
        assert_eq!(manifest.to_string(), expected);
        assert_eq!(Manifest::parse(expected.as_bytes()).unwrap(), manifest);
        assert_eq!(manifest.take_history().len(), 2);
        let files: Vec<_> = manifest.files().map(|file| &*file.name).collect();
        assert_eq!(
            files,
            ["appendonly.aof.2.base.rdb", "appendonly.aof.2.incr.aof"]
        );
        // A base that nothing has been appended to since.
        manifest.replace_base("appendonly.aof", BaseFormat::Commands, 0);
        let files: Vec<_> = manifest.files().map(|file| &*file.name).collect();
        assert_eq!(files, ["appendonly.aof.3.base.aof"]);
    }

    #[track_caller]
    fn check(text: &str, line: usize, reason: ManifestReason) {
        assert_eq!(
            Manifest::parse(text.as_bytes()),
            Err(ManifestError { line, reason })
        );
    }

    #[test]
    fn tells_which_line_is_wrong() {
        check("", 0, ManifestReason::Empty);
        check("\n", 1, ManifestReason::BadFormat);
        check("file a seq 1 type b\n\n", 2, ManifestReason::BadFormat);
        let twice = "# a comment\nfile a seq 1 type b\nfile b seq 2 type b\n";
        check(twice, 3, ManifestReason::SecondBase);
        let unsorted = "file a seq 2 type i\nfile b seq 2 type i\n";
        check(unsorted, 2, ManifestReason::Unsorted);
        let long = format!("file {} seq 1 type b\n", "x".repeat(1024));
        check(&long, 1, ManifestReason::TooLong);
    }

    #[test]
    fn a_base_may_come_last() {
        let manifest = Manifest::parse(b"file i seq 1 type i\nfile b seq 4 type b").unwrap();
        let files: Vec<_> = manifest.files().map(|file| &*file.name).collect();
        assert_eq!(files, ["b", "i"]);
    }
}
