//! What the commands that take from the first of several keys are asked for.

use crate::args::Args;
use crate::error::{CommandError, CommandResult};

/// Reads `numkeys key [key …] where [COUNT count]` from argument `index` on, of which `end` reads where to take from:
/// that and the count.
pub(super) fn parse<E>(
    args: &Args<'_>,
    index: usize,
    end: impl FnOnce(&Args<'_>, usize) -> CommandResult<E>,
) -> CommandResult<(E, usize)> {
    let keys = args.count_or(index, 1, CommandError::NUMKEYS)?;
    let at = keys.saturating_add(index + 1);
    if at >= args.len() {
        return Err(CommandError::SYNTAX);
    }
    let end = end(args, at)?;
    match args.len() - at {
        1 => Ok((end, 1)),
        words if words == 2 || !args.is(at + 1, "COUNT") => Err(CommandError::SYNTAX),
        words => {
            // A wrong count is told before whatever follows it.
            let count = args.count_or(at + 2, 1, CommandError::COUNT)?;
            if words > 3 {
                return Err(CommandError::SYNTAX);
            }
            Ok((end, count))
        }
    }
}
