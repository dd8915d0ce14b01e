//! `COMMAND DOCS`: a command's documentation as a map.

use ferrous_engine::command::{Arg, Registered, Registry};
use ferrous_resp::{Aggregate, Encoder};

use crate::execute::Handler;

/// Writes the command's name and its documentation: one pair of a map.
pub(super) fn write(
    reply: &mut Encoder<'_>,
    registry: &Registry<Handler>,
    command: &Registered<Handler>,
) {
    let description = command.description;
    reply.bulk(command.full_name.as_bytes());
    let map = reply.defer(Aggregate::Map, 5);
    let mut pairs = 4;
    write_text(reply, "summary", description.summary);
    write_text(reply, "since", description.since);
    write_text(reply, "group", description.group.name());
    write_text(reply, "complexity", description.complexity);
    if !description.doc_flags.is_empty() {
        pairs += 1;
        reply.bulk(b"doc_flags");
        reply.set(description.doc_flags.names().count());
        for flag in description.doc_flags.names() {
            reply.simple(flag.as_bytes());
        }
    }
    if let Some((since, replaced_by)) = description.deprecated {
        pairs += 2;
        write_text(reply, "deprecated_since", since);
        write_text(reply, "replaced_by", replaced_by);
    }
    if !description.history.is_empty() {
        pairs += 1;
        reply.bulk(b"history");
        reply.set(description.history.len());
        for (version, change) in description.history {
            reply.array(2);
            reply.bulk(version.as_bytes());
            reply.bulk(change.as_bytes());
        }
    }
    if !description.args.is_empty() {
        pairs += 1;
        reply.bulk(b"arguments");
        write_args(reply, description.args);
    }
    if !command.subcommands.is_empty() {
        pairs += 1;
        reply.bulk(b"subcommands");
        reply.map(command.subcommands.len());
        for id in &command.subcommands {
            write(reply, registry, registry.get(*id));
        }
    }
    map.finish(reply, pairs);
}

fn write_text(reply: &mut Encoder<'_>, name: &str, text: &str) {
    reply.bulk(name.as_bytes());
    reply.bulk(text.as_bytes());
}

fn write_args(reply: &mut Encoder<'_>, args: &[Arg]) {
    reply.array(args.len());
    for arg in args {
        write_arg(reply, arg);
    }
}

fn write_arg(reply: &mut Encoder<'_>, arg: &Arg) {
    let map = reply.defer(Aggregate::Map, 3);
    let mut pairs = 2;
    write_text(reply, "name", arg.name);
    write_text(reply, "type", arg.kind.name());
    if arg.children.is_empty() {
        pairs += 1;
        write_text(reply, "display_text", arg.name);
    }
    if let Some(spec) = arg.kind.key_spec() {
        pairs += 1;
        reply.bulk(b"key_spec_index");
        reply.integer(i64::from(spec));
    }
    for (name, text) in [
        ("token", arg.token),
        ("since", arg.since),
        ("deprecated_since", arg.deprecated_since),
    ] {
        if !text.is_empty() {
            pairs += 1;
            write_text(reply, name, text);
        }
    }
    if !arg.flags.is_empty() {
        pairs += 1;
        reply.bulk(b"flags");
        reply.set(arg.flags.names().count());
        for flag in arg.flags.names() {
            reply.simple(flag.as_bytes());
        }
    }
    if !arg.children.is_empty() {
        pairs += 1;
        reply.bulk(b"arguments");
        write_args(reply, arg.children);
    }
    map.finish(reply, pairs);
}
