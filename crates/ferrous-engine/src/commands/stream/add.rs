//! Entries added, and the identifier that the next one has to exceed.

use ferrous_types::Stream;
use ferrous_types::stream::{AppendError, Counters, NewId, StreamId};

use super::id::{self, IdText, reply_id};
use super::trim::{TRIM_ARGS, Trim, TrimOptions};
use crate::args::Args;
use crate::call::{Call, Command, DataHandler::Keys};
use crate::command::{Arg, Arity, Flags, Group, KeyFlags, KeySpec};
use crate::error::{CommandError, CommandResult};
use crate::keyspace::{EventClasses, Key};

const ZERO_ID: CommandError =
    CommandError::fixed("ERR The ID specified in XADD must be greater than 0-0");
const BELOW_GIVEN_DELETED: CommandError = CommandError::fixed(
    "ERR The ID specified in XSETID is smaller than the provided max_deleted_entry_id",
);
const BELOW_DELETED: CommandError = CommandError::fixed(
    "ERR The ID specified in XSETID is smaller than current max_deleted_entry_id",
);
const BELOW_TOP: CommandError = CommandError::fixed(
    "ERR The ID specified in XSETID is smaller than the target stream top item",
);
const NEGATIVE_ADDED: CommandError = CommandError::fixed("ERR entries_added must be positive");
const ADDED_BELOW_LENGTH: CommandError = CommandError::fixed(
    "ERR The entries_added specified in XSETID is smaller than the target stream length",
);

pub(super) const XADD: Command = Command::new(Group::Stream, "xadd", Arity::AtLeast(5), Keys(xadd))
    .flags(Flags::DENYOOM.with(Flags::FAST).with(Flags::WRITE))
    .keys(&[KeySpec::at(1)
        .flags(KeyFlags::RW.with(KeyFlags::UPDATE))
        .notes("It updates rather than inserts, since it may trim")])
    .args(&[
        Arg::key("key"),
        Arg::word("nomkstream", "NOMKSTREAM")
            .optional()
            .since("6.2.0"),
        Arg::block("trim", TRIM_ARGS).optional(),
        Arg::one_of(
            "id-selector",
            &[Arg::word("auto-id", "*"), Arg::string("id")],
        ),
        Arg::block("data", &[Arg::string("field"), Arg::string("value")]).multiple(),
    ])
    .since("5.0.0")
    .history(&[
        ("6.2.0", "Takes `LIMIT`, `MINID` and `NOMKSTREAM`."),
        ("7.0.0", "An id may be `<ms>-*`."),
    ])
    .tips(&["nondeterministic_output"])
    .cost("O(1), and O(n) for n entries that are trimmed")
    .summary("Adds an entry to a stream, and trims the stream if asked to.");

/// What `XADD` is asked to do.
struct Addition {
    id: NewId,
    /// The argument that gives the identifier.
    id_at: usize,
    trim: Option<Trim>,
    only_existing: bool,
}

impl Addition {
    fn parse(call: &Call) -> CommandResult<Self> {
        let args = &call.args;
        let mut options = TrimOptions::default();
        let mut only_existing = false;
        let mut index = 2;
        let id = loop {
            if index >= args.len() {
                return Err(CommandError::arity(call.name));
            }
            if args.get(index) == b"*" {
                break NewId::Auto;
            }
            if let Some(next) = options.parse(args, index)? {
                index = next;
            } else if args.is(index, "NOMKSTREAM") {
                only_existing = true;
                index += 1;
            } else {
                break id::parse_new(args.get(index))?;
            }
        };
        let trim = options.finish(false, call.limits.stream)?;
        let elements = args.len() - index - 1;
        if elements < 2 || !elements.is_multiple_of(2) {
            return Err(CommandError::arity(call.name));
        }
        if id == NewId::Exact(StreamId::MIN) {
            return Err(ZERO_ID);
        }
        Ok(Self {
            id,
            id_at: index,
            trim,
            only_existing,
        })
    }
}

/// What came of an addition.
struct Added {
    id: StreamId,
    trimmed: u64,
    /// The exact trim that gives the same.
    repeated_trim: Option<[Vec<u8>; 3]>,
}

fn xadd(call: &mut Call) -> CommandResult {
    let addition = Addition::parse(call)?;
    let key = call.args.key(1);
    let (args, limits, now_ms) = (call.args, call.limits.stream, call.db.now_ms());
    let append = |stream: &mut Stream| {
        let id = stream.log.next_id(addition.id, now_ms as u64)?;
        let fields = args.from(addition.id_at + 1);
        let fields = fields.chunks_exact(2).map(|pair| (pair[0], pair[1]));
        stream.log.append(id, fields, limits)?;
        let trimmed = addition.trim.map_or(0, |trim| trim.run(&mut stream.log));
        let repeated_trim = addition.trim.and_then(|trim| trim.repeated(&stream.log));
        Ok(Added {
            id,
            trimmed,
            repeated_trim,
        })
    };
    let added = match call.db.edit(&key, append)? {
        Some(added) => added.map_err(refusal)?,
        None if addition.only_existing => {
            call.reply.nil();
            return Ok(());
        }
        None => {
            let mut stream = Stream::new();
            let added = append(&mut stream).map_err(refusal)?;
            call.db.put_object(&key, stream.into(), None);
            added
        }
    };
    if call.db.wants_effects() {
        repeat(call, &key, &addition, &added);
    }
    call.db.changed(&key, EventClasses::STREAM, "xadd", 1);
    call.db.ready(&key);
    if added.trimmed > 0 {
        call.db.notify(EventClasses::STREAM, "xtrim", &key);
    }
    reply_id(call.reply, added.id);
    Ok(())
}

fn refusal(error: AppendError) -> CommandError {
    CommandError::new(format!("ERR {error}"))
}

/// Has the call repeated with the identifier that it found, and with an exact trim.
fn repeat(call: &mut Call, key: &Key<'_>, addition: &Addition, added: &Added) {
    if matches!(addition.id, NewId::Exact(_)) && added.repeated_trim.is_none() {
        return;
    }
    let id = IdText::new(added.id);
    let mut argv: Vec<&[u8]> = vec![call.args.get(0), key.bytes];
    match &added.repeated_trim {
        Some(trim) => argv.extend(trim.iter().map(Vec::as_slice)),
        None => argv.extend(&call.args.from(2)[..addition.id_at - 2]),
    }
    argv.push(id.as_bytes());
    argv.extend(call.args.from(addition.id_at + 1));
    call.db.repeat(&argv);
}

pub(super) const XSETID: Command =
    Command::new(Group::Stream, "xsetid", Arity::AtLeast(3), Keys(xsetid))
        .flags(Flags::DENYOOM.with(Flags::FAST).with(Flags::WRITE))
        .keys(&[KeySpec::at(1).flags(KeyFlags::RW.with(KeyFlags::UPDATE))])
        .args(&[
            Arg::key("key"),
            Arg::string("last-id"),
            Arg::integer("entries-added")
                .token("ENTRIESADDED")
                .optional()
                .since("7.0.0"),
            Arg::string("max-deleted-id")
                .token("MAXDELETEDID")
                .optional()
                .since("7.0.0"),
        ])
        .since("5.0.0")
        .history(&[("7.0.0", "Takes `ENTRIESADDED` and `MAXDELETEDID`.")])
        .cost("O(1)")
        .summary("Sets the last identifier of a stream, and what else it counts.");

/// What `XSETID` sets.
struct Setting {
    last_id: StreamId,
    entries_added: Option<u64>,
    max_deleted_id: StreamId,
}

impl Setting {
    fn parse(args: &Args<'_>) -> CommandResult<Self> {
        let mut setting = Self {
            last_id: id::parse(args.get(2))?,
            entries_added: None,
            max_deleted_id: StreamId::MIN,
        };
        let mut index = 3;
        while index < args.len() {
            let follows = index + 1 < args.len();
            if follows && args.is(index, "ENTRIESADDED") {
                let added = u64::try_from(args.int(index + 1)?).map_err(|_| NEGATIVE_ADDED)?;
                setting.entries_added = Some(added);
            } else if follows && args.is(index, "MAXDELETEDID") {
                setting.max_deleted_id = id::parse(args.get(index + 1))?;
                if setting.last_id < setting.max_deleted_id {
                    return Err(BELOW_GIVEN_DELETED);
                }
            } else {
                return Err(CommandError::SYNTAX);
            }
            index += 2;
        }
        Ok(setting)
    }

    fn apply(&self, stream: &mut Stream) -> CommandResult {
        let old = stream.log.counters();
        let top = stream.log.iter().next_back().map(|entry| entry.id);
        if top.is_some_and(|top| self.last_id < top) {
            return Err(BELOW_TOP);
        }
        if self
            .entries_added
            .is_some_and(|added| added < stream.log.len())
        {
            return Err(ADDED_BELOW_LENGTH);
        }
        if self.last_id < old.max_deleted_id {
            return Err(BELOW_DELETED);
        }
        let deleted = Some(self.max_deleted_id).filter(|&id| id > StreamId::MIN);
        stream.log.set_counters(Counters {
            last_id: self.last_id,
            max_deleted_id: deleted.unwrap_or(old.max_deleted_id),
            entries_added: self.entries_added.unwrap_or(old.entries_added),
        });
        Ok(())
    }
}

fn xsetid(call: &mut Call) -> CommandResult {
    let key = call.args.key(1);
    let setting = Setting::parse(&call.args)?;
    let set = call
        .db
        .edit::<Stream, _>(&key, |stream| setting.apply(stream))?;
    set.ok_or(CommandError::NO_SUCH_KEY)??;
    call.db.changed(&key, EventClasses::STREAM, "xsetid", 1);
    call.reply.ok();
    Ok(())
}
