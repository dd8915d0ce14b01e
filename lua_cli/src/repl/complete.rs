//! What the line editor asks while a piece is typed: how a name goes on, and whether the piece is finished.

use std::cell::RefCell;

use ferrous_engine::command::Flags;
use ferrous_lua::{Machine, Script, Settings};
use rustyline::completion::Completer;
use rustyline::highlight::Highlighter;
use rustyline::hint::Hinter;
use rustyline::validate::{ValidationContext, ValidationResult, Validator};
use rustyline::{Context, Helper};

use crate::dataset::registry;

/// See the module.
pub(super) struct LuaHelper {
    /// Names that scripts find.
    names: Vec<String>,
    /// Names of commands.
    commands: Vec<String>,
    /// Says whether a piece is Lua.
    machine: RefCell<Machine>,
}

impl LuaHelper {
    pub(super) fn new(names: Vec<String>) -> Self {
        let registry = registry();
        let commands = registry
            .top_level()
            .filter(|command| !command.description.flags.contains(Flags::NOSCRIPT));
        let mut commands: Vec<_> = commands
            .map(|command| command.full_name.to_ascii_uppercase())
            .collect();
        commands.sort();
        Self {
            names,
            commands,
            machine: RefCell::new(Machine::new(&Settings::default())),
        }
    }

    /// Where what is being typed begins, and how it may go on: in a string that a call begins with, as a command; else as
    /// a name.
    fn completions(&self, typed: &str) -> (usize, Vec<String>) {
        let is_name = |character: char| character.is_alphanumeric() || "_.".contains(character);
        let start = typed
            .rfind(|character| !is_name(character))
            .map_or(0, |at| {
                at + typed[at..].chars().next().map_or(1, char::len_utf8)
            });
        let (before, word) = typed.split_at(start);
        let in_call = ["call('", "call(\""]
            .iter()
            .any(|begin| before.ends_with(begin));
        let known = if in_call { &self.commands } else { &self.names };
        let word = if in_call {
            word.to_ascii_uppercase()
        } else {
            word.to_owned()
        };
        let fits = known.iter().filter(|name| name.starts_with(&word));
        // Fields only once their table is there.
        let fits = fits.filter(|name| in_call || word.contains('.') || !name.contains('.'));
        (start, fits.cloned().collect())
    }

    fn is_unfinished(&self, piece: &str) -> bool {
        let mut machine = self.machine.borrow_mut();
        let problem = |code: &str| {
            let script = Script::new(code.as_bytes()).ok()?;
            machine.check(&script).err()
        };
        let [as_expression, as_statements] = [&format!("return {piece}"), piece].map(problem);
        as_expression.is_some() && as_statements.is_some_and(|error| error.ends_with("'<eof>'"))
    }
}

impl Helper for LuaHelper {}
impl Highlighter for LuaHelper {}

impl Hinter for LuaHelper {
    type Hint = String;
}

impl Validator for LuaHelper {
    fn validate(&self, context: &mut ValidationContext<'_>) -> rustyline::Result<ValidationResult> {
        let piece = context.input();
        let is_colon = piece.trim_start().starts_with(':');
        Ok(if !is_colon && self.is_unfinished(piece) {
            ValidationResult::Incomplete
        } else {
            ValidationResult::Valid(None)
        })
    }
}

impl Completer for LuaHelper {
    type Candidate = String;

    fn complete(
        &self,
        line: &str,
        pos: usize,
        _context: &Context<'_>,
    ) -> rustyline::Result<(usize, Vec<String>)> {
        Ok(self.completions(&line[..pos]))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn helper() -> LuaHelper {
        let names = [
            "redis",
            "redis.call",
            "redis.pcall",
            "return_value",
            "cjson",
        ];
        LuaHelper::new(names.map(str::to_owned).to_vec())
    }

    #[test]
    fn names_go_on() {
        let complete = |typed: &str| helper().completions(typed);
        assert_eq!(complete("local x = red"), (10, vec!["redis".to_owned()]));
        assert_eq!(complete("redis.p"), (0, vec!["redis.pcall".to_owned()]));
        assert_eq!(
            complete("redis.call('hge"),
            (
                12,
                ["HGET", "HGETALL", "HGETDEL", "HGETEX"]
                    .map(str::to_owned)
                    .to_vec()
            )
        );
        assert_eq!(complete("é = c"), (5, vec!["cjson".to_owned()]));
    }

    #[test]
    fn pieces_are_finished_or_not() {
        let is_unfinished = |piece: &str| helper().is_unfinished(piece);
        assert!(is_unfinished("for i = 1, 2 do"));
        assert!(is_unfinished("f("));
        assert!(is_unfinished("x = [[a"));
        assert!(!is_unfinished("1 + 1"));
        assert!(!is_unfinished("x y"));
        assert!(!is_unfinished(""));
    }
}
