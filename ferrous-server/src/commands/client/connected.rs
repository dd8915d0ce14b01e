//! Who is connected: the client itself and the others, looked at and ended.

use ferrous_engine::command::{Arg, Arity, Flags, Group};
use ferrous_engine::error::{CommandError, CommandResult};

use super::filter::Filter;
use super::{ANY_TIME, line};
use crate::execute::{Command, ServerCall};

pub(super) const CLIENT_ID: Command =
    Command::new(Group::Connection, "id", Arity::Exactly(2), client_id)
        .flags(ANY_TIME)
        .since("5.0.0")
        .cost("O(1)")
        .summary("Returns the number of the connection.");

fn client_id(call: &mut ServerCall) -> CommandResult {
    call.reply.integer(call.session.handle.id as i64);
    Ok(())
}

pub(super) const CLIENT_INFO: Command =
    Command::new(Group::Connection, "info", Arity::Exactly(2), client_info)
        .flags(Flags::LOADING.with(Flags::NOSCRIPT).with(Flags::STALE))
        .since("6.2.0")
        .tips(&["nondeterministic_output"])
        .cost("O(1)")
        .summary("Describes the connection.");

fn client_info(call: &mut ServerCall) -> CommandResult {
    let mut text = String::new();
    line::write(
        &mut text,
        call.server,
        &call.session.handle,
        call.turn.circumstances.now_ms,
    );
    call.reply.verbatim(*b"txt", text.as_bytes());
    Ok(())
}

pub(super) const CLIENT_LIST: Command = Command::new(Group::Connection, "list", Arity::AtLeast(2), client_list)
    .flags(Flags::ADMIN.with(Flags::LOADING).with(Flags::NOSCRIPT).with(Flags::STALE))
    .args(&[
        Arg::one_of("client-type", &[
            Arg::word("normal", "NORMAL"),
            Arg::word("master", "MASTER"),
            Arg::word("replica", "REPLICA"),
            Arg::word("pubsub", "PUBSUB"),
        ]).token("TYPE").optional().since("5.0.0"),
        Arg::integer("client-id").token("ID").optional().multiple().since("6.2.0"),
        Arg::string("username").token("USER").optional().since("8.1.0"),
        Arg::string("addr").token("ADDR").optional().since("8.1.0"),
        Arg::string("laddr").token("LADDR").optional().since("8.1.0"),
        Arg::one_of("skipme", &[
            Arg::word("yes", "YES"),
            Arg::word("no", "NO"),
        ]).token("SKIPME").optional().since("8.1.0"),
        Arg::integer("maxage").token("MAXAGE").optional().since("8.1.0"),
        Arg::string("name").token("NAME").optional().since("9.0.0"),
        Arg::integer("idle").token("IDLE").optional().since("9.0.0"),
        Arg::string("flags").token("FLAGS").optional().since("9.0.0"),
        Arg::string("lib-name").token("LIB-NAME").optional().since("9.0.0"),
        Arg::string("lib-ver").token("LIB-VER").optional().since("9.0.0"),
        Arg::integer("db").token("DB").optional().since("9.0.0"),
        Arg::string("capa").token("CAPA").optional().since("9.0.0"),
        Arg::string("ip").token("IP").optional().since("9.0.0"),
        Arg::one_of("not-client-type", &[
            Arg::word("normal", "NORMAL"),
            Arg::word("master", "MASTER"),
            Arg::word("replica", "REPLICA"),
            Arg::word("pubsub", "PUBSUB"),
        ]).token("NOT-TYPE").optional().since("9.0.0"),
        Arg::integer("not-client-id").token("NOT-ID").optional().multiple().since("9.0.0"),
        Arg::string("not-username").token("NOT-USER").optional().since("9.0.0"),
        Arg::string("not-addr").token("NOT-ADDR").optional().since("9.0.0"),
        Arg::string("not-laddr").token("NOT-LADDR").optional().since("9.0.0"),
        Arg::string("not-name").token("NOT-NAME").optional().since("9.0.0"),
        Arg::string("not-flags").token("NOT-FLAGS").optional().since("9.0.0"),
        Arg::string("not-lib-name").token("NOT-LIB-NAME").optional().since("9.0.0"),
        Arg::string("not-lib-ver").token("NOT-LIB-VER").optional().since("9.0.0"),
        Arg::integer("not-db").token("NOT-DB").optional().since("9.0.0"),
        Arg::string("not-capa").token("NOT-CAPA").optional().since("9.0.0"),
        Arg::string("not-ip").token("NOT-IP").optional().since("9.0.0"),
    ])
    .since("2.4.0")
    .history(&[
        ("2.8.12", "Shows `id`, which no two clients share."),
        ("5.0.0", "Filters by `TYPE`."),
        ("6.0.0", "Shows `user`."),
        ("6.2.0", "Shows `argv-mem`, `tot-mem`, `laddr` and `redir`; filters by `ID`."),
        ("7.0.0", "Shows `resp`, `multi-mem`, `rbs` and `rbp`."),
        ("7.0.3", "Shows `ssub`."),
        ("8.0.0", "The type `master` is called `primary`; the old word is still understood."),
        ("8.1.0", "Filters by `USER`, `ADDR`, `LADDR`, `SKIPME` and `MAXAGE`."),
        ("9.0.0", "Filters by `NAME`, `IDLE`, `FLAGS`, `LIB-NAME`, `LIB-VER`, `DB`, `CAPA` and `IP`, and by what a client is `NOT-`."),
    ])
    .tips(&["nondeterministic_output"])
    .cost("O(n), n = connections")
    .summary("Describes every connection, or those that a filter takes.");

fn client_list(call: &mut ServerCall) -> CommandResult {
    let filter = Filter::parse_list(&call.argv[2..])?;
    let mut text = String::new();
    for client in call
        .server
        .clients
        .all()
        .iter()
        .filter(|client| filter.takes(client))
    {
        line::write(
            &mut text,
            call.server,
            client,
            call.turn.circumstances.now_ms,
        );
    }
    call.reply.verbatim(*b"txt", text.as_bytes());
    Ok(())
}

pub(super) const CLIENT_KILL: Command = Command::new(Group::Connection, "kill", Arity::AtLeast(3), client_kill)
    .flags(Flags::ADMIN.with(Flags::LOADING).with(Flags::NOSCRIPT).with(Flags::STALE))
    .args(&[
        Arg::one_of("filter", &[
            Arg::string("old-format").deprecated_since("2.8.12"),
            Arg::one_of("new-format", &[
                Arg::integer("client-id").token("ID").optional().multiple().since("2.8.12"),
                Arg::one_of("client-type", &[
                    Arg::word("normal", "NORMAL"),
                    Arg::word("master", "MASTER").since("3.2.0"),
                    Arg::word("primary", "PRIMARY").since("8.0.0"),
                    Arg::word("slave", "SLAVE"),
                    Arg::word("replica", "REPLICA").since("5.0.0"),
                    Arg::word("pubsub", "PUBSUB"),
                ]).token("TYPE").optional().since("2.8.12"),
                Arg::string("username").token("USER").optional(),
                Arg::string("addr").token("ADDR").optional(),
                Arg::string("laddr").token("LADDR").optional().since("6.2.0"),
                Arg::one_of("skipme", &[
                    Arg::word("yes", "YES"),
                    Arg::word("no", "NO"),
                ]).token("SKIPME").optional(),
                Arg::integer("maxage").token("MAXAGE").optional().since("8.0.0"),
                Arg::string("name").token("NAME").optional().since("9.0.0"),
                Arg::integer("idle").token("IDLE").optional().since("9.0.0"),
                Arg::string("flags").token("FLAGS").optional().since("9.0.0"),
                Arg::string("lib-name").token("LIB-NAME").optional().since("9.0.0"),
                Arg::string("lib-ver").token("LIB-VER").optional().since("9.0.0"),
                Arg::integer("db").token("DB").optional().since("9.0.0"),
                Arg::string("capa").token("CAPA").optional().since("9.0.0"),
                Arg::string("ip").token("IP").optional().since("9.0.0"),
                Arg::one_of("not-client-type", &[
                    Arg::word("normal", "NORMAL"),
                    Arg::word("master", "MASTER"),
                    Arg::word("primary", "PRIMARY"),
                    Arg::word("slave", "SLAVE"),
                    Arg::word("replica", "REPLICA"),
                    Arg::word("pubsub", "PUBSUB"),
                ]).token("NOT-TYPE").optional().since("9.0.0"),
                Arg::integer("not-client-id").token("NOT-ID").optional().multiple().since("9.0.0"),
                Arg::string("not-username").token("NOT-USER").optional().since("9.0.0"),
                Arg::string("not-addr").token("NOT-ADDR").optional().since("9.0.0"),
                Arg::string("not-laddr").token("NOT-LADDR").optional().since("9.0.0"),
                Arg::string("not-name").token("NOT-NAME").optional().since("9.0.0"),
                Arg::string("not-flags").token("NOT-FLAGS").optional().since("9.0.0"),
                Arg::string("not-lib-name").token("NOT-LIB-NAME").optional().since("9.0.0"),
                Arg::string("not-lib-ver").token("NOT-LIB-VER").optional().since("9.0.0"),
                Arg::integer("not-db").token("NOT-DB").optional().since("9.0.0"),
                Arg::string("not-capa").token("NOT-CAPA").optional().since("9.0.0"),
                Arg::string("not-ip").token("NOT-IP").optional().since("9.0.0"),
            ]).multiple(),
        ]),
    ])
    .since("2.4.0")
    .history(&[
        ("2.8.12", "Takes filters instead of an address."),
        ("2.8.12", "Filters by `ID`."),
        ("3.2.0", "Knows the type `master`."),
        ("5.0.0", "The type `slave` is called `replica`; the old word is still understood."),
        ("6.2.0", "Filters by `LADDR`."),
        ("8.0.0", "Filters by `MAXAGE`."),
        ("8.0.0", "The type `master` is called `primary`; the old word is still understood."),
        ("8.1.0", "`ID` takes several numbers."),
        ("9.0.0", "Filters by `NAME`, `IDLE`, `FLAGS`, `LIB-NAME`, `LIB-VER`, `DB`, `CAPA` and `IP`, and by what a client is `NOT-`."),
    ])
    .cost("O(n), n = connections")
    .summary("Ends a connection, or those that a filter takes.");

fn client_kill(call: &mut ServerCall) -> CommandResult {
    let own = call.session.handle.id;
    let (filter, by_address) = match call.argv {
        [_, _, address] => (Filter::by_address(address), true),
        argv => (Filter::parse_kill(&argv[2..])?, false),
    };
    let mut killed = 0;
    for client in call.server.clients.all() {
        if !filter.takes(&client) || (client.id == own && filter.skips_caller()) {
            continue;
        }
        killed += 1;
        if client.id == own {
            // The caller learns the outcome first.
            call.session.closing = true;
        } else {
            client.kill();
        }
    }
    match (by_address, killed) {
        (true, 0) => return Err(CommandError::fixed("ERR No such client")),
        (true, _) => call.reply.ok(),
        (false, _) => call.reply.integer(killed),
    }
    Ok(())
}
