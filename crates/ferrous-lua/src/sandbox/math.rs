//! Random numbers that a seed determines on every machine.

use crate::raise::{Outcome, Raise};
use crate::rand48::Rand48;
use crate::state::Stack;

/// Replaces functions of the `math` library at `library`.
pub(super) fn add(stack: &mut Stack<'_>, library: i32) -> Result<(), Raise> {
    stack.push_function(random, 0)?;
    stack.raw_set_field(library, "random")?;
    stack.push_function(randomseed, 0)?;
    stack.raw_set_field(library, "randomseed")
}

fn random(stack: &mut Stack<'_>) -> Outcome {
    let mut source = stack.shared().random.get();
    let unit = source.unit();
    stack.shared().random.set(source);
    let number = match stack.top() {
        0 => unit,
        1 => {
            let high = stack.check_int(1)?;
            if high < 1 {
                return Err(stack.bad_argument(1, "interval is empty"));
            }
            (unit * f64::from(high)).floor() + 1.0
        }
        2 => {
            let (low, high) = (stack.check_int(1)?, stack.check_int(2)?);
            if low > high {
                return Err(stack.bad_argument(2, "interval is empty"));
            }
            // The width wraps around as the 32-bit one of released servers does.
            let width = high.wrapping_sub(low).wrapping_add(1);
            (unit * f64::from(width)).floor() + f64::from(low)
        }
        _ => return Err(Raise::here("wrong number of arguments")),
    };
    stack.push_number(number)?;
    Ok(1)
}

fn randomseed(stack: &mut Stack<'_>) -> Outcome {
    let seed = stack.check_int(1)?;
    let shared = stack.shared();
    let before = shared.random.replace(Rand48::new(seed));
    // The seed is this run's own: the next one goes on with numbers that nobody chose.
    let first = shared.random_before.take().unwrap_or(before);
    shared.random_before.set(Some(first));
    Ok(0)
}
