//! What the walks over keys and over elements have in common: cursors, patterns, and how much one call visits.

use ferrous_types::glob::{Case, Glob};

use crate::args::Args;
use crate::call::Call;
use crate::error::{CommandError, CommandResult};

/// Elements that a call visits unless it asks for another number.
pub(super) const COUNT_DEFAULT: usize = 10;

/// Buckets that a call visits at most, for each element it asks for: a table may have many empty ones.
const STEPS_PER_ELEMENT: usize = 10;

/// The pattern that names have to match; `*` is none, so that it takes the empty name too, which no pattern matches.
pub(super) fn pattern(text: &[u8]) -> Option<Glob<'_>> {
    (text != b"*").then(|| Glob::new(text, Case::Sensitive))
}

/// The cursor that `text` spells.
pub(super) fn parse_cursor(text: &[u8]) -> CommandResult<u64> {
    let text = std::str::from_utf8(text).map_err(|_| CommandError::INVALID_CURSOR)?;
    // C's strtoul decides: it makes a very large cursor, past the end, of a negative one, and 0 of nothing.
    match text.strip_prefix('-') {
        None if text.is_empty() => Ok(0),
        Some(digits) => digits.parse::<u64>().map(u64::wrapping_neg),
        None => text.parse(),
    }
    .map_err(|_| CommandError::INVALID_CURSOR)
}

/// The value of `COUNT` in argument `index`.
pub(super) fn parse_count(args: &Args, index: usize) -> CommandResult<usize> {
    let count = usize::try_from(args.int(index)?).unwrap_or(0);
    if count == 0 {
        return Err(CommandError::SYNTAX);
    }
    Ok(count)
}

/// The words that leave out the second word of each element, each with the refusal of the commands that lack it.
const NAMES_ONLY: [(&str, CommandError); 2] = [
    (
        "NOVALUES",
        CommandError::fixed("ERR NOVALUES option can only be used in HSCAN"),
    ),
    (
        "NOSCORES",
        CommandError::fixed("ERR NOSCORES option can only be used in ZSCAN"),
    ),
];

/// The options of `HSCAN`, `SSCAN` and `ZSCAN`.
pub(super) struct ElementScan<'a> {
    pattern: Option<Glob<'a>>,
    count: usize,
    /// The second word of each element is left out.
    pub(super) names_only: bool,
}

impl<'a> ElementScan<'a> {
    /// Reads the options from argument 3 on. `names_only` is the word that leaves out the second word of each element,
    /// where they have one.
    pub(super) fn parse(args: &Args<'a>, names_only: Option<&str>) -> CommandResult<Self> {
        let mut options = Self {
            pattern: None,
            count: COUNT_DEFAULT,
            names_only: false,
        };
        let mut index = 3;
        while index < args.len() {
            let follows = args.try_get(index + 1);
            if args.is(index, "MATCH")
                && let Some(text) = follows
            {
                options.pattern = pattern(text);
                index += 1;
            } else if args.is(index, "COUNT") && follows.is_some() {
                options.count = parse_count(args, index + 1)?;
                index += 1;
            } else if names_only.is_some_and(|word| args.is(index, word)) {
                options.names_only = true;
            } else {
                let known = NAMES_ONLY.into_iter();
                let mut foreign = known.filter(|(word, _)| args.is(index, word));
                return Err(foreign
                    .next()
                    .map_or(CommandError::SYNTAX, |(_, error)| error));
            }
            index += 1;
        }
        Ok(options)
    }

    /// True when an element of this name is wanted.
    pub(super) fn takes(&self, name: &[u8]) -> bool {
        self.pattern
            .as_ref()
            .is_none_or(|pattern| pattern.matches(name))
    }

    /// Calls `step`, which visits some elements from a cursor on, until about as many were visited as were asked for;
    /// `step` returns the next cursor and how many it visited. Returns the cursor to go on from.
    pub(super) fn walk(&self, mut cursor: u64, mut step: impl FnMut(u64) -> (u64, usize)) -> u64 {
        let mut visited = 0;
        for _ in 0..self.count.saturating_mul(STEPS_PER_ELEMENT) {
            let (next, count) = step(cursor);
            (cursor, visited) = (next, visited + count);
            if cursor == 0 || visited >= self.count {
                break;
            }
        }
        cursor
    }
}

/// Replies to a walk: the cursor to go on from, then the words that were found.
pub(super) fn reply(call: &mut Call, cursor: u64, words: &[Vec<u8>]) {
    call.reply.array(2);
    call.reply.bulk(cursor.to_string().as_bytes());
    call.reply.array(words.len());
    for word in words {
        call.reply.bulk(word);
    }
}
