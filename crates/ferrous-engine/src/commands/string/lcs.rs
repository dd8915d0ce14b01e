//! The longest common subsequence of two strings.

use std::ops::Range;

use ferrous_resp::{Aggregate, Encoder};

use crate::args::Args;
use crate::call::{Call, Command, DataHandler::Keys};
use crate::command::{Arg, Arity, Flags, Group, KeySpec};
use crate::error::{CommandError, CommandResult};

const NOT_STRINGS: CommandError =
    CommandError::fixed("ERR The specified keys must contain string values");
const LEN_AND_IDX: CommandError =
    CommandError::fixed("ERR If you want both the length and indexes, please just use IDX.");
const TOO_MUCH_MEMORY: CommandError = CommandError::fixed(
    "ERR Insufficient memory, transient memory for LCS exceeds proto-max-bulk-len",
);

pub(super) const LCS: Command = Command::new(Group::String, "lcs", Arity::AtLeast(3), Keys(lcs))
    .flags(Flags::READONLY)
    .keys(&[KeySpec::range(1, 1, 1).reads()])
    .args(&[
        Arg::key("key1"),
        Arg::key("key2"),
        Arg::word("len", "LEN").optional(),
        Arg::word("idx", "IDX").optional(),
        Arg::integer("min-match-len")
            .token("MINMATCHLEN")
            .optional(),
        Arg::word("withmatchlen", "WITHMATCHLEN").optional(),
    ])
    .since("7.0.0")
    .cost("O(n*m), n and m the strings' lengths")
    .summary("Finds the longest common subsequence of two strings.");

fn lcs(call: &mut Call) -> CommandResult {
    let mut texts = [Vec::new(), Vec::new()];
    for (text, key) in texts.iter_mut().zip(call.args.keys()) {
        if let Some(found) = call.db.text(&key).map_err(|_| NOT_STRINGS)? {
            *text = found.to_vec();
        }
    }
    let options = Options::parse(&call.args)?;
    let [a, b] = &texts;
    let table = Lengths::new(a, b, call.limits.string_bytes_max)?;
    if options.idx {
        reply_matches(call.reply, &table, &options);
    } else if options.len {
        call.reply.integer(i64::from(table.at(a.len(), b.len())));
    } else {
        let mut common: Vec<u8> = table.backtrack().map(|(i, _)| a[i]).collect();
        common.reverse();
        call.reply.bulk(&common);
    }
    Ok(())
}

#[derive(Default)]
struct Options {
    len: bool,
    idx: bool,
    with_match_len: bool,
    min_match_len: i64,
}

impl Options {
    fn parse(args: &Args<'_>) -> CommandResult<Self> {
        let mut options = Self::default();
        let mut index = 3;
        while index < args.len() {
            if args.is(index, "LEN") {
                options.len = true;
            } else if args.is(index, "IDX") {
                options.idx = true;
            } else if args.is(index, "WITHMATCHLEN") {
                options.with_match_len = true;
            } else if args.is(index, "MINMATCHLEN") && index + 1 < args.len() {
                index += 1;
                options.min_match_len = args.int(index)?.max(0);
            } else {
                return Err(CommandError::SYNTAX);
            }
            index += 1;
        }
        if options.len && options.idx {
            Err(LEN_AND_IDX)
        } else {
            Ok(options)
        }
    }
}

/// The lengths of the longest common subsequences of all prefixes of two strings.
struct Lengths<'a> {
    a: &'a [u8],
    b: &'a [u8],
    /// Row by row: one row per prefix of `a`, one column per prefix of `b`.
    cells: Vec<u32>,
}

impl<'a> Lengths<'a> {
    fn new(a: &'a [u8], b: &'a [u8], bytes_max: usize) -> CommandResult<Self> {
        let width = b.len() + 1;
        let bytes = (a.len() + 1)
            .checked_mul(width)
            .and_then(|cells| cells.checked_mul(size_of::<u32>()));
        if bytes.is_none_or(|bytes| bytes > bytes_max) {
            return Err(TOO_MUCH_MEMORY);
        }
        let mut cells = vec![0; (a.len() + 1) * width];
        for (i, x) in a.iter().enumerate() {
            let (above, below) = cells[i * width..].split_at_mut(width);
            for (j, y) in b.iter().enumerate() {
                below[j + 1] = if x == y {
                    above[j] + 1
                } else {
                    above[j + 1].max(below[j])
                };
            }
        }
        Ok(Self { a, b, cells })
    }

    fn at(&self, i: usize, j: usize) -> u32 {
        self.cells[i * (self.b.len() + 1) + j]
    }

    /// The positions in `a` and `b` of each byte of the subsequence, last one first.
    fn backtrack(&self) -> impl Iterator<Item = (usize, usize)> {
        let (mut i, mut j) = (self.a.len(), self.b.len());
        std::iter::from_fn(move || {
            while i > 0 && j > 0 {
                if self.a[i - 1] == self.b[j - 1] {
                    (i, j) = (i - 1, j - 1);
                    return Some((i, j));
                }
                // Among equally long ones, released servers prefer the one that leaves `b` earlier.
                if self.at(i - 1, j) > self.at(i, j - 1) {
                    i -= 1;
                } else {
                    j -= 1;
                }
            }
            None
        })
    }

    /// The runs of bytes that both strings share in the subsequence, last one first.
    fn matches(&self) -> Vec<(Range<usize>, Range<usize>)> {
        let mut matches: Vec<(Range<usize>, Range<usize>)> = Vec::new();
        for (i, j) in self.backtrack() {
            match matches.last_mut() {
                Some((in_a, in_b)) if in_a.start == i + 1 && in_b.start == j + 1 => {
                    in_a.start = i;
                    in_b.start = j;
                }
                _ => matches.push((i..i + 1, j..j + 1)),
            }
        }
        matches
    }
}

fn reply_matches(reply: &mut Encoder<'_>, table: &Lengths<'_>, options: &Options) {
    reply.map(2);
    reply.bulk(b"matches");
    let matches = table.matches();
    let long_enough = || {
        matches
            .iter()
            .filter(|(in_a, _)| in_a.len() as i64 >= options.min_match_len)
    };
    reply.aggregate(Aggregate::Array, long_enough().count());
    for (in_a, in_b) in long_enough() {
        reply.array(if options.with_match_len { 3 } else { 2 });
        for range in [in_a, in_b] {
            reply.array(2);
            reply.integer(range.start as i64);
            reply.integer(range.end as i64 - 1);
        }
        if options.with_match_len {
            reply.integer(in_a.len() as i64);
        }
    }
    reply.bulk(b"len");
    reply.integer(i64::from(table.at(table.a.len(), table.b.len())));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn matches_are_maximal_runs_from_the_end() {
        let (a, b) = (b"ohmytext".as_slice(), b"mynewtext".as_slice());
        let table = Lengths::new(a, b, 1 << 20).expect("small");
        assert_eq!(table.at(a.len(), b.len()), 6);
        assert_eq!(table.matches(), [(4..8, 5..9), (2..4, 0..2)]);
    }

    #[test]
    fn the_table_is_bounded() {
        assert!(Lengths::new(&[0; 1000], &[0; 1000], 1 << 20).is_err());
    }
}
