//! How libraries of functions come and go: `FUNCTION LOAD`, `DELETE`, `FLUSH`, `DUMP` and `RESTORE`.

use std::sync::atomic::Ordering::Relaxed;

use ferrous_engine::command::{Arg, Arity, Flags, Group};
use ferrous_engine::error::{CommandError, CommandResult};
use ferrous_lua::LibraryError;
use ferrous_persist::dump;

use super::check_flush_mode;
use crate::execute::{Command, ServerCall};
use crate::scripting::{RestorePolicy, Scripting, load_libraries, load_library};

fn refuse(error: &LibraryError) -> CommandError {
    CommandError::new(format!("ERR {error}"))
}

/// Changes the libraries, here and wherever the call is repeated.
fn change(
    call: &mut ServerCall,
    change: impl FnOnce(&Scripting) -> Result<(), LibraryError>,
) -> CommandResult {
    let scripting = &call.server.scripting;
    call.change_beside(|| change(scripting).map_err(|error| refuse(&error)))
}

pub(super) const FUNCTION_LOAD: Command =
    Command::new(Group::Scripting, "load", Arity::AtLeast(3), function_load)
        .flags(Flags::DENYOOM.with(Flags::NOSCRIPT).with(Flags::WRITE))
        .args(&[
            Arg::word("replace", "REPLACE").optional(),
            Arg::string("function-code"),
        ])
        .since("7.0.0")
        .tips(&["request_policy:all_shards", "response_policy:all_succeeded"])
        .cost("O(n), n = bytes of the code")
        .summary("Adds a library of functions and returns its name.");

fn function_load(call: &mut ServerCall) -> CommandResult {
    let (options, code) = call.argv[2..].split_at(call.argv.len() - 3);
    let mut replace = false;
    for option in options {
        if !option.eq_ignore_ascii_case(b"REPLACE") {
            let option = String::from_utf8_lossy(option);
            return Err(CommandError::new(format!(
                "ERR Unknown option given: {option}"
            )));
        }
        replace = true;
    }
    let library = load_library(call.server, code[0]).map_err(|error| refuse(&error))?;
    let name = library.name().to_owned();
    change(call, |scripting| {
        scripting.change_libraries(|libraries| libraries.insert(library, replace))
    })?;
    call.reply.bulk(name.as_bytes());
    Ok(())
}

pub(super) const FUNCTION_DELETE: Command = Command::new(
    Group::Scripting,
    "delete",
    Arity::Exactly(3),
    function_delete,
)
.flags(Flags::NOSCRIPT.with(Flags::WRITE))
.args(&[Arg::string("library-name")])
.since("7.0.0")
.tips(&["request_policy:all_shards", "response_policy:all_succeeded"])
.cost("O(n), n = functions")
.summary("Removes a library and its functions.");

fn function_delete(call: &mut ServerCall) -> CommandResult {
    let name = String::from_utf8_lossy(call.argv[2]);
    change(call, |scripting| {
        scripting.change_libraries(|libraries| libraries.remove(&name))
    })?;
    call.reply.ok();
    Ok(())
}

pub(super) const FUNCTION_FLUSH: Command =
    Command::new(Group::Scripting, "flush", Arity::AtLeast(2), function_flush)
        .flags(Flags::NOSCRIPT.with(Flags::WRITE))
        .args(&[Arg::one_of(
            "flush-type",
            &[Arg::word("async", "ASYNC"), Arg::word("sync", "SYNC")],
        )
        .optional()])
        .since("7.0.0")
        .tips(&["request_policy:all_shards", "response_policy:all_succeeded"])
        .cost("O(n), n = functions")
        .summary("Removes every library.");

fn function_flush(call: &mut ServerCall) -> CommandResult {
    if call.argv.len() > 3 {
        return Err(CommandError::subcommand_syntax(call.argv[1], "function"));
    }
    check_flush_mode(
        call.argv,
        CommandError::fixed("ERR FUNCTION FLUSH only supports SYNC|ASYNC option"),
    )?;
    change(call, |scripting| {
        scripting.clear_libraries();
        Ok(())
    })?;
    call.reply.ok();
    Ok(())
}

pub(super) const FUNCTION_DUMP: Command =
    Command::new(Group::Scripting, "dump", Arity::Exactly(2), function_dump)
        .flags(Flags::NOSCRIPT)
        .since("7.0.0")
        .cost("O(n), n = bytes of all code")
        .summary("Returns every library as a payload for `FUNCTION RESTORE`.");

fn function_dump(call: &mut ServerCall) -> CommandResult {
    let libraries = call.server.scripting.libraries();
    let codes: Vec<_> = libraries
        .iter()
        .map(|library| library.code().code())
        .collect();
    let version = call.server.config.persistence.payload_rules().version;
    let payload = dump::write_functions(&codes, version);
    let payload = payload.map_err(|error| CommandError::new(format!("ERR {error}")))?;
    call.reply.bulk(&payload);
    Ok(())
}

pub(super) const FUNCTION_RESTORE: Command = Command::new(
    Group::Scripting,
    "restore",
    Arity::AtLeast(3),
    function_restore,
)
.flags(Flags::DENYOOM.with(Flags::NOSCRIPT).with(Flags::WRITE))
.args(&[
    Arg::string("serialized-value"),
    Arg::one_of(
        "policy",
        &[
            Arg::word("flush", "FLUSH"),
            Arg::word("append", "APPEND"),
            Arg::word("replace", "REPLACE"),
        ],
    )
    .optional(),
])
.since("7.0.0")
.tips(&["request_policy:all_shards", "response_policy:all_succeeded"])
.cost("O(n), n = bytes of the payload")
.summary("Adds the libraries of a payload.");

fn function_restore(call: &mut ServerCall) -> CommandResult {
    let policy = match call.argv.get(3) {
        _ if call.argv.len() > 4 => {
            return Err(CommandError::subcommand_syntax(call.argv[1], "function"));
        }
        None => RestorePolicy::Append,
        Some(word) if word.eq_ignore_ascii_case(b"APPEND") => RestorePolicy::Append,
        Some(word) if word.eq_ignore_ascii_case(b"REPLACE") => RestorePolicy::Replace,
        Some(word) if word.eq_ignore_ascii_case(b"FLUSH") => RestorePolicy::Flush,
        Some(_) => {
            return Err(CommandError::fixed(
                "ERR Wrong restore policy given, value should be either FLUSH, APPEND or REPLACE.",
            ));
        }
    };
    let checksum = !call.server.persistence.skips_checksums.load(Relaxed);
    let version = dump::verify(call.argv[2], checksum)
        .map_err(|_| CommandError::fixed("ERR DUMP payload version or checksum are wrong"))?;
    let codes = dump::read_functions(call.argv[2], version)
        .map_err(|_| CommandError::fixed("ERR failed loading functions payload"))?;
    let restored = load_libraries(call.server, &codes).map_err(|error| refuse(&error))?;
    change(call, |scripting| scripting.restore(restored, policy))?;
    call.reply.ok();
    Ok(())
}
