//! Strings as arrays of bits. Bit 0 is the most significant bit of the first byte.

mod bits;
mod count;
mod field;
mod operation;
mod single;

use crate::call::Command;

/// The rows of the family.
pub(super) const COMMANDS: &[Command] = &[
    count::BITCOUNT,
    field::BITFIELD,
    field::BITFIELD_RO,
    operation::BITOP,
    count::BITPOS,
    single::GETBIT,
    single::SETBIT,
];
