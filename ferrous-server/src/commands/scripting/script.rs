//! `SCRIPT`: the scripts that the server knows.

use ferrous_engine::command::{Arg, Arity, Flags, Group};
use ferrous_engine::error::{CommandError, CommandResult};
use ferrous_lua::{Script, Sha1};

use super::check_flush_mode;
use crate::commands::help;
use crate::execute::{Command, ServerCall};
use crate::scripting::{Kind, with_machine};

pub(super) const SCRIPT: Command =
    Command::new(Group::Scripting, "script", Arity::AtLeast(2), help)
        .subcommands(&[
            SCRIPT_DEBUG,
            SCRIPT_EXISTS,
            SCRIPT_FLUSH,
            SCRIPT_HELP,
            SCRIPT_KILL,
            SCRIPT_LOAD,
            SCRIPT_SHOW,
        ])
        .since("2.6.0")
        .cost("Depends on the subcommand")
        .summary("Manages the Lua scripts that the server knows.");

const SCRIPT_DEBUG: Command = Command::new(
    Group::Scripting,
    "debug",
    Arity::AtLeast(3),
    script_debug,
)
.flags(Flags::NOSCRIPT)
.args(&[
    Arg::one_of(
        "mode",
        &[
            Arg::word("yes", "YES"),
            Arg::word("sync", "SYNC"),
            Arg::word("no", "NO"),
        ],
    ),
    Arg::string("engine").optional().since("9.1.0"),
])
.since("3.2.0")
.cost("O(1)")
.summary(
    "Turns the debugger off; scripts are debugged with `lua_cli --debug`, apart from the server.",
);

/// A debugger that halts scripts would halt what they hold, so the server has none.
fn script_debug(call: &mut ServerCall) -> CommandResult {
    let mode = call.argv[2];
    if mode.eq_ignore_ascii_case(b"NO") {
        call.reply.ok();
        return Ok(());
    }
    if mode.eq_ignore_ascii_case(b"YES") || mode.eq_ignore_ascii_case(b"SYNC") {
        return Err(CommandError::fixed(
            "ERR this server does not halt scripts for a debugger; use lua_cli to debug them",
        ));
    }
    Err(CommandError::fixed("ERR Use SCRIPT DEBUG YES/SYNC/NO"))
}

const SCRIPT_EXISTS: Command =
    Command::new(Group::Scripting, "exists", Arity::AtLeast(3), script_exists)
        .flags(Flags::NOSCRIPT.with(Flags::STALE))
        .args(&[Arg::string("sha1").multiple()])
        .since("2.6.0")
        .tips(&[
            "request_policy:all_shards",
            "response_policy:agg_logical_and",
        ])
        .cost("O(n), n = digests")
        .summary("Tells for each digest whether the server knows its script.");

fn script_exists(call: &mut ServerCall) -> CommandResult {
    let digests = &call.argv[2..];
    call.reply.array(digests.len());
    for digest in digests {
        let known = Sha1::from_digits(digest)
            .is_some_and(|digest| call.server.scripting.scripts.find(&digest).is_some());
        call.reply.integer(i64::from(known));
    }
    Ok(())
}

const SCRIPT_FLUSH: Command =
    Command::new(Group::Scripting, "flush", Arity::AtLeast(2), script_flush)
        .flags(Flags::NOSCRIPT.with(Flags::STALE))
        .args(&[Arg::one_of(
            "flush-type",
            &[Arg::word("async", "ASYNC"), Arg::word("sync", "SYNC")],
        )
        .optional()
        .since("6.2.0")])
        .since("2.6.0")
        .history(&[("6.2.0", "Takes `ASYNC` and `SYNC`.")])
        .tips(&["request_policy:all_nodes", "response_policy:all_succeeded"])
        .cost("O(n), n = scripts")
        .summary("Forgets every script.");

fn script_flush(call: &mut ServerCall) -> CommandResult {
    check_flush_mode(
        call.argv,
        CommandError::fixed("ERR SCRIPT FLUSH only support SYNC|ASYNC option"),
    )?;
    call.server.scripting.scripts.flush();
    call.reply.ok();
    Ok(())
}

const SCRIPT_HELP: Command = Command::new(Group::Scripting, "help", Arity::Exactly(2), help)
    .flags(Flags::LOADING.with(Flags::STALE))
    .since("5.0.0")
    .cost("O(1)")
    .summary("Lists the subcommands.");

const SCRIPT_KILL: Command = Command::new(Group::Scripting, "kill", Arity::Exactly(2), script_kill)
    .flags(Flags::ALLOW_BUSY.with(Flags::NOSCRIPT))
    .since("2.6.0")
    .tips(&["request_policy:all_shards", "response_policy:one_succeeded"])
    .cost("O(1)")
    .summary("Ends the scripts that run, unless they have written.");

fn script_kill(call: &mut ServerCall) -> CommandResult {
    call.server.scripting.running.kill(Kind::Script)?;
    call.reply.ok();
    Ok(())
}

const SCRIPT_LOAD: Command = Command::new(Group::Scripting, "load", Arity::Exactly(3), script_load)
    .flags(Flags::NOSCRIPT.with(Flags::STALE))
    .args(&[Arg::string("script")])
    .since("2.6.0")
    .tips(&["request_policy:all_nodes", "response_policy:all_succeeded"])
    .cost("O(n), n = bytes of the script")
    .summary("Makes a script known without running it, and returns its SHA1 digest.");

fn script_load(call: &mut ServerCall) -> CommandResult {
    let refuse = |error: String| CommandError::new(format!("ERR {error}"));
    let script = Script::new(call.argv[2]).map_err(|error| refuse(error.to_string()))?;
    with_machine(call.server, |machine| machine.check(&script)).map_err(refuse)?;
    let known = call.server.scripting.scripts.add_for_good(script);
    call.reply.bulk(known.script().sha1().as_bytes());
    Ok(())
}

const SCRIPT_SHOW: Command = Command::new(Group::Scripting, "show", Arity::Exactly(3), script_show)
    .flags(Flags::NOSCRIPT.with(Flags::STALE))
    .args(&[Arg::string("sha1")])
    .since("8.0.0")
    .cost("O(1)")
    .summary("Returns the text of a script that the server knows.");

fn script_show(call: &mut ServerCall) -> CommandResult {
    let known = Sha1::from_digits(call.argv[2])
        .and_then(|digest| call.server.scripting.scripts.find(&digest));
    let script = known.ok_or(CommandError::fixed("NOSCRIPT No matching script."))?;
    call.reply.bulk(script.script().body());
    Ok(())
}
