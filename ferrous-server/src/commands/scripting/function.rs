//! `FUNCTION`: what manages libraries that are there. What brings them in is in [`super::library`].

use ferrous_engine::command::{Arg, Arity, Flags, Group};
use ferrous_engine::error::{CommandError, CommandResult};
use ferrous_lua::Library;
use ferrous_resp::Encoder;
use ferrous_types::glob::{self, Case};

use super::library::{
    FUNCTION_DELETE, FUNCTION_DUMP, FUNCTION_FLUSH, FUNCTION_LOAD, FUNCTION_RESTORE,
};
use crate::commands::help;
use crate::execute::{Command, ServerCall};
use crate::scripting::Kind;

pub(super) const FUNCTION: Command =
    Command::new(Group::Scripting, "function", Arity::AtLeast(2), help)
        .subcommands(&[
            FUNCTION_DELETE,
            FUNCTION_DUMP,
            FUNCTION_FLUSH,
            FUNCTION_HELP,
            FUNCTION_KILL,
            FUNCTION_LIST,
            FUNCTION_LOAD,
            FUNCTION_RESTORE,
            FUNCTION_STATS,
        ])
        .since("7.0.0")
        .cost("Depends on the subcommand")
        .summary("Manages libraries of functions.");

const FUNCTION_HELP: Command = Command::new(Group::Scripting, "help", Arity::Exactly(2), help)
    .flags(Flags::LOADING.with(Flags::STALE))
    .since("7.0.0")
    .cost("O(1)")
    .summary("Lists the subcommands.");

const FUNCTION_KILL: Command =
    Command::new(Group::Scripting, "kill", Arity::Exactly(2), function_kill)
        .flags(Flags::ALLOW_BUSY.with(Flags::NOSCRIPT))
        .since("7.0.0")
        .tips(&["request_policy:all_shards", "response_policy:one_succeeded"])
        .cost("O(1)")
        .summary("Ends the functions that run, unless they have written.");

fn function_kill(call: &mut ServerCall) -> CommandResult {
    call.server.scripting.running.kill(Kind::Function)?;
    call.reply.ok();
    Ok(())
}

const FUNCTION_LIST: Command =
    Command::new(Group::Scripting, "list", Arity::AtLeast(2), function_list)
        .flags(Flags::NOSCRIPT)
        .args(&[
            Arg::string("library-name-pattern")
                .token("LIBRARYNAME")
                .optional(),
            Arg::word("withcode", "WITHCODE").optional(),
        ])
        .since("7.0.0")
        .tips(&["nondeterministic_output_order"])
        .cost("O(n), n = functions")
        .summary("Lists the libraries and their functions.");

fn function_list(call: &mut ServerCall) -> CommandResult {
    let (pattern, with_code) = list_options(&call.argv[2..])?;
    let libraries = call.server.scripting.libraries();
    let wanted: Vec<_> = libraries
        .iter()
        .filter(|library| {
            pattern.is_none_or(|pattern| {
                glob::matches(pattern, library.name().as_bytes(), Case::Insensitive)
            })
        })
        .collect();
    call.reply.array(wanted.len());
    for library in wanted {
        reply_library(call.reply, library, with_code);
    }
    Ok(())
}

/// The pattern of names, and whether the code is wanted.
fn list_options<'a>(words: &[&'a [u8]]) -> CommandResult<(Option<&'a [u8]>, bool)> {
    let (mut pattern, mut with_code) = (None, false);
    let mut words = words.iter();
    while let Some(word) = words.next() {
        if !with_code && word.eq_ignore_ascii_case(b"WITHCODE") {
            with_code = true;
        } else if pattern.is_none() && word.eq_ignore_ascii_case(b"LIBRARYNAME") {
            let given = words.next();
            pattern = Some(*given.ok_or(CommandError::fixed(
                "ERR library name argument was not given",
            ))?);
        } else {
            let word = String::from_utf8_lossy(word);
            return Err(CommandError::new(format!("ERR Unknown argument {word}")));
        }
    }
    Ok((pattern, with_code))
}

fn reply_library(reply: &mut Encoder<'_>, library: &Library, with_code: bool) {
    reply.map(if with_code { 4 } else { 3 });
    reply.bulk(b"library_name");
    reply.bulk(library.name().as_bytes());
    reply.bulk(b"engine");
    reply.bulk(b"LUA");
    reply.bulk(b"functions");
    reply.array(library.functions().len());
    for function in library.functions() {
        reply.map(3);
        reply.bulk(b"name");
        reply.bulk(function.name.as_bytes());
        reply.bulk(b"description");
        match &function.description {
            Some(description) => reply.bulk(description),
            None => reply.nil(),
        }
        reply.bulk(b"flags");
        let flags: Vec<_> = function.flags.names().collect();
        reply.set(flags.len());
        for flag in flags {
            reply.simple(flag.as_bytes());
        }
    }
    if with_code {
        reply.bulk(b"library_code");
        reply.bulk(library.code().code());
    }
}

const FUNCTION_STATS: Command =
    Command::new(Group::Scripting, "stats", Arity::Exactly(2), function_stats)
        .flags(Flags::ALLOW_BUSY.with(Flags::NOSCRIPT))
        .since("7.0.0")
        .tips(&[
            "nondeterministic_output",
            "request_policy:all_shards",
            "response_policy:special",
        ])
        .cost("O(1)")
        .summary("Tells which function runs, and how many there are.");

fn function_stats(call: &mut ServerCall) -> CommandResult {
    let scripting = &call.server.scripting;
    let reply = &mut *call.reply;
    reply.map(2);
    reply.bulk(b"running_script");
    match scripting.running.oldest() {
        None => reply.nil(),
        Some(script) => {
            reply.map(3);
            reply.bulk(b"name");
            reply.bulk(script.name.as_bytes());
            reply.bulk(b"command");
            reply.array(script.argv.len());
            for arg in &script.argv {
                reply.bulk(arg);
            }
            reply.bulk(b"duration_ms");
            reply.integer(script.started.elapsed().as_millis() as i64);
        }
    }
    let libraries = scripting.libraries();
    reply.bulk(b"engines");
    reply.map(1);
    reply.bulk(b"LUA");
    reply.map(2);
    reply.bulk(b"libraries_count");
    reply.integer(libraries.len() as i64);
    reply.bulk(b"functions_count");
    reply.integer(libraries.function_count() as i64);
    Ok(())
}
