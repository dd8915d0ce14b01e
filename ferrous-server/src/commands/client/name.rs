//! What clients are called, and what they say of themselves.

use ferrous_engine::command::{Arg, Arity, Group};
use ferrous_engine::error::{CommandError, CommandResult};

use super::ANY_TIME;
use crate::execute::{Command, ServerCall};

/// `name`, when it has neither blanks nor control characters; `what` is what the refusal calls it.
///
/// # Errors
/// `ERR … cannot contain spaces, newlines or special characters.`
pub(in crate::commands) fn check_name(name: &[u8], what: &str) -> CommandResult<Box<str>> {
    match std::str::from_utf8(name) {
        Ok(text) if name.iter().all(|byte| (b'!'..=b'~').contains(byte)) => Ok(text.into()),
        _ => Err(CommandError::new(format!(
            "ERR {what} cannot contain spaces, newlines or special characters."
        ))),
    }
}

pub(super) const CLIENT_GETNAME: Command = Command::new(
    Group::Connection,
    "getname",
    Arity::Exactly(2),
    client_getname,
)
.flags(ANY_TIME)
.since("2.6.9")
.cost("O(1)")
.summary("Returns the name of the connection.");

fn client_getname(call: &mut ServerCall) -> CommandResult {
    let identity = call.session.handle.identity.lock();
    match &*identity.name {
        "" => call.reply.nil(),
        name => call.reply.bulk(name.as_bytes()),
    }
    Ok(())
}

pub(super) const CLIENT_SETNAME: Command = Command::new(
    Group::Connection,
    "setname",
    Arity::Exactly(3),
    client_setname,
)
.flags(ANY_TIME)
.args(&[Arg::string("connection-name")])
.since("2.6.9")
.tips(&["request_policy:all_nodes", "response_policy:all_succeeded"])
.cost("O(1)")
.summary("Names the connection.");

fn client_setname(call: &mut ServerCall) -> CommandResult {
    let name = check_name(call.argv[2], "Client names")?;
    call.session.handle.identity.lock().name = name;
    call.reply.ok();
    Ok(())
}

pub(super) const CLIENT_SETINFO: Command = Command::new(
    Group::Connection,
    "setinfo",
    Arity::Exactly(4),
    client_setinfo,
)
.flags(ANY_TIME)
.args(&[Arg::one_of(
    "attr",
    &[
        Arg::string("libname").token("LIB-NAME"),
        Arg::string("libver").token("LIB-VER"),
    ],
)])
.since("7.2.0")
.tips(&["request_policy:all_nodes", "response_policy:all_succeeded"])
.cost("O(1)")
.summary("Notes which library the connection is made with.");

fn client_setinfo(call: &mut ServerCall) -> CommandResult {
    let (attribute, value) = (call.argv[2], call.argv[3]);
    let (shown, is_name) = match () {
        () if attribute.eq_ignore_ascii_case(b"lib-name") => ("lib-name", true),
        () if attribute.eq_ignore_ascii_case(b"lib-ver") => ("lib-ver", false),
        () => {
            let attribute = String::from_utf8_lossy(attribute);
            return Err(CommandError::new(format!(
                "ERR Unrecognized option '{attribute}'"
            )));
        }
    };
    let value = check_name(value, shown)?;
    let mut identity = call.session.handle.identity.lock();
    *if is_name {
        &mut identity.library
    } else {
        &mut identity.library_version
    } = value;
    call.reply.ok();
    Ok(())
}
