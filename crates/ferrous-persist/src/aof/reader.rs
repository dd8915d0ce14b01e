//! Reading a log, entry by entry.

use std::io::Read;

use ferrous_resp::{Arguments, Limits, Request, RequestParser, Status};

use super::error::{AofError, AofReason};
use crate::input::Input;
use crate::rdb::{RdbError, RdbReader, ReadOptions};

/// Longer annotations are not annotations.
const ANNOTATION_BYTES_MAX: usize = 1024;

/// The beginning of a file of a log: a snapshot, or commands.
#[derive(Debug)]
pub enum AofReader<R> {
    /// A snapshot. Once read to its end, [`CommandReader::after`] reads what follows.
    Preamble(RdbReader<R>),
    /// Commands from the start.
    Commands(CommandReader<R>),
}

impl<R: Read> AofReader<R> {
    /// Looks at how `source` begins. The options are for a snapshot.
    ///
    /// # Errors
    /// When the source begins like a snapshot that cannot be read.
    pub fn new(source: R, options: ReadOptions) -> Result<Self, RdbError> {
        let mut input = Input::new(source);
        // Neither letter begins a command. A source that fails here fails again when it is read.
        match input.peek(1) {
            Ok([b'R' | b'V']) => Ok(Self::Preamble(RdbReader::from_input(input, options)?)),
            _ => Ok(Self::Commands(CommandReader::from_input(input))),
        }
    }
}

/// An entry of a log.
#[derive(Debug, Clone, Copy)]
pub enum Entry<'a> {
    /// A command with its arguments.
    Command(Request<'a>),
    /// When the commands that follow were executed, in seconds since 1970.
    Timestamp(i64),
}

/// Reads commands from any source of bytes, in constant memory but for the largest command.
///
/// ```
/// use ferrous_persist::aof::{CommandReader, Entry};
///
/// let log = b"#TS:1700000000\r\n*2\r\n$3\r\nDEL\r\n$1\r\nk\r\n*2\r\n$3\r\nDE";
/// let mut reader = CommandReader::new(&log[..]);
/// assert!(matches!(reader.next_entry()?, Some(Entry::Timestamp(1_700_000_000))));
/// let Some(Entry::Command(command)) = reader.next_entry()? else { panic!() };
/// assert_eq!(command.get(1), Some(&b"k"[..]));
/// let error = reader.next_entry().unwrap_err();
/// assert!(error.is_truncated());
/// assert_eq!(error.good_bytes, 36);
/// # Ok::<(), ferrous_persist::aof::AofError>(())
/// ```
#[derive(Debug)]
pub struct CommandReader<R> {
    input: Input<R>,
    parser: RequestParser,
    arguments: Arguments,
    in_transaction: bool,
    /// Where the last entry ends that may be the last one.
    good_bytes: u64,
}

/// How an entry begins.
enum Start {
    End,
    Command,
    Annotation,
}

impl<R: Read> CommandReader<R> {
    /// A reader of commands from the start of `source`.
    pub fn new(source: R) -> Self {
        Self::from_input(Input::new(source))
    }

    /// A reader of the commands that follow a snapshot, which has been read to its end. Offsets go on from
    /// the start of the file.
    pub fn after(preamble: RdbReader<R>) -> Self {
        Self::from_input(preamble.into_input())
    }

    fn from_input(mut input: Input<R>) -> Self {
        input.release();
        let good_bytes = input.offset();
        Self {
            input,
            parser: RequestParser::default(),
            arguments: Arguments::default(),
            in_transaction: false,
            good_bytes,
        }
    }

    /// Bytes read so far, from the start of the file.
    pub fn offset(&self) -> u64 {
        self.input.offset()
    }

    /// Bytes from the start of the file that hold whole entries and whole transactions.
    pub fn good_bytes(&self) -> u64 {
        self.good_bytes
    }

    /// True between MULTI and EXEC. A caller holds commands back until then, since the end of the file may
    /// come first.
    pub fn in_transaction(&self) -> bool {
        self.in_transaction
    }

    /// The next entry, `None` at the end. Annotations other than timestamps are passed over.
    ///
    /// # Errors
    /// When the source fails, holds what is no command, or ends too early.
    pub fn next_entry(&mut self) -> Result<Option<Entry<'_>>, AofError> {
        loop {
            self.input.release();
            match self.start().map_err(|reason| self.error(reason))? {
                Start::End => return Ok(None),
                Start::Command => return self.command().map(Entry::Command).map(Some),
                Start::Annotation => {
                    let seconds = self.annotation().map_err(|reason| self.error(reason))?;
                    if let Some(seconds) = seconds {
                        return Ok(Some(Entry::Timestamp(seconds)));
                    }
                }
            }
        }
    }

    fn start(&mut self) -> Result<Start, AofReason> {
        match *self.input.peek(2)? {
            [] if self.in_transaction => Err(AofReason::OpenTransaction),
            [] => Ok(Start::End),
            // A count of zero or less is no command, although a client may send it.
            [b'*', b'1'..=b'9'] | [b'*'] => Ok(Start::Command),
            [b'#', ..] => Ok(Start::Annotation),
            [byte, ..] => Err(AofReason::BadStart(byte)),
        }
    }

    fn annotation(&mut self) -> Result<Option<i64>, AofReason> {
        let line = self
            .input
            .line(ANNOTATION_BYTES_MAX)?
            .ok_or(AofReason::BadAnnotation)?;
        let line = std::str::from_utf8(self.input.slice(line)).ok();
        let seconds = line.and_then(|line| line.strip_prefix("#TS:"));
        Ok(seconds.and_then(|seconds| seconds.trim_end().parse().ok()))
    }

    fn command(&mut self) -> Result<Request<'_>, AofError> {
        let end = self.parse().map_err(|reason| self.error(reason))?;
        let command = self.input.take(end as u64);
        let command = command.map_err(|error| self.error(error.into()))?;
        let request = self.arguments.request(self.input.slice(command));
        let is = |name: &[u8]| {
            request
                .get(0)
                .is_some_and(|word| word.eq_ignore_ascii_case(name))
        };
        if is(b"multi") {
            self.in_transaction = true;
        } else if is(b"exec") || is(b"discard") {
            self.in_transaction = false;
        }
        if !self.in_transaction {
            self.good_bytes = self.input.offset();
        }
        Ok(request)
    }

    /// Finds the arguments of the next command; returns how many bytes it has.
    fn parse(&mut self) -> Result<usize, AofReason> {
        // What was accepted once has to be accepted again, whatever the limits are now.
        let limits = Limits {
            bulk_bytes_max: isize::MAX as usize,
            authenticated: true,
        };
        self.arguments.clear();
        loop {
            let ahead = self.input.ahead();
            let status = self.parser.next(ahead, 0, &limits, &mut self.arguments);
            match status.map_err(AofReason::BadCommand)? {
                Status::Complete { end } => return Ok(end),
                Status::Incomplete { missing, .. } => self.input.read_ahead(missing)?,
            }
        }
    }

    #[cold]
    fn error(&self, reason: AofReason) -> AofError {
        AofError {
            offset: self.input.item_offset(),
            good_bytes: self.good_bytes,
            reason,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Reads all entries as text; the end is `.` or the error.
    #[track_caller]
    fn check(log: &[u8], expected: &[&str]) {
        let mut reader = CommandReader::new(log);
        let mut found = Vec::new();
        let end = loop {
            match reader.next_entry() {
                Ok(Some(Entry::Command(command))) => {
                    let words = command.iter().map(|word| word.escape_ascii().to_string());
                    found.push(words.collect::<Vec<_>>().join(" "));
                }
                Ok(Some(Entry::Timestamp(seconds))) => found.push(format!("at {seconds}")),
                Ok(None) => break ".".into(),
                Err(error) => break format!("{error}; good to {}", error.good_bytes),
            }
        };
        found.push(end);
        assert_eq!(found, expected);
    }

    #[test]
    fn commands_and_annotations() {
        check(b"", &["."]);
        check(b"*1\r\n$4\r\nPING\r\n", &["PING", "."]);
        check(
            b"#TS:17\r\n#other\r\n*1\r\n$2\r\nOK\r\n",
            &["at 17", "OK", "."],
        );
        check(
            b"*2\r\n$3\r\nGET\r\n$3\r\n\r\n\0\r\n",
            &["GET \\r\\n\\x00", "."],
        );
    }

    #[test]
    fn truncated_tails() {
        let cut = "the file ends within a command";
        let expected = format!("AOF offset 12: {cut}; good to 12");
        check(b"*1\r\n$2\r\nOK\r\n*", &["OK", &expected]);
        check(b"*1\r\n$2\r\nOK\r\n*1\r\n$99\r\nx", &["OK", &expected]);
        let open = "AOF offset 39: the file ends within a transaction; good to 12";
        let multi = b"*1\r\n$2\r\nOK\r\n*1\r\n$5\r\nMULTI\r\n*1\r\n$2\r\nOK\r\n";
        check(multi, &["OK", "MULTI", "OK", open]);
        let closed = b"*1\r\n$5\r\nmulti\r\n*1\r\n$4\r\nEXEC\r\n#TS";
        let cut = "AOF offset 29: the file ends within a command; good to 29";
        check(closed, &["multi", "EXEC", cut]);
    }

    #[test]
    fn what_is_no_log() {
        let what = "begins neither a command nor an annotation";
        let start = |byte| format!("AOF offset 0: byte {byte} {what}; good to 0");
        check(b"PING\r\n", &[&start("0x50")]);
        check(b"*0\r\n", &[&start("0x2a")]);
        check(b"\0\0\0", &[&start("0x00")]);
        let bad = "AOF offset 0: Protocol error: expected '$', got 'x'; good to 0";
        check(b"*1\r\nx2\r\nOK\r\n", &[bad]);
        let mut long = vec![b'#'; 2_000];
        check(
            &long,
            &["AOF offset 0: an annotation does not end; good to 0"],
        );
        long.truncate(10);
        check(
            &long,
            &["AOF offset 0: the file ends within a command; good to 0"],
        );
    }
}
