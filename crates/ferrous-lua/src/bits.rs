//! `bit`: operations on 32 bits, as Mike Pall's `LuaBitOp` defines them.

use crate::raise::{Outcome, Raise};
use crate::state::Stack;

/// 2⁵² + 2⁵¹: added to a double it leaves the integer part modulo 2³² in the low bits, rounded to even.
const MAGIC: f64 = 6_755_399_441_055_744.0;

/// Pushes the library.
pub(crate) fn push(stack: &mut Stack<'_>) -> Result<(), Raise> {
    stack.push_table(0, 16)?;
    let library = stack.top();
    macro_rules! add {
        ($($name:literal => $function:expr),* $(,)?) => {$(
            stack.push_function($function, 0)?;
            stack.raw_set_field(library, $name)?;
        )*};
    }
    add! {
        "tobit" => |stack| unary(stack, |bits| bits),
        "bnot" => |stack| unary(stack, |bits| !bits),
        "bswap" => |stack| unary(stack, u32::swap_bytes),
        "band" => |stack| fold(stack, |all, bits| all & bits),
        "bor" => |stack| fold(stack, |all, bits| all | bits),
        "bxor" => |stack| fold(stack, |all, bits| all ^ bits),
        "lshift" => |stack| shift(stack, u32::wrapping_shl),
        "rshift" => |stack| shift(stack, u32::wrapping_shr),
        "arshift" => |stack| shift(stack, |bits, by| (bits as i32).wrapping_shr(by) as u32),
        "rol" => |stack| shift(stack, |bits, by| bits.rotate_left(by & 31)),
        "ror" => |stack| shift(stack, |bits, by| bits.rotate_right(by & 31)),
        "tohex" => tohex,
    }
    Ok(())
}

fn argument(stack: &Stack<'_>, index: i32) -> Result<u32, Raise> {
    Ok((stack.check_number(index)? + MAGIC).to_bits() as u32)
}

fn results(stack: &mut Stack<'_>, bits: u32) -> Outcome {
    stack.push_number(f64::from(bits as i32))?;
    Ok(1)
}

fn unary(stack: &mut Stack<'_>, operation: fn(u32) -> u32) -> Outcome {
    let bits = argument(stack, 1)?;
    results(stack, operation(bits))
}

fn fold(stack: &mut Stack<'_>, operation: fn(u32, u32) -> u32) -> Outcome {
    let mut bits = argument(stack, 1)?;
    for index in 2..=stack.top() {
        bits = operation(bits, argument(stack, index)?);
    }
    results(stack, bits)
}

/// Shifts count modulo 32.
fn shift(stack: &mut Stack<'_>, operation: fn(u32, u32) -> u32) -> Outcome {
    let (bits, by) = (argument(stack, 1)?, argument(stack, 2)?);
    results(stack, operation(bits, by & 31))
}

/// So many of the low hexadecimal digits; a negative number of them are capitals.
fn tohex(stack: &mut Stack<'_>) -> Outcome {
    let bits = argument(stack, 1)?;
    let digits = match stack.top() {
        1 => 8,
        _ => argument(stack, 2)? as i32,
    };
    // The magnitude of the smallest number fits no i32: the way out of CVE-2024-31449.
    let count = digits.unsigned_abs().min(8) as usize;
    let text = if digits < 0 {
        format!("{bits:08X}")
    } else {
        format!("{bits:08x}")
    };
    stack.push_bytes(&text.as_bytes()[8 - count..])?;
    Ok(1)
}
