//! `FCALL` and `FCALL_RO`.

use ferrous_engine::command::{Arg, Arity, Flags, Group, KeyFlags, KeySpec};
use ferrous_engine::error::{CommandError, CommandResult};
use ferrous_lua::{Flags as ScriptFlags, Sha1};

use super::{WRITES, split_keys};
use crate::execute::{Command, ServerCall};
use crate::scripting::{Body, Invocation, Kind, run};

const BAD_NUMBER: CommandError = CommandError::fixed("ERR Bad number of keys provided");

const FLAGS: Flags = Flags::NOSCRIPT
    .with(Flags::SKIP_MONITOR)
    .with(Flags::STALE)
    .with(Flags::MOVABLE_KEYS)
    .with(Flags::NO_MANDATORY_KEYS);

const ARGS: &[Arg] = &[
    Arg::string("function"),
    Arg::integer("numkeys"),
    Arg::key("key").optional().multiple(),
    Arg::string("arg").optional().multiple(),
];

pub(super) const FCALL: Command = Command::new(Group::Scripting, "fcall", Arity::AtLeast(3), fcall)
    .flags(FLAGS.with(Flags::MAY_REPLICATE))
    .keys(&[KeySpec::counted(2, 1).modifies().notes(
        "What the function does with its keys is not known, so the worst is assumed: reading and changing",
    )])
    .args(ARGS)
    .since("7.0.0")
    .cost("Depends on the function")
    .summary("Calls a function.");

fn fcall(call: &mut ServerCall) -> CommandResult {
    call_function(call, false)
}

pub(super) const FCALL_RO: Command = Command::new(
    Group::Scripting,
    "fcall_ro",
    Arity::AtLeast(3),
    fcall_ro,
)
.flags(FLAGS.with(Flags::READONLY))
.keys(&[KeySpec::counted(2, 1)
    .flags(KeyFlags::RO.with(KeyFlags::ACCESS))
    .notes(
        "What the function does with its keys is not known, so the worst is assumed: reading them",
    )])
.args(ARGS)
.since("7.0.0")
.cost("Depends on the function")
.summary("Calls a function that writes nothing.");

fn fcall_ro(call: &mut ServerCall) -> CommandResult {
    call_function(call, true)
}

fn call_function(call: &mut ServerCall, asked_to_read: bool) -> CommandResult {
    let argv = call.argv;
    let libraries = call.server.scripting.libraries();
    let function = libraries.function(argv[1]);
    let function = function.ok_or(CommandError::fixed("ERR Function not found"))?;
    let (keys, arguments) = split_keys(argv, BAD_NUMBER)?;
    let flags = function.info().flags;
    let writes_nothing = flags.contains(ScriptFlags::NO_WRITES);
    if asked_to_read && !writes_nothing {
        return Err(WRITES);
    }
    let invocation = Invocation {
        kind: Kind::Function,
        name: &function.info().name,
        digest: Sha1::of(argv[1]),
        argv,
        keys,
        arguments,
        read_only: asked_to_read || writes_nothing,
        allow_oom: flags.contains(ScriptFlags::ALLOW_OOM),
        flagged: true,
    };
    run(call, &Body::Function(function.clone()), &invocation)
}
