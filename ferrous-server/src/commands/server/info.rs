//! `INFO`.

use ferrous_engine::command::{Arg, Arity, Categories, Flags, Group};
use ferrous_engine::error::CommandResult;

use crate::execute::{Command, ServerCall};
use crate::info::{self, View};

pub(super) const INFO: Command = Command::new(Group::Server, "info", Arity::AtLeast(1), info)
    .flags(Flags::LOADING.with(Flags::STALE))
    .categories(Categories::DANGEROUS)
    .args(&[Arg::string("section").optional().multiple()])
    .since("1.0.0")
    .history(&[("7.0.0", "Takes several sections.")])
    .tips(&[
        "nondeterministic_output",
        "request_policy:all_shards",
        "response_policy:special",
    ])
    .cost("O(n), n = fields shown")
    .summary("Tells what the server is, does and costs.");

fn info(call: &mut ServerCall) -> CommandResult {
    let report = info::report(&View::of(call), &call.argv[1..]);
    call.reply.verbatim(*b"txt", report.as_bytes());
    Ok(())
}
