//! The way out: a buffer, a checksum over whole buffers, and the primitives of the format.

use std::io::{self, Write};

use ferrous_types::stream::StreamId;
use ferrous_types::{Element, lzf};

use crate::checksum::Crc64;

/// The size of a write.
const CHUNK_BYTES: usize = 128 * 1024;

/// Strings up to this length are not worth compressing.
const COMPRESSED_MIN: usize = 21;
/// The longest string that may spell an integer of 32 bits.
const INT_DIGITS_MAX: usize = 11;

/// Buffers, sums and counts what goes to `sink`.
#[derive(Debug)]
pub(super) struct Output<W> {
    sink: W,
    buffer: Vec<u8>,
    /// Bytes that have left the buffer.
    written: u64,
    crc: Option<Crc64>,
}

impl<W: Write> Output<W> {
    pub(super) fn new(sink: W, checksum: bool) -> Self {
        let crc = checksum.then(Crc64::new);
        Self {
            sink,
            buffer: Vec::with_capacity(CHUNK_BYTES),
            written: 0,
            crc,
        }
    }

    /// Bytes taken so far.
    pub(super) fn bytes(&self) -> u64 {
        self.written + self.buffer.len() as u64
    }

    /// Writes what is buffered; returns the sink, and the checksum of everything or 0.
    pub(super) fn finish(mut self) -> io::Result<(W, u64)> {
        self.drain()?;
        Ok((self.sink, self.crc.map_or(0, |crc| crc.value())))
    }

    fn drain(&mut self) -> io::Result<()> {
        let buffer = std::mem::take(&mut self.buffer);
        self.pass(&buffer)?;
        self.buffer = buffer;
        self.buffer.clear();
        Ok(())
    }

    fn pass(&mut self, bytes: &[u8]) -> io::Result<()> {
        if let Some(crc) = &mut self.crc {
            crc.update(bytes);
        }
        self.written += bytes.len() as u64;
        self.sink.write_all(bytes)
    }
}

impl<W: Write> Write for Output<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.write_all(bytes).map(|()| bytes.len())
    }

    #[inline]
    fn write_all(&mut self, bytes: &[u8]) -> io::Result<()> {
        if self.buffer.len() + bytes.len() > CHUNK_BYTES {
            self.drain()?;
            if bytes.len() > CHUNK_BYTES {
                return self.pass(bytes);
            }
        }
        self.buffer.extend_from_slice(bytes);
        Ok(())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.drain()?;
        self.sink.flush()
    }
}

/// Writes the primitives of the format.
#[derive(Debug)]
pub(crate) struct Target<W> {
    pub(super) out: W,
    compress: bool,
}

impl<W: Write> Target<W> {
    pub(crate) fn new(out: W, compress: bool) -> Self {
        Self { out, compress }
    }

    pub(crate) fn into_inner(self) -> W {
        self.out
    }

    pub(crate) fn raw(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.out.write_all(bytes)
    }

    pub(crate) fn length(&mut self, length: u64) -> io::Result<()> {
        match length {
            0..=0x3F => self.raw(&[length as u8]),
            0x40..=0x3FFF => self.raw(&[0x40 | (length >> 8) as u8, length as u8]),
            0x4000..=0xFFFF_FFFF => {
                self.raw(&[0x80])?;
                self.raw(&(length as u32).to_be_bytes())
            }
            _ => {
                self.raw(&[0x81])?;
                self.raw(&length.to_be_bytes())
            }
        }
    }

    /// A string: as an integer, compressed, or as it is, whichever is shortest.
    pub(crate) fn string(&mut self, bytes: &[u8]) -> io::Result<()> {
        let spelled = (bytes.len() <= INT_DIGITS_MAX).then(|| Element::Bytes(bytes).as_int());
        if let Some(int) = spelled.flatten()
            && self.int(int)?
        {
            return Ok(());
        }
        if self.compress && bytes.len() >= COMPRESSED_MIN {
            // What the prefix of a compressed string takes has to be won back.
            if let Some(compressed) = lzf::compress(bytes, bytes.len() - 4) {
                return self.compressed(&compressed, bytes.len());
            }
        }
        self.plain(bytes)
    }

    pub(crate) fn element(&mut self, element: Element<'_>) -> io::Result<()> {
        match element {
            Element::Bytes(bytes) => self.string(bytes),
            Element::Int(int) if self.int(int)? => Ok(()),
            Element::Int(int) => self.plain(itoa::Buffer::new().format(int).as_bytes()),
        }
    }

    /// An identifier as two lengths.
    pub(crate) fn stream_id_lengths(&mut self, id: StreamId) -> io::Result<()> {
        self.length(id.ms)?;
        self.length(id.seq)
    }

    /// An identifier in 16 bytes.
    pub(crate) fn stream_id(&mut self, id: StreamId) -> io::Result<()> {
        self.raw(&id.to_be_bytes())
    }

    fn plain(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.length(bytes.len() as u64)?;
        self.raw(bytes)
    }

    fn compressed(&mut self, compressed: &[u8], len: usize) -> io::Result<()> {
        self.raw(&[0xC3])?;
        self.length(compressed.len() as u64)?;
        self.length(len as u64)?;
        self.raw(compressed)
    }

    /// Writes an integer as a string; false when it takes more than 32 bits.
    fn int(&mut self, int: i64) -> io::Result<bool> {
        if let Ok(int) = i8::try_from(int) {
            self.raw(&[0xC0, int as u8])?;
        } else if let Ok(int) = i16::try_from(int) {
            let [low, high] = int.to_le_bytes();
            self.raw(&[0xC1, low, high])?;
        } else if let Ok(int) = i32::try_from(int) {
            self.raw(&[0xC2])?;
            self.raw(&int.to_le_bytes())?;
        } else {
            return Ok(false);
        }
        Ok(true)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(write: impl FnOnce(&mut Target<Vec<u8>>) -> io::Result<()>, expected: &[u8]) {
        let mut target = Target::new(Vec::new(), true);
        write(&mut target).unwrap();
        assert_eq!(target.into_inner(), expected);
    }

    #[test]
    fn strings_take_the_shortest_form() {
        check(|target| target.string(b"hi"), b"\x02hi");
        check(|target| target.string(b"-128"), b"\xC0\x80");
        check(|target| target.string(b"128"), b"\xC1\x80\x00");
        check(
            |target| target.string(b"-2147483648"),
            b"\xC2\x00\x00\x00\x80",
        );
        check(|target| target.string(b"2147483648"), b"\x0A2147483648");
        check(|target| target.string(b"007"), b"\x03007");
        check(
            |target| target.element(Element::Int(2_147_483_648)),
            b"\x0A2147483648",
        );
        check(
            |target| target.string(&[b'a'; 20]),
            b"\x14aaaaaaaaaaaaaaaaaaaa",
        );
        let mut target = Target::new(Vec::new(), true);
        target.string(&[b'a'; 21]).unwrap();
        assert_eq!(target.into_inner()[0], 0xC3);
    }

    #[test]
    fn lengths_take_the_shortest_form() {
        check(|target| target.length(63), b"\x3F");
        check(|target| target.length(64), b"\x40\x40");
        check(|target| target.length(16_384), b"\x80\x00\x00\x40\x00");
        check(
            |target| target.length(1 << 32),
            b"\x81\x00\x00\x00\x01\x00\x00\x00\x00",
        );
    }

    #[test]
    fn output_is_whole_and_summed_however_it_comes() {
        let bytes: Vec<u8> = (0..=255).cycle().take(3 * CHUNK_BYTES + 5).collect();
        for pieces in [1, 7, 1000, CHUNK_BYTES, 2 * CHUNK_BYTES] {
            let mut output = Output::new(Vec::new(), true);
            bytes
                .chunks(pieces)
                .for_each(|piece| output.write_all(piece).unwrap());
            assert_eq!(output.bytes(), bytes.len() as u64);
            let (sink, crc) = output.finish().unwrap();
            assert!(sink == bytes && crc == Crc64::of(&bytes));
        }
    }
}
