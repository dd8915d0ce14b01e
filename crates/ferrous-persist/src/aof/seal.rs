//! Room ahead of the end of a log, and the seals by which its end is found again.
//!
//! A log whose length does not change is made durable in about half the time: the file system has no journal of its own
//! to write. So room is laid out ahead, a piece at a time, and written over. Room is lines that mean nothing; to every
//! reader of the format it is annotations, and so is a seal, which follows what was written between two flushes:
//!
//! ```text
//! commands | #sealed:LENGTH:CRC64 | commands | #sealed:LENGTH:CRC64 | ####...
//! ```
//!
//! A crash may leave any part of what was not flushed, since its place was there before. The last seal that is true says
//! what is whole: everything that was flushed, and of the rest all or nothing.

use std::io::{self, Read, Seek, SeekFrom};
use std::ops::Range;

use crate::Crc64;

const NAME: &str = "#sealed:";
/// `#sealed:LENGTH:CRC64\r\n` with the longest of numbers, and a filling letter.
pub const SEAL_BYTES_MAX: u64 = 8 + 20 + 1 + 16 + 1 + 2;
/// Room is lines of this length, since some readers take no long ones; it should end where one does.
pub const ROOM_LINE_BYTES: u64 = 32;
/// How much is looked at first when the end is searched.
const WINDOW_BYTES: u64 = 64 << 10;
/// Seals that are not true before the search is given up: only what was written to mislead has as many.
const FALSE_SEALS_MAX: u32 = 64;

/// Bytes for the places `range` of a file that say nothing.
pub fn room(range: Range<u64>) -> Vec<u8> {
    let byte = |offset: u64| {
        if is_line_end(offset) { b'\n' } else { b'#' }
    };
    range.map(byte).collect()
}

fn is_line_end(offset: u64) -> bool {
    offset % ROOM_LINE_BYTES == ROOM_LINE_BYTES - 1
}

/// The seal for `length` bytes whose checksum is `crc`, to be put behind them at `offset`.
pub fn seal(length: u64, crc: u64, offset: u64) -> String {
    let seal = format!("{NAME}{length}:{crc:016x}\r\n");
    if is_line_end(offset + seal.len() as u64) {
        // The room behind it would begin with an empty line, which is no annotation.
        return format!("{NAME}{length}:{crc:016x} \r\n");
    }
    seal
}

/// How a log ends that had room ahead.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SealedEnd {
    /// Bytes that are sealed, from the start of the file.
    pub good_bytes: u64,
    /// Behind them is more than room: something that was never flushed, or not to its end.
    pub torn: bool,
}

/// Looks for the end of a log that has room behind it; nothing when it has none, or no seals.
///
/// # Errors
/// When the file cannot be read.
pub fn find_sealed_end<F: Read + Seek>(file: &mut F) -> io::Result<Option<SealedEnd>> {
    let length = file.seek(SeekFrom::End(0))?;
    let end = end_of_content(file, length)?;
    if end == length {
        return Ok(None);
    }
    let mut false_seals = 0;
    // Nothing is sought twice but seals that the last window cut in two.
    let (mut window, mut sought) = (WINDOW_BYTES, end);
    loop {
        let start = end.saturating_sub(window);
        let bytes = read_at(file, start..sought)?;
        for place in seal_places(&bytes) {
            let Some(found) = Seal::parse(&bytes[place..]) else {
                continue;
            };
            let offset = start + place as u64;
            if found.is_true(file, offset)? {
                let good_bytes = offset + found.bytes;
                let torn = good_bytes != end;
                return Ok(Some(SealedEnd { good_bytes, torn }));
            }
            false_seals += 1;
            if false_seals == FALSE_SEALS_MAX {
                return Ok(None);
            }
        }
        if start == 0 {
            return Ok(None);
        }
        sought = (start + SEAL_BYTES_MAX).min(end);
        window *= 2;
    }
}

/// Where the room at the end of a file begins.
fn end_of_content<F: Read + Seek>(file: &mut F, length: u64) -> io::Result<u64> {
    let mut end = length;
    while end > 0 {
        let start = end.saturating_sub(WINDOW_BYTES);
        let bytes = read_at(file, start..end)?;
        let is_room = |byte: &u8| matches!(byte, b'#' | b'\n');
        if let Some(last) = bytes.iter().rposition(|byte| !is_room(byte)) {
            let last_byte = start + last as u64;
            // The end of a line that is not room.
            let ends_line = bytes[last] == b'\r' && last_byte + 1 < length;
            return Ok(last_byte + 1 + u64::from(ends_line));
        }
        end = start;
    }
    Ok(0)
}

fn read_at<F: Read + Seek>(file: &mut F, range: Range<u64>) -> io::Result<Vec<u8>> {
    file.seek(SeekFrom::Start(range.start))?;
    let length = range.end - range.start;
    let mut bytes = Vec::new();
    file.by_ref().take(length).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// Where something that looks like a seal begins, from the last to the first.
fn seal_places(bytes: &[u8]) -> impl Iterator<Item = usize> {
    let windows = bytes.windows(NAME.len()).enumerate().rev();
    windows
        .filter(|(_, word)| *word == NAME.as_bytes())
        .map(|(place, _)| place)
}

/// A seal that was read.
struct Seal {
    /// What it says of the bytes before it.
    length: u64,
    crc: u64,
    /// Its own bytes.
    bytes: u64,
}

impl Seal {
    fn parse(bytes: &[u8]) -> Option<Self> {
        let line = bytes.get(..bytes.len().min(SEAL_BYTES_MAX as usize))?;
        let end = line.windows(2).position(|pair| pair == b"\r\n")?;
        let text = std::str::from_utf8(&line[NAME.len()..end]).ok()?;
        let (length, crc) = text.trim_end().split_once(':')?;
        Some(Self {
            length: length.parse().ok()?,
            crc: u64::from_str_radix(crc, 16).ok()?,
            bytes: end as u64 + 2,
        })
    }

    /// True when the bytes before `offset`, where it stands, are those that it was made for.
    fn is_true<F: Read + Seek>(&self, file: &mut F, offset: u64) -> io::Result<bool> {
        let Some(mut start) = offset.checked_sub(self.length) else {
            return Ok(false);
        };
        let mut crc = Crc64::new();
        while start < offset {
            let end = offset.min(start + WINDOW_BYTES);
            crc.update(&read_at(file, start..end)?);
            start = end;
        }
        Ok(crc.value() == self.crc)
    }
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use super::*;
    use crate::aof::{CommandReader, Entry};

    const PING: &[u8] = b"*1\r\n$4\r\nPING\r\n";

    fn put(log: &mut Vec<u8>, commands: &[u8]) {
        log.extend_from_slice(commands);
        let seal = seal(commands.len() as u64, Crc64::of(commands), log.len() as u64);
        log.extend_from_slice(seal.as_bytes());
    }

    /// About as much room there is in these tests.
    const ROOM: u64 = 1000;

    /// A log of groups of so many commands each, with room behind it.
    fn log_of(groups: &[usize]) -> Vec<u8> {
        log_behind(PING, groups)
    }

    fn log_behind(start: &[u8], groups: &[usize]) -> Vec<u8> {
        let mut log = start.to_vec();
        put(&mut log, b"");
        for commands in groups {
            put(&mut log, &PING.repeat(*commands));
        }
        let end = log.len() as u64;
        log.extend(room(end..(end + ROOM).next_multiple_of(ROOM_LINE_BYTES)));
        log
    }

    /// Bytes before the room.
    fn content_bytes(log: &[u8]) -> usize {
        let last = log.iter().rposition(|byte| *byte == b'\r');
        last.map_or(0, |last| last + 2)
    }

    fn end_of(log: &[u8]) -> Option<SealedEnd> {
        find_sealed_end(&mut Cursor::new(log)).unwrap()
    }

    #[test]
    fn a_log_with_room_reads_as_if_there_were_none() {
        // The end comes to lie at every place within a line of room.
        for shift in 0..ROOM_LINE_BYTES as usize {
            let start = [&b"#".repeat(1 + shift)[..], b"\r\n", PING].concat();
            let log = log_behind(&start, &[2, 1]);
            let mut reader = CommandReader::new(&*log);
            let mut found = 0;
            while let Some(entry) = reader.next_entry().unwrap() {
                found += usize::from(matches!(entry, Entry::Command(_)));
            }
            assert_eq!(found, 4, "{shift}");
        }
    }

    #[test]
    fn the_end_is_found() {
        for groups in [&[][..], &[1], &[3, 2], &[1, 9_000], &[9_000, 1]] {
            let log = log_of(groups);
            let content = content_bytes(&log);
            let good_bytes = content as u64;
            let whole = SealedEnd {
                good_bytes,
                torn: false,
            };
            assert_eq!(end_of(&log), Some(whole), "{groups:?}");
            // Room may be cut short, too.
            assert_eq!(end_of(&log[..content + 10]), Some(whole));
            assert_eq!(end_of(&log[..content]), None);
        }
    }

    #[test]
    fn what_is_torn_is_left_out() {
        for last in [1, 30, 9_000] {
            let (mut log, before) = (log_of(&[2, last]), log_of(&[2]));
            let good_bytes = content_bytes(&before) as u64;
            let end = content_bytes(&log);
            let hole = good_bytes as usize + 3..end.min(good_bytes as usize + 600) - 20;
            log[hole.clone()].copy_from_slice(&room(hole.start as u64..hole.end as u64));
            let torn = SealedEnd {
                good_bytes,
                torn: true,
            };
            assert_eq!(end_of(&log), Some(torn), "{last}");
        }
    }

    #[test]
    fn other_logs_are_left_alone() {
        assert_eq!(end_of(b""), None);
        assert_eq!(end_of(PING), None);
        assert_eq!(end_of(&[PING, b"####\n###"].concat()), None);
        assert_eq!(end_of(b"####\n"), None);
        assert_eq!(end_of(&b"#sealed:1:0\r\n".repeat(99)), None);
        assert_eq!(
            end_of(&[&b"#sealed:1:0\r\n".repeat(99)[..], b"#"].concat()),
            None
        );
    }
}
