//! The dense form: six bits for each register, the first register in the lowest bits.

use super::REGISTERS;
use super::estimate::Histogram;

/// Bits of a register.
const BITS: usize = 6;
const MASK: u16 = (1 << BITS) - 1;

/// Bytes of all registers.
pub(super) const BYTES: usize = REGISTERS * BITS / 8;

/// Four registers fill three bytes.
const GROUP_BYTES: usize = 3;

/// The value of each register in order, from exactly [`BYTES`] bytes.
pub(super) fn values(registers: &[u8]) -> impl Iterator<Item = u8> {
    let (groups, _) = registers.as_chunks::<GROUP_BYTES>();
    groups.iter().flat_map(|&[low, middle, high]| {
        [
            low & 0x3f,
            low >> 6 | (middle & 0x0f) << 2,
            middle >> 4 | (high & 0x03) << 4,
            high >> 2,
        ]
    })
}

/// How many registers have each value.
pub(super) fn histogram(registers: &[u8]) -> Histogram {
    let mut histogram = Histogram::default();
    values(registers).for_each(|value| histogram.add(value, 1));
    histogram
}

/// Raises a register to at least `value`; true when it was lower.
pub(super) fn raise(registers: &mut [u8], register: usize, value: u8) -> bool {
    let lower = get(registers, register) < value;
    if lower {
        set(registers, register, value);
    }
    lower
}

fn get(registers: &[u8], register: usize) -> u8 {
    let (byte, shift) = place(register);
    (pair(registers, byte) >> shift & MASK) as u8
}

/// Sets a register to a value of six bits.
pub(super) fn set(registers: &mut [u8], register: usize, value: u8) {
    let (byte, shift) = place(register);
    let pair = pair(registers, byte) & !(MASK << shift) | u16::from(value) << shift;
    let [low, high] = pair.to_le_bytes();
    registers[byte] = low;
    if let Some(next) = registers.get_mut(byte + 1) {
        *next = high;
    }
}

/// The byte where a register begins and the bit within.
fn place(register: usize) -> (usize, usize) {
    (register * BITS / 8, register * BITS % 8)
}

/// Two bytes as a number. The last register ends with the last byte, so what follows is not used.
fn pair(registers: &[u8], byte: usize) -> u16 {
    let next = registers.get(byte + 1).copied().unwrap_or(0);
    u16::from_le_bytes([registers[byte], next])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn registers_do_not_touch_each_other() {
        let mut registers = vec![0; BYTES];
        let value = |register: usize| (register * 31 % 64) as u8;
        for register in (0..REGISTERS).rev() {
            set(&mut registers, register, 63);
            set(&mut registers, register, value(register));
        }
        assert!((0..REGISTERS).all(|register| get(&registers, register) == value(register)));
        assert!(values(&registers).eq((0..REGISTERS).map(value)));
    }

    #[test]
    fn raising_never_lowers() {
        let mut registers = vec![0; BYTES];
        assert!(raise(&mut registers, REGISTERS - 1, 9));
        assert!(!raise(&mut registers, REGISTERS - 1, 9));
        assert!(!raise(&mut registers, REGISTERS - 1, 3));
        assert_eq!(get(&registers, REGISTERS - 1), 9);
    }
}
