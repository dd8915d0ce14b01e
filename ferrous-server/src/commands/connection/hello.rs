//! `HELLO` and `AUTH`.

use ferrous_engine::command::{Arg, Arity, Flags, Group};
use ferrous_engine::error::{CommandError, CommandResult};
use ferrous_resp::{Encoder, Protocol};
use ferrous_types::number::parse_canonical_int;

use super::protocol_number;
use crate::commands::client::check_name;
use crate::execute::{Command, ServerCall};

const WRONG_PASS: CommandError =
    CommandError::fixed("WRONGPASS invalid username-password pair or user is disabled.");
const NO_PASSWORD_SET: CommandError = CommandError::fixed(
    "ERR AUTH <password> called without any password configured for the default user. Are you sure your configuration is correct?",
);
const NOAUTH_HELLO: CommandError = CommandError::fixed(
    "NOAUTH HELLO must be called with the client already authenticated, otherwise the HELLO <proto> AUTH <user> <pass> option can be used to authenticate the client and select the RESP protocol version at the same time",
);

pub(super) const AUTH: Command = Command::new(Group::Connection, "auth", Arity::AtLeast(2), auth)
    .flags(
        Flags::ALLOW_BUSY
            .with(Flags::FAST)
            .with(Flags::LOADING)
            .with(Flags::NOSCRIPT)
            .with(Flags::NO_AUTH)
            .with(Flags::STALE),
    )
    .args(&[
        Arg::string("username").optional().since("6.0.0"),
        Arg::string("password"),
    ])
    .since("1.0.0")
    .history(&[("6.0.0", "Takes a user name before the password.")])
    .cost("O(1)")
    .summary("Authenticates the connection.");

fn auth(call: &mut ServerCall) -> CommandResult {
    for index in 1..call.argv.len() {
        call.session.hide_arg(index);
    }
    match call.argv {
        [_, password] => {
            if !call.server.config.security.password_required() {
                return Err(NO_PASSWORD_SET);
            }
            authenticate(call, b"default", password)?;
        }
        [_, user, password] => authenticate(call, user, password)?,
        _ => return Err(CommandError::SYNTAX),
    }
    call.reply.ok();
    Ok(())
}

fn authenticate(call: &mut ServerCall, user: &[u8], password: &[u8]) -> CommandResult {
    if user != b"default" || !call.server.config.security.password_matches(password) {
        return Err(WRONG_PASS);
    }
    call.session.authenticated = true;
    Ok(())
}

pub(super) const HELLO: Command =
    Command::new(Group::Connection, "hello", Arity::AtLeast(1), hello)
        .flags(
            Flags::ALLOW_BUSY
                .with(Flags::FAST)
                .with(Flags::LOADING)
                .with(Flags::NOSCRIPT)
                .with(Flags::NO_AUTH)
                .with(Flags::STALE),
        )
        .args(&[Arg::block(
            "arguments",
            &[
                Arg::integer("protover"),
                Arg::block("auth", &[Arg::string("username"), Arg::string("password")])
                    .token("AUTH")
                    .optional(),
                Arg::string("clientname").token("SETNAME").optional(),
            ],
        )
        .optional()])
        .since("6.0.0")
        .history(&[
            (
                "8.1.0",
                "The reply names the availability zone, when one is configured.",
            ),
            (
                "6.2.0",
                "Without a version it describes the connection as it is.",
            ),
        ])
        .cost("O(1)")
        .summary("Chooses the protocol, and authenticates and names the connection on the way.");

fn hello(call: &mut ServerCall) -> CommandResult {
    let mut protocol = call.session.protocol;
    if let Some(version) = call.argv.get(1) {
        protocol = match parse_canonical_int(version) {
            None => {
                return Err(CommandError::fixed(
                    "ERR Protocol version is not an integer or out of range",
                ));
            }
            Some(2) => Protocol::Resp2,
            Some(3) => Protocol::Resp3,
            Some(_) => return Err(CommandError::fixed("NOPROTO unsupported protocol version")),
        };
    }
    let name = apply_options(call)?;
    if !call.session.authenticated {
        return Err(NOAUTH_HELLO);
    }
    if let Some(name) = name {
        call.session.handle.identity.lock().name = name;
    }
    let mut out = call.session.speak(protocol).unwrap_or_default();
    greet(&mut Encoder::new(&mut out, protocol), call);
    call.reply.raw(&out);
    Ok(())
}

/// Authenticates as the options say and returns the name they give.
fn apply_options(call: &mut ServerCall) -> CommandResult<Option<Box<str>>> {
    let mut name = None;
    let mut options = call.argv.get(2..).unwrap_or_default();
    while let [option, rest @ ..] = options {
        options = match rest {
            [user, password, rest @ ..] if option.eq_ignore_ascii_case(b"AUTH") => {
                let password_at = call.argv.len() - rest.len() - 1;
                call.session.hide_arg(password_at - 1);
                call.session.hide_arg(password_at);
                authenticate(call, user, password)?;
                rest
            }
            [given, rest @ ..] if option.eq_ignore_ascii_case(b"SETNAME") => {
                name = Some(check_name(given, "Client names")?);
                rest
            }
            _ => {
                let option = String::from_utf8_lossy(option);
                return Err(CommandError::new(format!(
                    "ERR Syntax error in HELLO option '{option}'"
                )));
            }
        };
    }
    Ok(name)
}

fn greet(reply: &mut Encoder<'_>, call: &ServerCall) {
    reply.map(7);
    reply.bulk(b"server");
    reply.bulk(b"redis");
    reply.bulk(b"version");
    reply.bulk(crate::REDIS_VERSION.as_bytes());
    reply.bulk(b"proto");
    reply.integer(protocol_number(reply.protocol()));
    reply.bulk(b"id");
    reply.integer(call.session.handle.id as i64);
    reply.bulk(b"mode");
    reply.bulk(b"standalone");
    reply.bulk(b"role");
    reply.bulk(b"master");
    reply.bulk(b"modules");
    reply.array(0);
}
