//! The file that is written: commands at its end, or over room that was laid out ahead.

use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt as _;

use ferrous_persist::Crc64;
use ferrous_persist::aof::seal::{ROOM_LINE_BYTES, SEAL_BYTES_MAX, room, seal};

/// A log that has less is appended to: what is hardly used does not get room many times its size.
const PLAIN_BYTES: u64 = 64 << 10;
/// Room is laid out in pieces of the log's size, but no larger than this: it is flushed before it is used.
const ROOM_BYTES_MAX: u64 = 1 << 20;

/// The last increment of the log.
#[derive(Debug)]
pub(super) struct Increment {
    file: File,
    /// Bytes up to the end of the last whole block.
    size: u64,
    /// Where the room ends, if there is any.
    room_end: Option<u64>,
    /// What was written since the last flush: its start and checksum.
    unsealed: (u64, Crc64),
}

impl Increment {
    /// The file that holds `size` bytes.
    pub(super) fn new(file: File, size: u64) -> Self {
        Self {
            file,
            size,
            room_end: None,
            unsealed: (size, Crc64::new()),
        }
    }

    /// Bytes written.
    pub(super) fn size(&self) -> u64 {
        self.size
    }

    /// Bytes of the file that nothing is written to.
    pub(super) fn room(&self) -> u64 {
        self.room_end.map_or(0, |end| end - self.size)
    }

    /// Writes whole commands and what is noted of them, over room if `is_flushed_each_time`. Returns how many bytes it
    /// took.
    ///
    /// # Errors
    /// When the system does not; nothing is written then, unless cutting the file fails, too.
    pub(super) fn write(
        &mut self,
        note: &[u8],
        commands: &[u8],
        is_flushed_each_time: bool,
    ) -> io::Result<u64> {
        let before = self.size;
        let written = if is_flushed_each_time && before >= PLAIN_BYTES {
            self.write_over_room(note, commands)
        } else {
            self.append(note, commands)
        };
        if let Err(error) = written {
            // A torn command must not stay in the middle of the file.
            self.cut(before)?;
            return Err(error);
        }
        Ok(self.size - before)
    }

    /// Cuts the file to `size` bytes.
    ///
    /// # Errors
    /// When the system does not.
    pub(super) fn cut(&mut self, size: u64) -> io::Result<()> {
        self.file.set_len(size)?;
        self.size = size;
        self.room_end = None;
        self.unsealed = (size, Crc64::new());
        Ok(())
    }

    /// Takes the room away that is left.
    ///
    /// # Errors
    /// When the system does not.
    pub(super) fn close_room(&mut self) -> io::Result<()> {
        if self.room_end.is_some() {
            self.file.set_len(self.size)?;
            self.room_end = None;
        }
        Ok(())
    }

    /// Makes durable what is written.
    ///
    /// # Errors
    /// When the system does not; nobody knows then what of it is.
    pub(super) fn sync(&mut self) -> io::Result<()> {
        self.file.sync_data()?;
        self.unsealed = (self.size, Crc64::new());
        Ok(())
    }

    fn append(&mut self, note: &[u8], commands: &[u8]) -> io::Result<()> {
        self.close_room()?;
        self.put(note)?;
        self.put(commands)
    }

    fn write_over_room(&mut self, note: &[u8], commands: &[u8]) -> io::Result<()> {
        let bytes = (note.len() + commands.len()) as u64 + SEAL_BYTES_MAX;
        if self.make_room(bytes).is_err() {
            // Without room it takes longer. If there is no place for the commands either, that is an error.
            return self.append(note, commands);
        }
        self.put(note)?;
        self.put(commands)?;
        self.put_seal()
    }

    /// Sees to it that there is room for more than `bytes`.
    fn make_room(&mut self, bytes: u64) -> io::Result<()> {
        let wanted = self.size + bytes;
        if self.room_end.is_some_and(|end| end > wanted) {
            return Ok(());
        }
        if self.room_end.is_none() {
            // What was appended is flushed along, and a seal tells from where on others count.
            self.unsealed = (self.size, Crc64::new());
            self.put_seal()?;
        }
        let start = self.room_end.unwrap_or(self.size);
        let piece = self.size.clamp(PLAIN_BYTES, ROOM_BYTES_MAX);
        let end = (wanted.max(start) + piece).next_multiple_of(ROOM_LINE_BYTES);
        self.file.write_all_at(&room(start..end), start)?;
        self.file.sync_data()?;
        self.room_end = Some(end);
        Ok(())
    }

    fn put_seal(&mut self) -> io::Result<()> {
        let (start, crc) = &self.unsealed;
        let seal = seal(self.size - start, crc.value(), self.size);
        self.put(seal.as_bytes())
    }

    fn put(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.file.write_all_at(bytes, self.size)?;
        self.unsealed.1.update(bytes);
        self.size += bytes.len() as u64;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::io::{Read as _, Seek as _};

    use ferrous_persist::aof::seal::{SealedEnd, find_sealed_end};
    use ferrous_persist::aof::{CommandReader, Entry};

    use super::*;

    const PING: &[u8] = b"*1\r\n$4\r\nPING\r\n";

    #[track_caller]
    fn check(increment: &mut Increment, commands: usize, is_sealed: bool) {
        let whole = SealedEnd {
            good_bytes: increment.size(),
            torn: false,
        };
        let end = find_sealed_end(&mut increment.file).unwrap();
        assert_eq!(end, is_sealed.then_some(whole));
        let mut log = Vec::new();
        increment.file.rewind().unwrap();
        increment.file.read_to_end(&mut log).unwrap();
        assert_eq!(log.len() as u64, increment.size() + increment.room());
        let mut reader = CommandReader::new(&*log);
        let mut found = 0;
        while let Some(entry) = reader.next_entry().unwrap() {
            found += usize::from(matches!(entry, Entry::Command(_)));
        }
        assert_eq!(found, commands);
    }

    #[test]
    fn room_comes_and_goes() {
        let mut increment = Increment::new(tempfile::tempfile().unwrap(), 0);
        let many = PING.repeat(10_000);
        increment.write(b"", &many, true).unwrap();
        check(&mut increment, 10_000, false);
        increment.sync().unwrap();
        for round in 1..100 {
            increment.write(b"#TS:1\r\n", PING, true).unwrap();
            check(&mut increment, 10_000 + round, true);
            if round % 3 != 0 {
                increment.sync().unwrap();
            }
        }
        assert!(increment.room() > 0);
        let before = increment.size();
        increment.write(b"", &many, true).unwrap();
        check(&mut increment, 20_099, true);
        increment.cut(before).unwrap();
        check(&mut increment, 10_099, false);
        increment.write(b"", PING, true).unwrap();
        increment.write(b"", PING, false).unwrap();
        check(&mut increment, 10_101, false);
        assert_eq!(increment.room(), 0);
    }
}
