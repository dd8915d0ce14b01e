//! `HELP` of a container command.

use ferrous_engine::error::CommandResult;

use crate::execute::ServerCall;

/// Lists the subcommands of the container that the running row belongs to.
pub(crate) fn help(call: &mut ServerCall) -> CommandResult {
    let lines = call.server.registry.help(call.command);
    call.reply.array(lines.len());
    for line in &lines {
        call.reply.simple(line.as_bytes());
    }
    Ok(())
}
