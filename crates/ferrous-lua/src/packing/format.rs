//! The description of a layout: one letter per value, some with a size behind it.

use crate::raise::Raise;
use crate::state::Stack;

/// Integers have no more bytes.
const INTEGER_BYTES_MAX: usize = 32;

/// What `!` alone aligns to.
const NATIVE_ALIGNMENT: usize = 8;

/// Reads a description.
pub(super) struct Format {
    text: Vec<u8>,
    at: usize,
    /// Most significant byte first.
    pub(super) big_endian: bool,
    /// No value is aligned to more.
    alignment: usize,
}

/// One letter of a description.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Item {
    /// The letter.
    pub(super) letter: u8,
    /// How many bytes its value takes; 0 when that depends on the value.
    pub(super) bytes: usize,
}

impl Format {
    pub(super) fn new(text: &[u8]) -> Self {
        Self {
            // A C string ends at its first zero.
            text: text
                .split(|byte| *byte == 0)
                .next()
                .unwrap_or_default()
                .to_vec(),
            at: 0,
            big_endian: false,
            alignment: 1,
        }
    }

    /// The next letter with its size.
    pub(super) fn next(&mut self) -> Result<Option<Item>, Raise> {
        let Some(&letter) = self.text.get(self.at) else {
            return Ok(None);
        };
        self.at += 1;
        let bytes = match letter {
            b'B' | b'b' | b'x' => 1,
            b'H' | b'h' => 2,
            b'f' => 4,
            b'L' | b'l' | b'T' | b'd' => 8,
            b'c' => self.size(1)?,
            b'I' | b'i' => {
                let bytes = self.size(4)?;
                if bytes > INTEGER_BYTES_MAX {
                    return Err(Raise::here(format!(
                        "integral size {bytes} is larger than limit of {INTEGER_BYTES_MAX}"
                    )));
                }
                bytes
            }
            _ => 0,
        };
        Ok(Some(Item { letter, bytes }))
    }

    /// The decimal number that follows, or `default`.
    fn size(&mut self, default: usize) -> Result<usize, Raise> {
        let start = self.at;
        let mut size = 0_usize;
        while let Some(digit) = self.text.get(self.at).filter(|byte| byte.is_ascii_digit()) {
            size = size * 10 + usize::from(digit - b'0');
            if size > i32::MAX as usize {
                return Err(Raise::here("integral size overflow"));
            }
            self.at += 1;
        }
        Ok(if self.at == start { default } else { size })
    }

    /// The padding before a value at offset `at`.
    pub(super) fn padding(&self, item: Item, at: usize) -> usize {
        if item.bytes == 0 || item.letter == b'c' {
            return 0;
        }
        let alignment = item.bytes.min(self.alignment);
        // Sizes that are no power of two align as released servers compute it.
        alignment.wrapping_sub(at & (alignment - 1)) & (alignment - 1)
    }

    /// Obeys a letter that stands for no value.
    pub(super) fn control(&mut self, stack: &Stack<'_>, letter: u8) -> Result<(), Raise> {
        match letter {
            b' ' => {}
            b'>' => self.big_endian = true,
            b'<' => self.big_endian = false,
            b'!' => {
                let alignment = self.size(NATIVE_ALIGNMENT)?;
                if !alignment.is_power_of_two() {
                    return Err(Raise::here(format!(
                        "alignment {alignment} is not a power of 2"
                    )));
                }
                self.alignment = alignment;
            }
            _ => {
                let letter = char::from(letter);
                return Err(stack.bad_argument(1, &format!("invalid format option '{letter}'")));
            }
        }
        Ok(())
    }
}
