//! Just enough arithmetic on unsigned integers of any size to convert long doubles exactly.

use std::cmp::Ordering;

/// An unsigned integer: 32-bit limbs, the least significant first, the last never zero.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Big(Vec<u32>);

impl Big {
    pub(super) fn new(value: u64) -> Self {
        let mut big = Self(vec![value as u32, (value >> 32) as u32]);
        big.trim();
        big
    }

    fn trim(&mut self) {
        while self.0.last() == Some(&0) {
            self.0.pop();
        }
    }

    pub(super) fn is_zero(&self) -> bool {
        self.0.is_empty()
    }

    /// The position of the highest set bit plus one; zero for zero.
    pub(super) fn bits(&self) -> u32 {
        let top = self
            .0
            .last()
            .map_or(0, |limb| u32::BITS - limb.leading_zeros());
        (self.0.len().saturating_sub(1)) as u32 * u32::BITS + top
    }

    pub(super) fn mul_add(&mut self, factor: u32, addend: u32) {
        let mut carry = u64::from(addend);
        for limb in &mut self.0 {
            carry += u64::from(*limb) * u64::from(factor);
            *limb = carry as u32;
            carry >>= u32::BITS;
        }
        self.0.push(carry as u32);
        self.trim();
    }

    pub(super) fn mul_pow10(&mut self, mut exponent: u32) {
        while exponent >= 9 {
            self.mul_add(1_000_000_000, 0);
            exponent -= 9;
        }
        self.mul_add(10_u32.pow(exponent), 0);
    }

    pub(super) fn shift_left(&mut self, bits: u32) {
        self.mul_add(1 << (bits % u32::BITS), 0);
        if !self.is_zero() {
            self.0
                .splice(0..0, std::iter::repeat_n(0, (bits / u32::BITS) as usize));
        }
    }

    /// Divides by `2^bits` and rounds to nearest, ties to even.
    pub(super) fn shift_right_rounding(&mut self, bits: u32) {
        if bits == 0 {
            return;
        }
        let half_bit = bits - 1;
        let rest = (0..half_bit / u32::BITS).any(|limb| self.limb(limb) != 0)
            || self.limb(half_bit / u32::BITS) & ((1 << (half_bit % u32::BITS)) - 1) != 0;
        let round_up = self.bit(half_bit) && (rest || self.bit(bits));
        self.0
            .drain(..((bits / u32::BITS) as usize).min(self.0.len()));
        let mut upper = 0;
        for limb in self.0.iter_mut().rev() {
            let both = upper << u32::BITS | u64::from(*limb);
            upper = both & 0xffff_ffff;
            *limb = (both >> (bits % u32::BITS)) as u32;
        }
        self.trim();
        self.mul_add(1, round_up.into());
    }

    fn limb(&self, index: u32) -> u32 {
        self.0.get(index as usize).copied().unwrap_or(0)
    }

    fn bit(&self, index: u32) -> bool {
        self.limb(index / u32::BITS) >> (index % u32::BITS) & 1 == 1
    }

    /// Subtracts a number that is not larger.
    pub(super) fn subtract(&mut self, other: &Self) {
        let mut borrow = false;
        for (index, limb) in self.0.iter_mut().enumerate() {
            let subtrahend = other.limb(index as u32);
            let (difference, under) = limb.overflowing_sub(subtrahend);
            let (difference, under_again) = difference.overflowing_sub(borrow.into());
            (*limb, borrow) = (difference, under || under_again);
        }
        self.trim();
    }

    /// The decimal digits, at least `min_digits` of them.
    pub(super) fn into_decimal(mut self, min_digits: usize) -> String {
        let mut digits = Vec::new();
        while !self.is_zero() || digits.len() < min_digits {
            let mut nine = self.divide_by_billion();
            digits.extend((0..9).map(|_| {
                let digit = b'0' + (nine % 10) as u8;
                nine /= 10;
                char::from(digit)
            }));
        }
        while digits.len() > min_digits && digits.last() == Some(&'0') {
            digits.pop();
        }
        digits.into_iter().rev().collect()
    }

    /// Divides and returns the remainder.
    fn divide_by_billion(&mut self) -> u32 {
        let mut rest = 0;
        for limb in self.0.iter_mut().rev() {
            let dividend = rest << u32::BITS | u64::from(*limb);
            *limb = (dividend / 1_000_000_000) as u32;
            rest = dividend % 1_000_000_000;
        }
        self.trim();
        rest as u32
    }
}

impl PartialOrd for Big {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Big {
    fn cmp(&self, other: &Self) -> Ordering {
        let by_len = self.0.len().cmp(&other.0.len());
        by_len.then_with(|| self.0.iter().rev().cmp(other.0.iter().rev()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shifts_undo_each_other() {
        for bits in 0..100 {
            let mut big = Big::new(0x1234_5678_9abc_def0);
            big.shift_left(bits);
            assert_eq!(big.bits(), 61 + bits);
            big.shift_right_rounding(bits);
            assert_eq!(big, Big::new(0x1234_5678_9abc_def0));
        }
    }

    #[test]
    fn ties_go_to_even() {
        for (value, bits, rounded) in [(5, 1, 2), (7, 1, 4), (6, 2, 2), (2, 2, 0), (3, 2, 1)] {
            let mut big = Big::new(value);
            big.shift_right_rounding(bits);
            assert_eq!(big, Big::new(rounded), "{value} >> {bits}");
        }
        let mut big = Big::new(3);
        big.shift_right_rounding(1000);
        assert!(big.is_zero());
    }

    #[test]
    fn prints_and_subtracts() {
        let mut big = Big::new(12);
        big.mul_pow10(30);
        big.mul_add(1, 5);
        assert_eq!(
            big.clone().into_decimal(0),
            "12000000000000000000000000000005"
        );
        big.subtract(&Big::new(6));
        assert_eq!(big.into_decimal(0), "11999999999999999999999999999999");
        assert_eq!(Big::new(7).into_decimal(3), "007");
    }
}
