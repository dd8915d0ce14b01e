//! From registers to a number. Source: Otmar Ertl, "New cardinality estimation algorithms for
//! HyperLogLog sketches", arXiv:1702.01284, the improved raw estimator.
#![allow(
    clippy::float_cmp,
    reason = "the series end when a term no longer changes the sum; the ends of the range are exact"
)]

use super::{Corrupted, Encoding, HEADER_BYTES, REGISTERS, RUN_BITS, dense, encoding, runs};

/// How many registers have each value of six bits.
pub(super) struct Histogram([u32; 64]);

impl Default for Histogram {
    fn default() -> Self {
        Self([0; 64])
    }
}

impl Histogram {
    pub(super) fn add(&mut self, value: u8, registers: u32) {
        self.0[usize::from(value & 0x3f)] += registers;
    }
}

/// The registers of one or of several HyperLogLog values, each at the highest value seen.
pub struct Registers(Box<[u8; REGISTERS]>);

impl Default for Registers {
    fn default() -> Self {
        Self::new()
    }
}

impl Registers {
    /// Registers that have seen nothing. 16 KiB.
    pub fn new() -> Self {
        Self(Box::new([0; REGISTERS]))
    }

    /// Raises each register to at least that of `hll`. O(registers).
    ///
    /// # Errors
    /// [`Corrupted`]; some registers may have been raised by then.
    pub fn absorb(&mut self, hll: &[u8]) -> Result<(), Corrupted> {
        match encoding(hll).ok_or(Corrupted)? {
            Encoding::Dense => {
                for (own, other) in self.0.iter_mut().zip(dense::values(&hll[HEADER_BYTES..])) {
                    *own = other.max(*own);
                }
            }
            Encoding::Sparse => {
                let mut at = 0;
                for run in runs(hll) {
                    let run = run?;
                    for own in &mut self.0[at..at + run.len] {
                        *own = run.value.max(*own);
                    }
                    at += run.len;
                }
            }
        }
        Ok(())
    }

    /// The value of each register.
    pub fn values(&self) -> &[u8] {
        &*self.0
    }

    /// Estimates how many different elements these registers have seen.
    pub fn count(&self) -> u64 {
        let mut histogram = Histogram::default();
        self.0.iter().for_each(|&value| histogram.add(value, 1));
        cardinality(&histogram)
    }
}

/// Estimates how many different elements gave registers with this histogram.
pub(super) fn cardinality(Histogram(histogram): &Histogram) -> u64 {
    // 1 / (2 ln 2), the limit of the bias correction for many registers.
    const ALPHA: f64 = 0.721_347_520_444_481_7;
    let registers = REGISTERS as f64;
    let longest = RUN_BITS as usize;
    let mut sum = registers * tau((registers - f64::from(histogram[longest + 1])) / registers);
    for &with_value in histogram[1..=longest].iter().rev() {
        sum = (sum + f64::from(with_value)) * 0.5;
    }
    sum += registers * sigma(f64::from(histogram[0]) / registers);
    (ALPHA * registers * registers / sum).round() as u64
}

/// Corrects for the share `x` of registers that saw nothing.
fn sigma(mut x: f64) -> f64 {
    if x == 1.0 {
        return f64::INFINITY;
    }
    let (mut power, mut sum) = (1.0, x);
    loop {
        x *= x;
        let before = sum;
        sum += x * power;
        power += power;
        if sum == before {
            return sum;
        }
    }
}

/// Corrects for the share `1 - x` of registers at the highest value.
fn tau(mut x: f64) -> f64 {
    if x == 0.0 || x == 1.0 {
        return 0.0;
    }
    let (mut power, mut sum) = (1.0, 1.0 - x);
    loop {
        x = x.sqrt();
        let before = sum;
        power *= 0.5;
        sum -= (1.0 - x) * (1.0 - x) * power;
        if sum == before {
            return sum / 3.0;
        }
    }
}
