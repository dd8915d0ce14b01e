//! `CLIENT TRACKING` and what belongs to it.

use ferrous_engine::command::{Arg, Arity, Flags, Group};
use ferrous_engine::error::{CommandError, CommandResult};
use ferrous_types::number::parse_canonical_int;

use super::ANY_TIME;
use super::conduct::parse_switch;
use crate::client::ClientFlags;
use crate::execute::{Command, ServerCall};
use crate::tracking::{Choice, Options};

pub(super) const CLIENT_TRACKING: Command = Command::new(
    Group::Connection,
    "tracking",
    Arity::AtLeast(3),
    client_tracking,
)
.flags(Flags::LOADING.with(Flags::NOSCRIPT).with(Flags::STALE))
.args(&[
    Arg::one_of("status", &[Arg::word("on", "ON"), Arg::word("off", "OFF")]),
    Arg::integer("client-id").token("REDIRECT").optional(),
    Arg::string("prefix")
        .token("PREFIX")
        .optional()
        .multiple_token(),
    Arg::word("bcast", "BCAST").optional(),
    Arg::word("optin", "OPTIN").optional(),
    Arg::word("optout", "OPTOUT").optional(),
    Arg::word("noloop", "NOLOOP").optional(),
])
.since("6.0.0")
.cost("O(1), and a note for every key that the connection reads")
.summary("Has the connection told when keys change that it has read, or ends that.");

fn client_tracking(call: &mut ServerCall) -> CommandResult {
    let options = parse(call)?;
    let tracking = &call.server.tracking;
    let client = &call.session.handle;
    if parse_switch(call.argv[2])? {
        check(call, &options)?;
        let mut options = options;
        if options.broadcast && options.prefixes.is_empty() {
            // No prefix is the prefix of all keys.
            options.prefixes.push(Box::default());
        }
        let known = client.tracking.prefixes();
        options.prefixes.retain(|prefix| !known.contains(prefix));
        tracking.begin(client, &options);
    } else {
        tracking.end(client);
        call.session.caching = false;
    }
    call.reply.ok();
    Ok(())
}

fn parse(call: &ServerCall) -> CommandResult<Options> {
    let mut options = Options::default();
    let (mut opt_in, mut opt_out) = (false, false);
    let mut words = call.argv[3..].iter();
    while let Some(word) = words.next() {
        match word.to_ascii_uppercase().as_slice() {
            b"REDIRECT" => {
                let id = words.next().ok_or(CommandError::SYNTAX)?;
                if options.redirect != 0 {
                    return Err(CommandError::fixed(
                        "ERR A client can only redirect to a single other client",
                    ));
                }
                options.redirect = parse_redirect(call, id)?;
            }
            b"PREFIX" => {
                let prefix = words.next().ok_or(CommandError::SYNTAX)?;
                options.prefixes.push((*prefix).into());
            }
            b"BCAST" => options.broadcast = true,
            b"OPTIN" => opt_in = true,
            b"OPTOUT" => opt_out = true,
            b"NOLOOP" => options.no_loop = true,
            _ => return Err(CommandError::SYNTAX),
        }
    }
    options.choice = match (opt_in, opt_out) {
        (false, false) => Choice::All,
        (true, false) => Choice::OptIn,
        (false, true) => Choice::OptOut,
        (true, true) if options.broadcast => Choice::OptIn,
        // Switching it off asks for nothing else to be right.
        (true, true) if !parse_switch(call.argv[2])? => Choice::All,
        (true, true) => {
            return Err(CommandError::fixed(
                "ERR You can't specify both OPTIN mode and OPTOUT mode",
            ));
        }
    };
    Ok(options)
}

fn parse_redirect(call: &ServerCall, id: &[u8]) -> CommandResult<u64> {
    let id = parse_canonical_int(id).ok_or(CommandError::NOT_INTEGER)?;
    u64::try_from(id)
        .ok()
        .filter(|id| call.server.clients.get(*id).is_some())
        .ok_or(CommandError::fixed(
            "ERR The client ID you want redirect to does not exist",
        ))
}

/// Refuses options that go neither together nor with those that the client has.
fn check(call: &ServerCall, options: &Options) -> CommandResult {
    let client = &call.session.handle;
    let is_on = client.vitals.has(ClientFlags::TRACKING);
    let refused = if !options.broadcast && !options.prefixes.is_empty() {
        "ERR PREFIX option requires BCAST mode to be enabled"
    } else if is_on && client.vitals.has(ClientFlags::BROADCAST) != options.broadcast {
        "ERR You can't switch BCAST mode on/off before disabling tracking for this client, and then re-enabling it with a different mode."
    } else if options.broadcast && options.choice != Choice::All {
        "ERR OPTIN and OPTOUT are not compatible with BCAST"
    } else if is_opposite(client.tracking.choice(), options.choice) {
        "ERR You can't switch OPTIN/OPTOUT mode before disabling tracking for this client, and then re-enabling it with a different mode."
    } else {
        return check_prefixes(&options.prefixes, &client.tracking.prefixes());
    };
    Err(CommandError::fixed(refused))
}

fn is_opposite(one: Choice, other: Choice) -> bool {
    matches!(
        (one, other),
        (Choice::OptIn, Choice::OptOut) | (Choice::OptOut, Choice::OptIn)
    )
}

/// Refuses prefixes one of which begins with another: a change would be told twice.
fn check_prefixes(given: &[Box<[u8]>], known: &[Box<[u8]>]) -> CommandResult {
    let overlap = |one: &[u8], other: &[u8]| one.starts_with(other) || other.starts_with(one);
    let refuse = |one: &[u8], which: &str, other: &[u8]| {
        let (one, other) = (String::from_utf8_lossy(one), String::from_utf8_lossy(other));
        Err(CommandError::new(format!(
            "ERR Prefix '{one}' overlaps with {which} prefix '{other}'. Prefixes for a single client must not overlap."
        )))
    };
    for (index, prefix) in given.iter().enumerate() {
        if let Some(other) = known.iter().find(|other| overlap(prefix, other)) {
            return refuse(prefix, "an existing", other);
        }
        let mut others = given[index + 1..].iter();
        if let Some(other) = others.find(|other| overlap(prefix, other)) {
            return refuse(prefix, "another provided", other);
        }
    }
    Ok(())
}

pub(super) const CLIENT_CACHING: Command = Command::new(
    Group::Connection,
    "caching",
    Arity::Exactly(3),
    client_caching,
)
.flags(ANY_TIME)
.args(&[Arg::one_of(
    "mode",
    &[Arg::word("yes", "YES"), Arg::word("no", "NO")],
)])
.since("6.0.0")
.cost("O(1)")
.summary("Says whether the connection caches what its next command reads.");

fn client_caching(call: &mut ServerCall) -> CommandResult {
    let client = &call.session.handle;
    if !client.vitals.has(ClientFlags::TRACKING) {
        return Err(CommandError::fixed(
            "ERR CLIENT CACHING can be called only when the client is in tracking mode with OPTIN or OPTOUT mode enabled",
        ));
    }
    let choice = client.tracking.choice();
    let (fits, refused) = if call.argv[2].eq_ignore_ascii_case(b"YES") {
        (
            choice == Choice::OptIn,
            "ERR CLIENT CACHING YES is only valid when tracking is enabled in OPTIN mode.",
        )
    } else if call.argv[2].eq_ignore_ascii_case(b"NO") {
        (
            choice == Choice::OptOut,
            "ERR CLIENT CACHING NO is only valid when tracking is enabled in OPTOUT mode.",
        )
    } else {
        return Err(CommandError::SYNTAX);
    };
    if !fits {
        return Err(CommandError::fixed(refused));
    }
    call.session.caching = true;
    call.reply.ok();
    Ok(())
}

pub(super) const CLIENT_GETREDIR: Command = Command::new(
    Group::Connection,
    "getredir",
    Arity::Exactly(2),
    client_getredir,
)
.flags(ANY_TIME)
.since("6.0.0")
.cost("O(1)")
.summary("Returns the number of the client that is told of changes in the connection's place.");

fn client_getredir(call: &mut ServerCall) -> CommandResult {
    let redirect = call.session.handle.shown_redirect();
    call.reply.integer(redirect);
    Ok(())
}

pub(super) const CLIENT_TRACKINGINFO: Command = Command::new(
    Group::Connection,
    "trackinginfo",
    Arity::Exactly(2),
    client_trackinginfo,
)
.flags(Flags::LOADING.with(Flags::NOSCRIPT).with(Flags::STALE))
.since("6.2.0")
.cost("O(1)")
.summary("Tells how the connection is tracked.");

fn client_trackinginfo(call: &mut ServerCall) -> CommandResult {
    let (client, reply) = (&call.session.handle, &mut *call.reply);
    let words = describe(call.session.caching, client);
    reply.map(3);
    reply.bulk(b"flags");
    reply.set(words.len());
    for word in words {
        reply.bulk(word.as_bytes());
    }
    reply.bulk(b"redirect");
    reply.integer(client.shown_redirect());
    reply.bulk(b"prefixes");
    let prefixes = client.tracking.prefixes();
    reply.array(prefixes.len());
    for prefix in &prefixes {
        reply.bulk(prefix);
    }
    Ok(())
}

fn describe(caching: bool, client: &crate::client::ClientHandle) -> Vec<&'static str> {
    if !client.vitals.has(ClientFlags::TRACKING) {
        return vec!["off"];
    }
    let mut words = vec!["on"];
    if client.vitals.has(ClientFlags::BROADCAST) {
        words.push("bcast");
    }
    match client.tracking.choice() {
        Choice::All => {}
        Choice::OptIn => words.extend(
            ["optin"]
                .into_iter()
                .chain(caching.then_some("caching-yes")),
        ),
        Choice::OptOut => words.extend(
            ["optout"]
                .into_iter()
                .chain(caching.then_some("caching-no")),
        ),
    }
    if client.tracking.no_loop() {
        words.push("noloop");
    }
    if client.tracking.is_broken() {
        words.push("broken_redirect");
    }
    words
}
