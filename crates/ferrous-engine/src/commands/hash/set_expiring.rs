//! Setting fields under conditions and with an expiry.

use ferrous_types::Hash;
use ferrous_types::field_map::NewExpiry;

use super::{expire, fields, overdue, repeat_fields, tell_overdue};
use crate::args::Args;
use crate::call::{Call, Command, DataHandler::Keys};
use crate::command::{Arg, Arity, Flags, Group, KeyFlags, KeySpec};
use crate::error::{CommandError, CommandResult};
use crate::keyspace::{Db, EventClasses, IntText, Key};

pub(super) const HSETEX: Command =
    Command::new(Group::Hash, "hsetex", Arity::AtLeast(6), Keys(hsetex))
        .flags(Flags::DENYOOM.with(Flags::FAST).with(Flags::WRITE))
        .keys(&[KeySpec::at(1).flags(KeyFlags::RW.with(KeyFlags::INSERT))])
        .args(&[
            Arg::key("key"),
            Arg::one_of(
                "key-condition",
                &[Arg::word("nx", "NX"), Arg::word("xx", "XX")],
            )
            .optional(),
            Arg::one_of(
                "fields-condition",
                &[Arg::word("fnx", "FNX"), Arg::word("fxx", "FXX")],
            )
            .optional(),
            Arg::one_of(
                "expiration",
                &[
                    Arg::integer("seconds").token("EX"),
                    Arg::integer("milliseconds").token("PX"),
                    Arg::unix_time("unix-time-seconds").token("EXAT"),
                    Arg::unix_time("unix-time-milliseconds").token("PXAT"),
                    Arg::word("keepttl", "KEEPTTL"),
                ],
            )
            .optional(),
            Arg::block(
                "fields",
                &[
                    Arg::integer("numfields"),
                    Arg::block("data", &[Arg::string("field"), Arg::string("value")]).multiple(),
                ],
            )
            .token("FIELDS"),
        ])
        .since("9.0.0")
        .cost("O(n), n = fields given")
        .summary("Gives fields of a hash their values and says when the fields expire.");

fn hsetex(call: &mut Call) -> CommandResult {
    let fields_at = fields::find(&call.args, 2)?;
    let options = Options::parse(&call.args, fields_at)?;
    let data = fields::read(&call.args, fields_at, 2)?;
    let now_ms = call.db.now_ms();
    let deadline = match &options.expiry {
        Some(option) => Some(option.deadline(&call.args, now_ms, call.name)?),
        None => None,
    };
    let key = call.args.key(1);
    let allowed = options.allow(call.db, &key, data)?;
    if allowed {
        match deadline {
            Some(deadline) if deadline <= now_ms => set_for_no_time(call.db, &key, data)?,
            _ => set(call, &key, data, deadline, options.keep)?,
        }
    }
    call.reply.integer(i64::from(allowed));
    Ok(())
}

/// Sets the fields of `data`, to expire at `deadline`, if any.
fn set(
    call: &mut Call,
    key: &Key,
    data: &[&[u8]],
    deadline: Option<i64>,
    keep: bool,
) -> CommandResult {
    let (limits, seed, now_ms) = (&call.limits.hash, call.db.seed(), call.db.now_ms());
    let expiry = match deadline {
        Some(deadline) => NewExpiry::At(deadline),
        None if keep => NewExpiry::Keep,
        None => NewExpiry::Never,
    };
    let overdue = call.db.edit_or_create(key, Hash::new, |hash: &mut Hash| {
        let overdue = overdue(hash, data.iter().step_by(2).copied(), now_ms);
        hash.prepare_for(data.len() / 2, limits, seed);
        for pair in data.chunks_exact(2) {
            hash.insert(pair[0], pair[1], expiry, now_ms, limits, seed);
        }
        overdue
    })?;
    tell_overdue(call.db, key, &overdue);
    repeat_set(call.db, key, data, deadline, keep);
    let changes = data.len() as u64 / 2;
    call.db.changed(key, EventClasses::HASH, "hset", changes);
    if deadline.is_some() {
        call.db.notify(EventClasses::HASH, "hexpire", key);
    }
    Ok(())
}

/// Has the same fields set without conditions, which were checked here, and with an absolute time.
fn repeat_set(db: &mut Db, key: &Key, data: &[&[u8]], deadline: Option<i64>, keep: bool) {
    let (at, count) = (
        deadline.map(IntText::new),
        IntText::new(data.len() as i64 / 2),
    );
    let mut head: Vec<&[u8]> = vec![b"HSETEX", key.bytes];
    if let Some(at) = &at {
        head.extend([b"PXAT" as &[u8], at]);
    } else if keep {
        head.push(b"KEEPTTL");
    }
    head.extend([b"FIELDS" as &[u8], &count]);
    repeat_fields(db, &head, data);
}

/// What setting fields with an expiry that has passed comes to: they are gone.
fn set_for_no_time(db: &mut Db, key: &Key, data: &[&[u8]]) -> CommandResult {
    let now_ms = db.now_ms();
    let names = data.iter().step_by(2).copied();
    let removed = db.edit(key, |hash: &mut Hash| {
        names
            .filter(|name| hash.remove(name, now_ms))
            .collect::<Vec<_>>()
    })?;
    db.notify(EventClasses::HASH, "hset", key);
    db.notify(EventClasses::HASH, "hexpire", key);
    match removed {
        Some(removed) if !removed.is_empty() => expire::tell_deleted(db, key, &removed),
        Some(_) => db.notify(EventClasses::HASH, "hexpired", key),
        None => {
            db.notify(EventClasses::HASH, "hexpired", key);
            db.notify(EventClasses::GENERIC, "del", key);
        }
    }
    db.remove_spent(key);
    Ok(())
}

/// The options before `FIELDS`.
#[derive(Default)]
struct Options {
    /// Whether the key must exist, or must not.
    key_exists: Option<bool>,
    /// Whether all fields must exist, or none may.
    fields_exist: Option<bool>,
    expiry: Option<fields::ExpiryOption>,
    /// Fields keep the expiry they have.
    keep: bool,
}

impl Options {
    fn parse(args: &Args, end: usize) -> CommandResult<Self> {
        let mut options = Self::default();
        let mut index = 2;
        while index < end {
            let for_key = [("NX", false), ("XX", true)];
            let for_fields = [("FNX", false), ("FXX", true)];
            let word = |words: [(&str, bool); 2], old: Option<bool>| {
                let found = words.iter().find(|(word, _)| args.is(index, word));
                let value = found.map(|(_, value)| *value);
                value.filter(|value| old.is_none_or(|old| old == *value))
            };
            if let Some(exists) = word(for_key, options.key_exists) {
                options.key_exists = Some(exists);
            } else if let Some(exist) = word(for_fields, options.fields_exist) {
                options.fields_exist = Some(exist);
            } else if args.is(index, "KEEPTTL") && options.expiry.is_none() {
                options.keep = true;
            } else {
                let option = fields::ExpiryOption::read(args, index, end, options.expiry.as_ref());
                options.expiry = option.filter(|_| !options.keep);
                if options.expiry.is_none() {
                    return Err(CommandError::SYNTAX);
                }
                index += 1;
            }
            index += 1;
        }
        Ok(options)
    }

    /// True when the conditions hold.
    fn allow(&self, db: &mut Db, key: &Key, data: &[&[u8]]) -> CommandResult<bool> {
        let now_ms = db.now_ms();
        let hash = db.peek_collection::<Hash>(key)?;
        let for_key = self
            .key_exists
            .is_none_or(|wanted| wanted == hash.is_some());
        let exists = |name: &[u8]| hash.is_some_and(|hash| hash.contains(name, now_ms));
        let for_fields = self.fields_exist.is_none_or(|wanted| {
            let mut names = data.iter().step_by(2);
            names.all(|name| exists(name) == wanted)
        });
        Ok(for_key && for_fields)
    }
}
