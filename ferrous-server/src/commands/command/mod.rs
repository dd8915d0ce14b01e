//! `COMMAND`: what the command table knows, told to clients.

mod docs;
mod info;
mod list;

use ferrous_engine::command::{
    Arg, Arity, Categories, Flags, Group, KeyFlags, KeyIndexes, KeySpec, NoKeys, Registered,
};
use ferrous_engine::error::{CommandError, CommandResult};

use super::help;
use crate::execute::{Command, Handler, ServerCall};

/// The rows of the family.
pub(super) const COMMANDS: &[Command] = &[COMMAND];

const COMMAND: Command = Command::new(Group::Server, "command", Arity::AtLeast(1), command)
    .subcommands(&[
        COMMAND_COUNT,
        COMMAND_DOCS,
        COMMAND_GETKEYS,
        COMMAND_GETKEYSANDFLAGS,
        COMMAND_HELP,
        COMMAND_INFO,
        COMMAND_LIST,
    ])
    .flags(Flags::LOADING.with(Flags::STALE))
    .categories(Categories::CONNECTION)
    .since("2.8.13")
    .tips(&["nondeterministic_output_order"])
    .cost("O(n), n = commands")
    .summary("Returns what is known about every command.");

fn command(call: &mut ServerCall) -> CommandResult {
    let registry = &call.server.registry;
    call.reply.array(registry.top_level().count());
    for command in registry.top_level() {
        info::write(call.reply, registry, command);
    }
    Ok(())
}

const COMMAND_COUNT: Command =
    Command::new(Group::Server, "count", Arity::Exactly(2), command_count)
        .flags(Flags::LOADING.with(Flags::STALE))
        .categories(Categories::CONNECTION)
        .since("2.8.13")
        .cost("O(1)")
        .summary("Returns the number of commands.");

fn command_count(call: &mut ServerCall) -> CommandResult {
    call.reply
        .integer(call.server.registry.top_level().count() as i64);
    Ok(())
}

const COMMAND_DOCS: Command = Command::new(Group::Server, "docs", Arity::AtLeast(2), command_docs)
    .flags(Flags::LOADING.with(Flags::STALE))
    .categories(Categories::CONNECTION)
    .args(&[Arg::string("command-name").optional().multiple()])
    .since("7.0.0")
    .tips(&["nondeterministic_output_order"])
    .cost("O(n), n = commands asked for")
    .summary("Returns the documentation of commands.");

fn command_docs(call: &mut ServerCall) -> CommandResult {
    let registry = &call.server.registry;
    let asked: Vec<_> = match call.argv.get(2..).unwrap_or_default() {
        [] => registry.top_level().collect(),
        names => names
            .iter()
            .filter_map(|name| registry.find_full(name))
            .collect(),
    };
    call.reply.map(asked.len());
    for command in asked {
        docs::write(call.reply, registry, command);
    }
    Ok(())
}

const COMMAND_INFO: Command = Command::new(Group::Server, "info", Arity::AtLeast(2), command_info)
    .flags(Flags::LOADING.with(Flags::STALE))
    .categories(Categories::CONNECTION)
    .args(&[Arg::string("command-name").optional().multiple()])
    .since("2.8.13")
    .history(&[("7.0.0", "Without names it describes every command.")])
    .tips(&["nondeterministic_output_order"])
    .cost("O(n), n = commands asked for")
    .summary("Returns what is known about commands.");

fn command_info(call: &mut ServerCall) -> CommandResult {
    let registry = &call.server.registry;
    let names = match call.argv.get(2..).unwrap_or_default() {
        [] => return command(call),
        names => names,
    };
    call.reply.array(names.len());
    for name in names {
        match registry.find_full(name) {
            Some(command) => info::write(call.reply, registry, command),
            None => call.reply.nil(),
        }
    }
    Ok(())
}

const COMMAND_LIST: Command = Command::new(Group::Server, "list", Arity::AtLeast(2), command_list)
    .flags(Flags::LOADING.with(Flags::STALE))
    .categories(Categories::CONNECTION)
    .args(&[Arg::one_of(
        "filterby",
        &[
            Arg::string("module-name").token("MODULE"),
            Arg::string("category").token("ACLCAT"),
            Arg::pattern("pattern").token("PATTERN"),
        ],
    )
    .token("FILTERBY")
    .optional()])
    .since("7.0.0")
    .tips(&["nondeterministic_output_order"])
    .cost("O(n), n = commands")
    .summary("Returns the names of commands.");

fn command_list(call: &mut ServerCall) -> CommandResult {
    let filter = list::Filter::parse(call.argv.get(2..).unwrap_or_default())?;
    let all = || call.server.registry.all().iter();
    let listed: Vec<_> = match &filter {
        None => all().collect(),
        Some(filter) => all().filter(|command| filter.takes(command)).collect(),
    };
    call.reply.array(listed.len());
    for command in listed {
        call.reply.bulk(command.full_name.as_bytes());
    }
    Ok(())
}

const COMMAND_GETKEYS: Command =
    Command::new(Group::Server, "getkeys", Arity::AtLeast(3), command_getkeys)
        .flags(Flags::LOADING.with(Flags::STALE))
        .categories(Categories::CONNECTION)
        .args(&[
            Arg::string("command"),
            Arg::string("arg").optional().multiple(),
        ])
        .since("2.8.13")
        .cost("O(n), n = arguments")
        .summary("Returns the keys in a command with its arguments.");

fn command_getkeys(call: &mut ServerCall) -> CommandResult {
    let keys = keys_of(call)?;
    call.reply.array(keys.len());
    for (index, _) in keys {
        call.reply.bulk(call.argv[2 + index as usize]);
    }
    Ok(())
}

const COMMAND_GETKEYSANDFLAGS: Command = Command::new(
    Group::Server,
    "getkeysandflags",
    Arity::AtLeast(3),
    command_getkeysandflags,
)
.flags(Flags::LOADING.with(Flags::STALE))
.categories(Categories::CONNECTION)
.args(&[
    Arg::string("command"),
    Arg::string("arg").optional().multiple(),
])
.since("7.0.0")
.cost("O(n), n = arguments")
.summary("Returns the keys in a command with its arguments, and what it does with them.");

fn command_getkeysandflags(call: &mut ServerCall) -> CommandResult {
    let keys = keys_of(call)?;
    call.reply.array(keys.len());
    for (index, flags) in keys {
        call.reply.array(2);
        call.reply.bulk(call.argv[2 + index as usize]);
        let names: Vec<_> = flags.names().collect();
        call.reply.set(names.len());
        for name in names {
            call.reply.simple(name.as_bytes());
        }
    }
    Ok(())
}

/// The arguments that are keys in the command that follows `COMMAND GETKEYS`, and what is done with them.
fn keys_of(call: &ServerCall) -> CommandResult<Vec<(u32, KeyFlags)>> {
    let argv = &call.argv[2..];
    let command = find(call, argv)?;
    let names_none = |spec: &KeySpec| spec.flags.contains(KeyFlags::NOT_KEY);
    if command.description.keys.iter().all(names_none) {
        return Err(CommandError::fixed("ERR The command has no key arguments"));
    }
    if !command.description.arity.accepts(argv.len()) {
        return Err(CommandError::fixed(
            "ERR Invalid number of arguments specified for command",
        ));
    }
    let invalid = CommandError::fixed("ERR Invalid arguments specified for command");
    let may_have_none = command.description.flags.contains(Flags::NO_MANDATORY_KEYS);
    let mut keys = Vec::new();
    for spec in command.description.keys {
        let mut indexes = KeyIndexes::new();
        if let Err(NoKeys) = spec.find(argv, &mut indexes) {
            return if may_have_none {
                Ok(Vec::new())
            } else {
                Err(invalid)
            };
        }
        let key_use = command.description.key_use;
        let flags = key_use.map_or(spec.flags, |key_use| key_use(argv));
        keys.extend(indexes.into_iter().map(|index| (index, flags)));
    }
    if keys.is_empty() && !may_have_none {
        return Err(invalid);
    }
    Ok(keys)
}

fn find(call: &ServerCall, argv: &[&[u8]]) -> CommandResult<&'static Registered<Handler>> {
    match call.server.registry.resolve(argv) {
        Some(Ok(command)) => Ok(command),
        Some(Err(_)) | None => Err(CommandError::fixed("ERR Invalid command specified")),
    }
}

const COMMAND_HELP: Command = Command::new(Group::Server, "help", Arity::Exactly(2), help)
    .flags(Flags::LOADING.with(Flags::STALE))
    .categories(Categories::CONNECTION)
    .since("5.0.0")
    .cost("O(1)")
    .summary("Lists the subcommands.");
