//! `EVAL` and its variants.

use std::sync::Arc;

use ferrous_engine::command::{Arg, Arity, Flags, Group, KeyFlags, KeySpec};
use ferrous_engine::error::{CommandError, CommandResult};
use ferrous_lua::{CachedScript, Flags as ScriptFlags, Script, Sha1};

use super::{WRITES, split_keys};
use crate::execute::{Command, ServerCall};
use crate::scripting::{Body, Invocation, Kind, run, with_machine};

const NO_SCRIPT: CommandError =
    CommandError::fixed("NOSCRIPT No matching script. Please use EVAL.");

const FLAGS: Flags = Flags::NOSCRIPT
    .with(Flags::SKIP_MONITOR)
    .with(Flags::STALE)
    .with(Flags::MOVABLE_KEYS)
    .with(Flags::NO_MANDATORY_KEYS);

const KEYS_ANY_USE: KeySpec = KeySpec::counted(2, 1)
    .modifies()
    .notes("What the script does with its keys is not known, so the worst is assumed: reading and changing");

const KEYS_ANY_READ: KeySpec = KeySpec::counted(2, 1)
    .flags(KeyFlags::RO.with(KeyFlags::ACCESS))
    .notes(
        "What the script does with its keys is not known, so the worst is assumed: reading them",
    );

const BODY_ARGS: &[Arg] = &[
    Arg::string("script"),
    Arg::integer("numkeys"),
    Arg::key("key").optional().multiple(),
    Arg::string("arg").optional().multiple(),
];

const DIGEST_ARGS: &[Arg] = &[
    Arg::string("sha1"),
    Arg::integer("numkeys"),
    Arg::key("key").optional().multiple(),
    Arg::string("arg").optional().multiple(),
];

const COST: &str = "Depends on the script";

pub(super) const EVAL: Command = Command::new(Group::Scripting, "eval", Arity::AtLeast(3), eval)
    .flags(FLAGS.with(Flags::MAY_REPLICATE))
    .keys(&[KEYS_ANY_USE])
    .args(BODY_ARGS)
    .since("2.6.0")
    .cost(COST)
    .summary("Runs a Lua script.");

fn eval(call: &mut ServerCall) -> CommandResult {
    run_script(call, by_body, false)
}

pub(super) const EVAL_RO: Command =
    Command::new(Group::Scripting, "eval_ro", Arity::AtLeast(3), eval_ro)
        .flags(FLAGS.with(Flags::READONLY))
        .keys(&[KEYS_ANY_READ])
        .args(BODY_ARGS)
        .since("7.0.0")
        .cost(COST)
        .summary("Runs a Lua script that writes nothing.");

fn eval_ro(call: &mut ServerCall) -> CommandResult {
    run_script(call, by_body, true)
}

pub(super) const EVALSHA: Command =
    Command::new(Group::Scripting, "evalsha", Arity::AtLeast(3), evalsha)
        .flags(FLAGS.with(Flags::MAY_REPLICATE))
        .keys(&[KeySpec::counted(2, 1).modifies()])
        .args(DIGEST_ARGS)
        .since("2.6.0")
        .cost(COST)
        .summary("Runs a Lua script that the server knows, by its SHA1 digest.");

fn evalsha(call: &mut ServerCall) -> CommandResult {
    run_script(call, by_digest, false)
}

pub(super) const EVALSHA_RO: Command = Command::new(
    Group::Scripting,
    "evalsha_ro",
    Arity::AtLeast(3),
    evalsha_ro,
)
.flags(FLAGS.with(Flags::READONLY))
.keys(&[KeySpec::counted(2, 1).flags(KeyFlags::RO.with(KeyFlags::ACCESS))])
.args(DIGEST_ARGS)
.since("7.0.0")
.cost(COST)
.summary("Runs a Lua script that the server knows and that writes nothing, by its SHA1 digest.");

fn evalsha_ro(call: &mut ServerCall) -> CommandResult {
    run_script(call, by_digest, true)
}

/// The script of argument 1, known from now on.
fn by_body(call: &ServerCall) -> CommandResult<Arc<CachedScript>> {
    let cache = &call.server.scripting.scripts;
    if let Some(known) = cache.find(&Sha1::of(call.argv[1])) {
        return Ok(known);
    }
    let script = Script::new(call.argv[1]);
    let script = script.map_err(|error| CommandError::new(format!("ERR {error}")))?;
    with_machine(call.server, |machine| machine.check(&script))
        .map_err(|error| CommandError::new(format!("ERR {error}")))?;
    Ok(cache.add(script))
}

/// The known script whose digest is argument 1.
fn by_digest(call: &ServerCall) -> CommandResult<Arc<CachedScript>> {
    let digest = Sha1::from_digits(call.argv[1]).ok_or(NO_SCRIPT)?;
    let known = call.server.scripting.scripts.find(&digest);
    known.ok_or(NO_SCRIPT)
}

/// Runs the script that `find` finds.
fn run_script(
    call: &mut ServerCall,
    find: fn(&ServerCall) -> CommandResult<Arc<CachedScript>>,
    asked_to_read: bool,
) -> CommandResult {
    let argv = call.argv;
    let (keys, arguments) = split_keys(argv, CommandError::NOT_INTEGER)?;
    let script = find(call)?;
    let (flags, digest) = (script.script().flags(), script.script().sha1());
    let flagged = !flags.contains(ScriptFlags::COMPATIBLE);
    let writes_nothing = flags.contains(ScriptFlags::NO_WRITES);
    if asked_to_read && flagged && !writes_nothing {
        return Err(WRITES);
    }
    let invocation = Invocation {
        kind: Kind::Script,
        name: digest.as_str(),
        digest,
        argv,
        keys,
        arguments,
        read_only: asked_to_read || writes_nothing,
        allow_oom: flags.contains(ScriptFlags::ALLOW_OOM),
        flagged,
    };
    run(call, &Body::Script(script), &invocation)
}
