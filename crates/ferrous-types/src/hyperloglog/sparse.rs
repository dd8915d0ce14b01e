//! The sparse form: runs of registers with the same value.
//!
//! ```text
//! 00nnnnnn            n + 1 registers are 0                   ZERO
//! 01nnnnnn nnnnnnnn   n + 1 registers are 0, big-endian       XZERO
//! 1vvvvvnn            n + 1 registers are v + 1               VAL
//! ```
//!
//! To be the same as Redis bit for bit, an update splits the run it falls into and then merges
//! neighbours among the five runs from the one before it on, no more.

use super::estimate::Histogram;
use super::{Corrupted, REGISTERS};

/// Registers of a ZERO at most; more take an XZERO.
const ZERO_MAX: usize = 64;

/// Registers of a VAL at most, and the highest value it can hold.
const VAL_LEN_MAX: usize = 4;
const VAL_MAX: u8 = 32;

/// Runs that an update looks at for neighbours to merge.
const MERGE_WINDOW: usize = 5;

/// Neighbouring registers with the same value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Run {
    /// Their value; 0 when they saw nothing.
    pub value: u8,
    /// How many there are; never 0.
    pub len: usize,
    /// True for a run of zeros that takes two bytes.
    pub long: bool,
}

impl Run {
    /// The run that the first bytes spell, or `None` when they are cut short.
    fn decode(bytes: &[u8]) -> Option<Self> {
        let (&first, rest) = bytes.split_first()?;
        let low = usize::from(first & 0x3f);
        Some(match first >> 6 {
            0 => Self {
                value: 0,
                len: low + 1,
                long: false,
            },
            1 => Self {
                value: 0,
                len: (low << 8 | usize::from(*rest.first()?)) + 1,
                long: true,
            },
            _ => Self {
                value: (first >> 2 & 0x1f) + 1,
                len: usize::from(first & 0x03) + 1,
                long: false,
            },
        })
    }

    fn byte_len(self) -> usize {
        if self.long { 2 } else { 1 }
    }
}

/// The runs of a sparse HyperLogLog; see [`super::runs`].
#[derive(Clone, Debug)]
pub struct Runs<'a> {
    bytes: &'a [u8],
    /// Registers not yet covered, or `None` after an error.
    left: Option<usize>,
}

impl<'a> Runs<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        Self {
            bytes,
            left: Some(REGISTERS),
        }
    }
}

impl Iterator for Runs<'_> {
    type Item = Result<Run, Corrupted>;

    fn next(&mut self) -> Option<Self::Item> {
        let left = self.left?;
        if self.bytes.is_empty() && left == 0 {
            return None;
        }
        let run = Run::decode(self.bytes).filter(|run| run.len <= left);
        self.left = run.map(|run| left - run.len);
        if let Some(run) = run {
            self.bytes = &self.bytes[run.byte_len()..];
        }
        Some(run.ok_or(Corrupted))
    }
}

/// How many registers have each value.
pub(super) fn histogram(bytes: &[u8]) -> Result<Histogram, Corrupted> {
    let mut histogram = Histogram::default();
    for run in Runs::new(bytes) {
        let run = run?;
        histogram.add(run.value, run.len as u32);
    }
    Ok(histogram)
}

/// Adds a run of zeros.
pub(super) fn push_zeros(to: &mut Vec<u8>, len: usize) {
    let mut pieces = Pieces::default();
    pieces.zeros(len);
    to.extend_from_slice(pieces.bytes());
}

/// What an attempt to raise a register came to.
pub(super) enum Raised {
    Yes,
    /// It is as high already.
    No,
    /// The sparse form cannot hold it, or not within the limit; nothing changed.
    TooBig,
}

/// Raises a register of the runs that begin at byte `start` of `hll`.
pub(super) fn raise(
    hll: &mut Vec<u8>,
    start: usize,
    register: usize,
    value: u8,
    bytes_max: usize,
) -> Result<Raised, Corrupted> {
    if value > VAL_MAX {
        return Ok(Raised::TooBig);
    }
    let found = find(&hll[start..], register)?;
    let (run, at) = (found.run, start + found.at);
    if run.value >= value {
        return Ok(Raised::No);
    }
    let pieces = split(run, register - found.first, value);
    let (old, new) = (run.byte_len(), pieces.bytes().len());
    if new > old && hll.len() + new - old > bytes_max {
        return Ok(Raised::TooBig);
    }
    hll.splice(at..at + old, pieces.bytes().iter().copied());
    merge_neighbours(hll, start + found.before);
    Ok(Raised::Yes)
}

/// Where a register's run is.
struct Found {
    run: Run,
    /// The run's first register.
    first: usize,
    /// Byte offset of the run.
    at: usize,
    /// Byte offset of the run before it, or of the run itself when it is the first.
    before: usize,
}

fn find(bytes: &[u8], register: usize) -> Result<Found, Corrupted> {
    let (mut first, mut at, mut before) = (0, 0, 0);
    loop {
        let run = Run::decode(&bytes[at..]).ok_or(Corrupted)?;
        if register < first + run.len {
            return Ok(Found {
                run,
                first,
                at,
                before,
            });
        }
        first += run.len;
        before = at;
        at += run.byte_len();
    }
}

/// The runs that stand for `run` after the register `offset` in it was raised to `value`.
fn split(run: Run, offset: usize, value: u8) -> Pieces {
    let mut pieces = Pieces::default();
    pieces.same(run.value, offset);
    pieces.value(value, 1);
    pieces.same(run.value, run.len - offset - 1);
    pieces
}

/// Up to three runs as bytes, on the stack.
#[derive(Default)]
struct Pieces {
    bytes: [u8; 5],
    len: usize,
}

impl Pieces {
    fn bytes(&self) -> &[u8] {
        &self.bytes[..self.len]
    }

    fn push(&mut self, byte: u8) {
        self.bytes[self.len] = byte;
        self.len += 1;
    }

    /// `len` registers of any value, perhaps none.
    fn same(&mut self, value: u8, len: usize) {
        match (value, len) {
            (_, 0) => {}
            (0, _) => self.zeros(len),
            _ => self.value(value, len),
        }
    }

    fn zeros(&mut self, len: usize) {
        let spelled = len - 1;
        if len > ZERO_MAX {
            self.push(0x40 | (spelled >> 8) as u8);
            self.push(spelled as u8);
        } else {
            self.push(spelled as u8);
        }
    }

    fn value(&mut self, value: u8, len: usize) {
        self.push(0x80 | (value - 1) << 2 | (len - 1) as u8);
    }
}

/// Merges equal neighbours that fit one VAL, among the runs from byte `at` on.
fn merge_neighbours(hll: &mut Vec<u8>, mut at: usize) {
    for _ in 0..MERGE_WINDOW {
        let Some(run) = hll.get(at..).and_then(Run::decode) else {
            return;
        };
        let next = at + run.byte_len();
        let merged = hll.get(next..).and_then(Run::decode).and_then(|other| {
            let len = run.len + other.len;
            (run.value > 0 && run.value == other.value && len <= VAL_LEN_MAX).then_some(len)
        });
        match merged {
            Some(len) => {
                let mut pieces = Pieces::default();
                pieces.value(run.value, len);
                hll.splice(at..=next, pieces.bytes().iter().copied());
            }
            None => at = next,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decode(bytes: &[u8]) -> Vec<(u8, usize)> {
        Runs::new(bytes)
            .map(|run| run.map(|run| (run.value, run.len)))
            .collect::<Result<_, _>>()
            .unwrap()
    }

    fn raised(registers: &[(usize, u8)]) -> Vec<u8> {
        let mut bytes = vec![0x7f, 0xff];
        for &(register, value) in registers {
            assert!(matches!(
                raise(&mut bytes, 0, register, value, 3000),
                Ok(Raised::Yes)
            ));
        }
        bytes
    }

    #[test]
    fn a_raised_register_splits_its_run() {
        assert_eq!(decode(&raised(&[(0, 5)])), [(5, 1), (0, 16_383)]);
        assert_eq!(decode(&raised(&[(16_383, 5)])), [(0, 16_383), (5, 1)]);
        assert_eq!(
            decode(&raised(&[(64, 32)])),
            [(0, 64), (32, 1), (0, 16_319)]
        );
    }

    #[test]
    fn equal_neighbours_merge_up_to_four() {
        let bytes = raised(&[(0, 3), (1, 3), (2, 3), (3, 3), (4, 3)]);
        assert_eq!(decode(&bytes), [(3, 4), (3, 1), (0, 16_379)]);
        assert_eq!(
            decode(&raised(&[(0, 3), (2, 3), (1, 3)])),
            [(3, 3), (0, 16_381)]
        );
    }

    #[test]
    fn what_does_not_fit_changes_nothing() {
        let mut bytes = raised(&[(7, 3)]);
        let before = bytes.clone();
        assert!(matches!(
            raise(&mut bytes, 0, 9, 33, 3000),
            Ok(Raised::TooBig)
        ));
        assert!(matches!(
            raise(&mut bytes, 0, 9, 1, before.len()),
            Ok(Raised::TooBig)
        ));
        assert!(matches!(raise(&mut bytes, 0, 7, 2, 3000), Ok(Raised::No)));
        assert_eq!(bytes, before);
    }
}
