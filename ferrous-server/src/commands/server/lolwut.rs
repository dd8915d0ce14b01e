//! `LOLWUT`: a picture of the version. No two are alike.

use ferrous_engine::command::{Arg, Arity, Flags, Group};
use ferrous_engine::error::{CommandError, CommandResult};
use ferrous_types::number::parse_canonical_int;
use ferrous_types::random::Rng;

use crate::execute::{Command, ServerCall};

const COLUMNS: i64 = 66;
const ROWS: i64 = 8;
const COLUMNS_MAX: i64 = 1000;
const ROWS_MAX: i64 = 200;

pub(super) const LOLWUT: Command = Command::new(Group::Server, "lolwut", Arity::AtLeast(1), lolwut)
    .flags(Flags::FAST.with(Flags::READONLY))
    .args(&[Arg::integer("version").token("VERSION").optional()])
    .since("5.0.0")
    .cost("O(n), n = characters drawn")
    .summary("Draws something.");

/// `LOLWUT [VERSION v] [columns [rows]]`. There is one picture so far, so any version draws it.
fn lolwut(call: &mut ServerCall) -> CommandResult {
    let sizes = match &call.argv[1..] {
        [word, version, rest @ ..] if word.eq_ignore_ascii_case(b"version") => {
            parse_canonical_int(version).ok_or(CommandError::NOT_INTEGER)?;
            rest
        }
        sizes => sizes,
    };
    let size = |index: usize, preset: i64, most: i64| match sizes.get(index) {
        None => Ok(preset),
        Some(text) => parse_canonical_int(text)
            .map(|size| size.clamp(1, most))
            .ok_or(CommandError::NOT_INTEGER),
    };
    let (columns, rows) = (size(0, COLUMNS, COLUMNS_MAX)?, size(1, ROWS, ROWS_MAX)?);
    let picture = format!(
        "{}\nIron oxidises; Ferrous {} does not.\nRedis ver. {}\n",
        rust(columns as usize, rows as usize, call.turn.random),
        env!("CARGO_PKG_VERSION"),
        crate::REDIS_VERSION
    );
    call.reply.verbatim(*b"txt", picture.as_bytes());
    Ok(())
}

/// A sheet of iron on which rust has spread from the bottom up: each cell rusts when a cell below it has, or nearly.
fn rust(columns: usize, rows: usize, random: &mut Rng) -> String {
    const SHADES: [char; 5] = [' ', '░', '▒', '▓', '█'];
    let mut shades = vec![SHADES.len() - 1; columns];
    let mut lines = Vec::with_capacity(rows + 1);
    for _ in 0..rows {
        let line: String = shades.iter().map(|shade| SHADES[*shade]).collect();
        lines.push(line.trim_end().to_owned());
        shades = (0..columns)
            .map(|column| {
                let left = shades[column.saturating_sub(1)];
                let right = shades[(column + 1).min(columns - 1)];
                let neighbour = [left, shades[column], right][random.below(3) as usize];
                neighbour.saturating_sub(random.below(2) as usize)
            })
            .collect();
    }
    lines.reverse();
    lines.push(String::new());
    lines.join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_picture_has_the_size_asked_for() {
        let picture = rust(30, 5, &mut Rng::new(7));
        let widths: Vec<_> = picture.lines().map(|line| line.chars().count()).collect();
        assert_eq!(widths.len(), 5);
        assert!(
            widths.iter().all(|width| *width <= 30) && widths[4] == 30,
            "{widths:?}"
        );
        assert_eq!(rust(1, 1, &mut Rng::new(7)), "█\n");
    }
}
