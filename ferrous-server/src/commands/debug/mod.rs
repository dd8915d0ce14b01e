//! `DEBUG`: for those who test a server, and for those who want to see it fall.
//!
//! Its subcommands are no rows of the command table, in released servers either: clients see one command without
//! subcommands. They have a table of their own.

mod crash;
mod data;
mod protocol;
mod reload;
mod settings;

use std::ops::RangeInclusive;

use ferrous_engine::command::{Arity, DocFlags, Flags, Group};
use ferrous_engine::error::{CommandError, CommandResult};

use crate::execute::{Command, ServerCall, ServerFn};

/// The rows of the family.
pub(super) const COMMANDS: &[Command] = &[DEBUG];

const NOT_ALLOWED: CommandError = CommandError::fixed(
    "ERR DEBUG command not allowed. If the enable-debug-command option is set to \"local\", you can run it from a local connection, otherwise you need to set this option in the configuration file, and then restart the server.",
);

pub(super) const DEBUG: Command = Command::new(Group::Server, "debug", Arity::AtLeast(2), debug)
    .flags(
        Flags::ADMIN
            .with(Flags::LOADING)
            .with(Flags::NOSCRIPT)
            .with(Flags::STALE),
    )
    .since("1.0.0")
    .doc_flags(DocFlags::SYSCMD)
    .cost("Depends on the subcommand")
    .summary("Helps to test a server.");

/// A subcommand.
struct Action {
    /// In lower case.
    name: &'static str,
    /// What follows it, as `HELP` shows it.
    args: &'static str,
    /// How many arguments there are, `DEBUG` and the name included.
    count: RangeInclusive<usize>,
    run: ServerFn,
    help: &'static str,
}

const MANY: usize = usize::MAX;

impl Action {
    const fn new(
        name: &'static str,
        args: &'static str,
        count: RangeInclusive<usize>,
        run: ServerFn,
    ) -> Self {
        Self {
            name,
            args,
            count,
            run,
            help: "",
        }
    }

    const fn help(mut self, help: &'static str) -> Self {
        self.help = help;
        self
    }
}

const FAMILIES: &[&[Action]] = &[
    crash::ACTIONS,
    data::ACTIONS,
    protocol::ACTIONS,
    reload::ACTIONS,
    settings::ACTIONS,
    &[HELP],
];

const HELP: Action = Action::new("help", "", 2..=2, help).help("Print this help.");

fn debug(call: &mut ServerCall) -> CommandResult {
    if !call
        .server
        .config
        .security
        .enable_debug_command
        .get()
        .allows(call.session.handle.peer.is_local())
    {
        return Err(NOT_ALLOWED);
    }
    let word = call.argv[1];
    let fits = |action: &&Action| {
        word.eq_ignore_ascii_case(action.name.as_bytes()) && action.count.contains(&call.argv.len())
    };
    if let Some(action) = FAMILIES.iter().copied().flatten().find(fits) {
        return (action.run)(call);
    }
    let word = String::from_utf8_lossy(&word[..word.len().min(128)]);
    Err(CommandError::new(format!(
        "ERR unknown subcommand or wrong number of arguments for '{word}'. Try DEBUG HELP."
    )))
}

fn help(call: &mut ServerCall) -> CommandResult {
    let mut lines =
        vec!["DEBUG <subcommand> [<arg> [value] [opt] ...]. Subcommands are:".to_owned()];
    for action in FAMILIES.iter().copied().flatten() {
        let usage = format!("{} {}", action.name.to_ascii_uppercase(), action.args);
        lines.push(usage.trim_end().to_owned());
        lines.extend(
            action
                .help
                .lines()
                .map(|line| format!("    {}", line.trim())),
        );
    }
    call.reply.array(lines.len());
    for line in &lines {
        call.reply.simple(line.as_bytes());
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_action_is_documented_once() {
        let mut names: Vec<_> = FAMILIES
            .iter()
            .copied()
            .flatten()
            .map(|action| action.name)
            .collect();
        let count = names.len();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), count);
        assert!(
            FAMILIES
                .iter()
                .copied()
                .flatten()
                .all(|action| !action.help.is_empty())
        );
    }
}
