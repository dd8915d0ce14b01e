//! Whole numbers, decimal and octal.

use std::fmt;
use std::marker::PhantomData;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering::Relaxed};

use super::{Assign, Refusal, Staged, Value, integer, single};
use crate::config::Parameter;

/// The highest number in C's `int`, the bound of most numbers in configuration files.
pub(in crate::config) const INT_MAX: i128 = i32::MAX as i128;
/// The lowest number in C's `int`.
pub(in crate::config) const INT_MIN: i128 = i32::MIN as i128;
/// The highest number in C's `long`.
pub(in crate::config) const LONG_MAX: i128 = i64::MAX as i128;

/// An integer type that a [`Number`] can hold.
pub trait Whole: Copy + fmt::Debug + Send + Sync + 'static {
    /// The lowest and highest number of the type.
    const RANGE: (i128, i128);
    /// The number whose low 64 bits these are.
    fn from_bits(bits: u64) -> Self;
    /// The number itself.
    fn widened(self) -> i128;
}

macro_rules! whole {
    ($($Int:ty)+) => {$(
        impl Whole for $Int {
            const RANGE: (i128, i128) = (<$Int>::MIN as i128, <$Int>::MAX as i128);

            fn from_bits(bits: u64) -> Self {
                bits as Self
            }

            fn widened(self) -> i128 {
                self as i128
            }
        }
    )+};
}

whole!(u8 u16 u32 u64 usize i32 i64);

/// A live whole number within the range of its row, which lies within the type's.
#[derive(Default)]
pub struct Number<T> {
    bits: AtomicU64,
    number: PhantomData<fn() -> T>,
}

impl<T: Whole> Number<T> {
    /// The number.
    pub fn get(&self) -> T {
        T::from_bits(self.bits.load(Relaxed))
    }
}

impl Number<u32> {
    /// Lowers the number to what the system allows; a lower one stays.
    pub(crate) fn lower(&self, most: u32) {
        self.bits.fetch_min(u64::from(most), Relaxed);
    }
}

impl<T: Whole> fmt::Debug for Number<T> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.get().fmt(formatter)
    }
}

impl<T: Whole> Value for Number<T> {
    fn stage(&self, row: &Parameter, words: &[&[u8]], _: Assign) -> Result<Staged<'_>, Refusal> {
        let number = integer(single(words)).ok_or("argument couldn't be parsed into an integer")?;
        within(i128::from(number), row.range_within(T::RANGE))?;
        Ok(Box::new(move || self.bits.store(number as u64, Relaxed)))
    }

    fn show(&self) -> Vec<u8> {
        self.get().widened().to_string().into_bytes()
    }
}

/// Permissions, in octal digits.
#[derive(Debug, Default)]
pub struct Octal(AtomicU32);

impl Octal {
    /// The highest permissions there are.
    const HIGHEST: u32 = 0o777;

    /// The permissions as bits.
    pub fn get(&self) -> u32 {
        self.0.load(Relaxed)
    }
}

impl Value for Octal {
    fn stage(&self, _: &Parameter, words: &[&[u8]], _: Assign) -> Result<Staged<'_>, Refusal> {
        let digits = std::str::from_utf8(single(words)).ok();
        let number = digits.and_then(|digits| i64::from_str_radix(digits, 8).ok());
        let number = number.ok_or("argument couldn't be parsed as an octal number")?;
        match u32::try_from(number) {
            Ok(mode) if mode <= Self::HIGHEST => Ok(Box::new(move || self.0.store(mode, Relaxed))),
            _ => Err(format!(
                "argument must be between 0 and {:o} inclusive",
                Self::HIGHEST
            )
            .into()),
        }
    }

    fn show(&self) -> Vec<u8> {
        format!("{:o}", self.get()).into_bytes()
    }
}

/// Refuses a number outside of `range`.
pub(super) fn within(number: i128, (lowest, highest): (i128, i128)) -> Result<(), Refusal> {
    if (lowest..=highest).contains(&number) {
        return Ok(());
    }
    Err(format!("argument must be between {lowest} and {highest} inclusive").into())
}
