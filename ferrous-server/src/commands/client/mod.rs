//! `CLIENT`: connections looked at, named, ended and held back.

mod filter;
mod line;
mod name;
mod tracking;

use ferrous_engine::command::{Arg, Arity, Flags, Group};
use ferrous_engine::error::{CommandError, CommandResult};
use ferrous_engine::wait::Outcome;
use ferrous_types::number::parse_canonical_int;

use filter::Filter;

use super::help;
use crate::client::{ClientFlags, ReplyMode};
use crate::execute::{Command, ServerCall};
use crate::pause::PauseMode;

pub(super) use name::check_name;

/// What most of the family are: of the connection alone, so a client may call them whatever the server is at, and no
/// script has a use for them.
const ANY_TIME: Flags = Flags::ALLOW_BUSY
    .with(Flags::LOADING)
    .with(Flags::NOSCRIPT)
    .with(Flags::STALE);

/// The rows of the family.
pub(super) const COMMANDS: &[Command] = &[CLIENT];

const CLIENT: Command = Command::new(Group::Connection, "client", Arity::AtLeast(2), help)
    .subcommands(&[
        tracking::CLIENT_CACHING,
        CLIENT_GETNAME,
        tracking::CLIENT_GETREDIR,
        CLIENT_HELP,
        CLIENT_ID,
        CLIENT_INFO,
        CLIENT_KILL,
        CLIENT_LIST,
        CLIENT_NO_EVICT,
        CLIENT_NO_TOUCH,
        CLIENT_PAUSE,
        CLIENT_REPLY,
        CLIENT_SETINFO,
        CLIENT_SETNAME,
        tracking::CLIENT_TRACKING,
        tracking::CLIENT_TRACKINGINFO,
        CLIENT_UNBLOCK,
        CLIENT_UNPAUSE,
    ])
    .since("2.4.0")
    .cost("Depends on the subcommand")
    .summary("Looks after connections.");

const CLIENT_ID: Command = Command::new(Group::Connection, "id", Arity::Exactly(2), client_id)
    .flags(ANY_TIME)
    .since("5.0.0")
    .cost("O(1)")
    .summary("Returns the number of the connection.");

fn client_id(call: &mut ServerCall) -> CommandResult {
    call.reply.integer(call.session.handle.id as i64);
    Ok(())
}

const CLIENT_INFO: Command =
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

const CLIENT_LIST: Command = Command::new(Group::Connection, "list", Arity::AtLeast(2), client_list)
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

const CLIENT_KILL: Command = Command::new(Group::Connection, "kill", Arity::AtLeast(3), client_kill)
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

const CLIENT_GETNAME: Command = Command::new(
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

const CLIENT_SETNAME: Command = Command::new(
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

const CLIENT_SETINFO: Command = Command::new(
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

const CLIENT_NO_EVICT: Command = Command::new(
    Group::Connection,
    "no-evict",
    Arity::Exactly(3),
    client_no_evict,
)
.flags(
    Flags::ADMIN
        .with(Flags::ALLOW_BUSY)
        .with(Flags::LOADING)
        .with(Flags::NOSCRIPT)
        .with(Flags::STALE),
)
.args(&[Arg::one_of(
    "enabled",
    &[Arg::word("on", "ON"), Arg::word("off", "OFF")],
)])
.since("7.0.0")
.cost("O(1)")
.summary(
    "Exempts the connection from being closed when clients take too much memory, or ends that.",
);

fn client_no_evict(call: &mut ServerCall) -> CommandResult {
    let on = parse_switch(call.argv[2])?;
    call.session
        .handle
        .vitals
        .set_flag(ClientFlags::NO_EVICT, on);
    call.reply.ok();
    Ok(())
}

const CLIENT_NO_TOUCH: Command = Command::new(
    Group::Connection,
    "no-touch",
    Arity::Exactly(3),
    client_no_touch,
)
.flags(ANY_TIME)
.args(&[Arg::one_of(
    "enabled",
    &[Arg::word("on", "ON"), Arg::word("off", "OFF")],
)])
.since("7.2.0")
.cost("O(1)")
.summary("Has the connection's reads leave access times and frequencies alone, or ends that.");

fn client_no_touch(call: &mut ServerCall) -> CommandResult {
    let on = parse_switch(call.argv[2])?;
    call.session.set_no_touch(on);
    call.reply.ok();
    Ok(())
}

/// `ON` or `OFF`.
fn parse_switch(word: &[u8]) -> CommandResult<bool> {
    match () {
        () if word.eq_ignore_ascii_case(b"ON") => Ok(true),
        () if word.eq_ignore_ascii_case(b"OFF") => Ok(false),
        () => Err(CommandError::SYNTAX),
    }
}

const CLIENT_REPLY: Command =
    Command::new(Group::Connection, "reply", Arity::Exactly(3), client_reply)
        .flags(
            Flags::ALLOW_BUSY
                .with(Flags::LOADING)
                .with(Flags::NOSCRIPT)
                .with(Flags::NO_MULTI)
                .with(Flags::STALE),
        )
        .args(&[Arg::one_of(
            "action",
            &[
                Arg::word("on", "ON"),
                Arg::word("off", "OFF"),
                Arg::word("skip", "SKIP"),
            ],
        )])
        .since("3.2.0")
        .cost("O(1)")
        .summary("Chooses which replies the connection gets.");

fn client_reply(call: &mut ServerCall) -> CommandResult {
    let word = call.argv[2];
    if word.eq_ignore_ascii_case(b"ON") {
        call.session.reply_mode = ReplyMode::On;
        call.reply.ok();
    } else if word.eq_ignore_ascii_case(b"OFF") {
        call.session.reply_mode = ReplyMode::Off;
    } else if word.eq_ignore_ascii_case(b"SKIP") {
        if call.session.reply_mode == ReplyMode::On {
            call.session.reply_mode = ReplyMode::SkipNext;
        }
    } else {
        return Err(CommandError::SYNTAX);
    }
    Ok(())
}

const CLIENT_PAUSE: Command =
    Command::new(Group::Connection, "pause", Arity::AtLeast(3), client_pause)
        .flags(
            Flags::ADMIN
                .with(Flags::LOADING)
                .with(Flags::NOSCRIPT)
                .with(Flags::STALE),
        )
        .args(&[
            Arg::integer("timeout"),
            Arg::one_of(
                "mode",
                &[Arg::word("write", "WRITE"), Arg::word("all", "ALL")],
            )
            .optional()
            .since("6.2.0"),
        ])
        .since("3.0.0")
        .history(&[(
            "6.2.0",
            "Takes a mode, so that writes alone can be held back.",
        )])
        .cost("O(1)")
        .summary("Holds commands back for some milliseconds: those that write, or all.");

fn client_pause(call: &mut ServerCall) -> CommandResult {
    let mode = match call.argv.get(3) {
        None => PauseMode::All,
        Some(word) if word.eq_ignore_ascii_case(b"ALL") => PauseMode::All,
        Some(word) if word.eq_ignore_ascii_case(b"WRITE") => PauseMode::Writes,
        Some(_) => {
            return Err(CommandError::fixed(
                "ERR CLIENT PAUSE mode must be WRITE or ALL",
            ));
        }
    };
    if call.argv.len() > 4 {
        return Err(CommandError::SYNTAX);
    }
    let timeout_ms = parse_canonical_int(call.argv[2]).ok_or(CommandError::fixed(
        "ERR timeout is not an integer or out of range",
    ))?;
    if timeout_ms < 0 {
        return Err(CommandError::fixed("ERR timeout is negative"));
    }
    let until_ms = call.turn.circumstances.now_ms.checked_add(timeout_ms);
    call.server.pause.begin(
        until_ms.ok_or(CommandError::fixed("ERR timeout is out of range"))?,
        mode,
    );
    call.reply.ok();
    Ok(())
}

const CLIENT_UNPAUSE: Command = Command::new(
    Group::Connection,
    "unpause",
    Arity::Exactly(2),
    client_unpause,
)
.flags(
    Flags::ADMIN
        .with(Flags::LOADING)
        .with(Flags::NOSCRIPT)
        .with(Flags::STALE),
)
.since("6.2.0")
.cost("O(n), n = connections held back")
.summary("Lets commands run again that `CLIENT PAUSE` holds back.");

fn client_unpause(call: &mut ServerCall) -> CommandResult {
    call.server.pause.end();
    call.reply.ok();
    Ok(())
}

const CLIENT_UNBLOCK: Command = Command::new(
    Group::Connection,
    "unblock",
    Arity::AtLeast(3),
    client_unblock,
)
.flags(
    Flags::ADMIN
        .with(Flags::LOADING)
        .with(Flags::NOSCRIPT)
        .with(Flags::STALE),
)
.args(&[
    Arg::integer("client-id"),
    Arg::one_of(
        "unblock-type",
        &[Arg::word("timeout", "TIMEOUT"), Arg::word("error", "ERROR")],
    )
    .optional(),
])
.since("5.0.0")
.cost("O(log n), n = connections")
.summary("Ends the wait of a client that a blocking command has parked.");

fn client_unblock(call: &mut ServerCall) -> CommandResult {
    if let Some(reason) = call.argv.get(3)
        && !reason.eq_ignore_ascii_case(b"TIMEOUT")
        && !reason.eq_ignore_ascii_case(b"ERROR")
    {
        return Err(CommandError::fixed(
            "ERR CLIENT UNBLOCK reason should be TIMEOUT or ERROR",
        ));
    }
    let outcome = match call.argv.get(3) {
        Some(reason) if reason.eq_ignore_ascii_case(b"ERROR") => Outcome::Interrupted,
        _ => Outcome::TimedOut,
    };
    let id = parse_canonical_int(call.argv[2]).ok_or(CommandError::NOT_INTEGER)?;
    let client = u64::try_from(id)
        .ok()
        .and_then(|id| call.server.clients.get(id));
    let waits = client.and_then(|client| client.waits.lock().clone());
    let ended = waits.is_some_and(|waiter| waiter.end(outcome));
    call.reply.integer(i64::from(ended));
    Ok(())
}

const CLIENT_HELP: Command = Command::new(Group::Connection, "help", Arity::Exactly(2), help)
    .flags(Flags::LOADING.with(Flags::STALE))
    .since("5.0.0")
    .cost("O(1)")
    .summary("Lists the subcommands.");
