//! Replies of every type, for clients to be tested with.

use ferrous_engine::error::{CommandError, CommandResult};
use ferrous_resp::{Encoder, Protocol};

use super::Action;
use crate::execute::ServerCall;

const UNKNOWN_TYPE: CommandError = CommandError::fixed(
    "ERR Wrong protocol type name. Please use one of the following: string|integer|double|bignum|null|array|set|map|attrib|push|verbatim|true|false",
);
const NO_PUSH: CommandError = CommandError::fixed("ERR RESP2 is not supported by this command");

pub(super) const ACTIONS: &[Action] = &[
    Action::new("error", "<string>", 3..=3, error).help("Return <string> as an error."),
    Action::new("protocol", "<type>", 3..=3, protocol).help(
        "Return a value of <type>: string, integer, double, bignum, null, array,
         set, map, attrib, push, verbatim, true or false.",
    ),
];

fn error(call: &mut ServerCall) -> CommandResult {
    Err(CommandError::new(String::from_utf8_lossy(call.argv[2])))
}

/// Writes a value of one type.
type Write = fn(&mut Encoder<'_>);

/// The types, each with its value.
const TYPES: &[(&str, Write)] = &[
    ("string", |reply| reply.bulk(b"Hello World")),
    ("integer", |reply| reply.integer(12345)),
    // Not pi: released servers cut it off here.
    ("double", |reply| reply.double_text(b"3.141")),
    ("null", |reply| reply.nil()),
    ("array", |reply| {
        reply.array(3);
        write_numbers(reply);
    }),
    ("set", |reply| {
        reply.set(3);
        write_numbers(reply);
    }),
    ("map", |reply| {
        reply.map(3);
        for number in 0..3 {
            reply.integer(number);
            reply.boolean(number == 1);
        }
    }),
    ("attrib", |reply| {
        if reply.attribute(1) {
            reply.bulk(b"key-popularity");
            reply.array(2);
            reply.bulk(b"key:123");
            reply.integer(90);
        }
        reply.bulk(b"Some real reply following the attribute");
    }),
    (PUSH, |reply| {
        reply.push(2);
        reply.bulk(b"server-cpu-usage");
        reply.integer(42);
        reply.bulk(b"Some real reply following the push reply");
    }),
    ("verbatim", |reply| {
        reply.verbatim(*b"txt", b"This is a verbatim\nstring");
    }),
    ("true", |reply| reply.boolean(true)),
    ("false", |reply| reply.boolean(false)),
    ("bignum", |reply| {
        reply.big_number(b"1234567999999999999999999999999999999");
    }),
];

/// The type that RESP2 has nothing in place of.
const PUSH: &str = "push";

fn write_numbers(reply: &mut Encoder<'_>) {
    for number in 0..3 {
        reply.integer(number);
    }
}

fn protocol(call: &mut ServerCall) -> CommandResult {
    let mut types = TYPES.iter();
    let found = types.find(|(name, _)| call.argv[2].eq_ignore_ascii_case(name.as_bytes()));
    let (name, write) = found.ok_or(UNKNOWN_TYPE)?;
    if *name == PUSH && call.reply.protocol() == Protocol::Resp2 {
        return Err(NO_PUSH);
    }
    write(call.reply);
    Ok(())
}
