//! `CONFIG`: parameters looked at, changed and written back.

use ferrous_engine::command::{Arg, Arity, Flags, Group};
use ferrous_engine::error::{CommandError, CommandResult};

use super::help;
use crate::config::{self, Caller, Effect, Extent, Parameter, SetError};
use crate::effects;
use crate::execute::{Command, ServerCall};

/// The rows of the family.
pub(super) const COMMANDS: &[Command] = &[CONFIG];

const CONFIG: Command = Command::new(Group::Server, "config", Arity::AtLeast(2), help)
    .subcommands(&[
        CONFIG_GET,
        CONFIG_HELP,
        CONFIG_RESETSTAT,
        CONFIG_REWRITE,
        CONFIG_SET,
    ])
    .since("2.0.0")
    .cost("Depends on the subcommand")
    .summary("Looks after the server's parameters.");

const CONFIG_GET: Command = Command::new(Group::Server, "get", Arity::AtLeast(3), config_get)
    .flags(
        Flags::ADMIN
            .with(Flags::LOADING)
            .with(Flags::NOSCRIPT)
            .with(Flags::STALE),
    )
    .args(&[Arg::string("parameter").multiple()])
    .since("2.0.0")
    .history(&[("7.0.0", "Takes several patterns.")])
    .cost("O(n), n = parameters")
    .summary("Returns the parameters that match patterns, with their values.");

fn config_get(call: &mut ServerCall) -> CommandResult {
    let found = call.server.config.get(&call.argv[2..]);
    call.reply.map(found.len());
    for (name, value) in found {
        call.reply.bulk(name.as_bytes());
        call.reply.bulk(&value);
    }
    Ok(())
}

const CONFIG_SET: Command = Command::new(Group::Server, "set", Arity::AtLeast(4), config_set)
    .flags(
        Flags::ADMIN
            .with(Flags::LOADING)
            .with(Flags::NOSCRIPT)
            .with(Flags::STALE),
    )
    .args(&[Arg::block("data", &[Arg::string("parameter"), Arg::string("value")]).multiple()])
    .since("2.0.0")
    .history(&[("7.0.0", "Sets several parameters at once.")])
    .tips(&["request_policy:all_nodes", "response_policy:all_succeeded"])
    .cost("O(n), n = parameters")
    .summary("Changes parameters: all that are named, or none.");

fn config_set(call: &mut ServerCall) -> CommandResult {
    let (pairs, rest) = call.argv[2..].as_chunks::<2>();
    if !rest.is_empty() {
        return Err(CommandError::SYNTAX);
    }
    for (pair, [name, _]) in pairs.iter().enumerate() {
        if config::parameter(name).is_some_and(Parameter::is_sensitive) {
            call.session.hide_arg(2 * pair + 3);
        }
    }
    let pairs: Vec<(&[u8], &[u8])> = pairs.iter().map(|[name, value]| (*name, *value)).collect();
    let caller = Caller {
        is_local: call.session.handle.peer.is_local(),
        is_loading: call.server.persistence.loading.is_on(),
    };
    let config = &call.server.config;
    let change = config.set(&pairs, caller).map_err(refusal)?;
    let inside = call.scope.is_some();
    let failed = change.effects().find_map(|(effect, name)| {
        if inside && effect == Effect::AppendOnly {
            let reason = "it begins with a snapshot, which a transaction would keep waiting";
            return Some(SetError::refused(name, reason.to_owned()));
        }
        let outcome = tokio::task::block_in_place(|| effects::carry_out(call.server, effect));
        outcome
            .err()
            .map(|reason| SetError::refused(name, reason.to_string()))
    });
    if let Some(error) = failed {
        change.undo(config);
        return Err(refusal(error));
    }
    call.reply.ok();
    Ok(())
}

fn refusal(error: SetError) -> CommandError {
    match error {
        SetError::Loading => CommandError::LOADING,
        error => CommandError::new(format!("ERR {error}")),
    }
}

const CONFIG_RESETSTAT: Command = Command::new(
    Group::Server,
    "resetstat",
    Arity::Exactly(2),
    config_resetstat,
)
.flags(
    Flags::ADMIN
        .with(Flags::LOADING)
        .with(Flags::NOSCRIPT)
        .with(Flags::STALE),
)
.since("2.0.0")
.tips(&["request_policy:all_nodes", "response_policy:all_succeeded"])
.cost("O(n), n = commands")
.summary("Sets the statistics that INFO shows back to zero.");

fn config_resetstat(call: &mut ServerCall) -> CommandResult {
    call.server.stats.reset();
    call.reply.ok();
    Ok(())
}

const CONFIG_REWRITE: Command =
    Command::new(Group::Server, "rewrite", Arity::Exactly(2), config_rewrite)
        .flags(
            Flags::ADMIN
                .with(Flags::LOADING)
                .with(Flags::NOSCRIPT)
                .with(Flags::STALE),
        )
        .since("2.8.0")
        .tips(&["request_policy:all_nodes", "response_policy:all_succeeded"])
        .cost("O(n), n = parameters")
        .summary("Writes the parameters as they are now into the configuration file.");

fn config_rewrite(call: &mut ServerCall) -> CommandResult {
    if let Err(error) = call.server.config.rewrite(Extent::Changed) {
        tracing::warn!("CONFIG REWRITE failed: {error}");
        return Err(CommandError::new(format!("ERR {error}")));
    }
    tracing::info!("CONFIG REWRITE executed with success.");
    call.reply.ok();
    Ok(())
}

const CONFIG_HELP: Command = Command::new(Group::Server, "help", Arity::Exactly(2), help)
    .flags(Flags::LOADING.with(Flags::STALE))
    .since("5.0.0")
    .cost("O(1)")
    .summary("Lists the subcommands.");
