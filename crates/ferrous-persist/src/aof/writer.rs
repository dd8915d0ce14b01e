//! Writing a log, command by command.

use std::io::{self, Write};

use ferrous_resp::encode_command;

/// The size of a write.
const CHUNK_BYTES: usize = 64 * 1024;

/// Writes commands to any target, buffered.
#[derive(Debug)]
pub struct CommandWriter<W> {
    out: W,
    buffer: Vec<u8>,
    /// Bytes that have left the buffer.
    written: u64,
    /// The last timestamp, in seconds.
    timestamp: Option<i64>,
}

impl<W: Write> CommandWriter<W> {
    /// A writer to `out`, which holds no commands yet or whole ones.
    pub fn new(out: W) -> Self {
        Self {
            out,
            buffer: Vec::with_capacity(CHUNK_BYTES),
            written: 0,
            timestamp: None,
        }
    }

    /// Bytes taken so far, those in the buffer included.
    pub fn bytes_written(&self) -> u64 {
        self.written + self.buffer.len() as u64
    }

    /// Appends a command.
    ///
    /// # Errors
    /// When the target fails; the log is then torn behind the last [`Self::flush`].
    pub fn command<I>(&mut self, arguments: I) -> io::Result<()>
    where
        I: IntoIterator<IntoIter: ExactSizeIterator, Item: AsRef<[u8]>>,
    {
        encode_command(&mut self.buffer, arguments);
        self.drain_beyond(CHUNK_BYTES)
    }

    /// Says when the commands that follow were executed, in seconds since 1970, unless the last time said
    /// the same.
    ///
    /// # Errors
    /// As [`Self::command`].
    pub fn timestamp(&mut self, seconds: i64) -> io::Result<()> {
        if self.timestamp.replace(seconds) == Some(seconds) {
            return Ok(());
        }
        write!(self.buffer, "#TS:{seconds}\r\n")?;
        self.drain_beyond(CHUNK_BYTES)
    }

    /// Hands all commands to the target, and flushes it.
    ///
    /// # Errors
    /// As [`Self::command`].
    pub fn flush(&mut self) -> io::Result<()> {
        self.drain_beyond(0)?;
        self.out.flush()
    }

    /// Hands all commands to the target and returns it.
    ///
    /// # Errors
    /// As [`Self::command`].
    pub fn finish(mut self) -> io::Result<W> {
        self.flush()?;
        Ok(self.out)
    }

    fn drain_beyond(&mut self, bytes: usize) -> io::Result<()> {
        if self.buffer.len() > bytes {
            self.out.write_all(&self.buffer)?;
            self.written += self.buffer.len() as u64;
            self.buffer.clear();
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn timestamps_come_once_a_second() {
        let mut writer = CommandWriter::new(Vec::new());
        for (seconds, word) in [(5, "a"), (5, "b"), (6, "c")] {
            writer.timestamp(seconds).unwrap();
            writer.command([word]).unwrap();
        }
        assert_eq!(writer.bytes_written(), 47);
        let log = writer.finish().unwrap();
        let expected = b"#TS:5\r\n*1\r\n$1\r\na\r\n*1\r\n$1\r\nb\r\n#TS:6\r\n*1\r\n$1\r\nc\r\n";
        assert_eq!(log, expected);
    }
}
