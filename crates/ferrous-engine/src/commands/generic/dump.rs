//! Keys carried from one server to another.

use std::borrow::Cow;

use crate::args::Args;
use crate::call::{Call, Command, DataHandler::Keys};
use crate::codec::{self, RestoreError};
use crate::command::{Arg, Arity, Categories, DocFlags, Flags, Group, KeySpec};
use crate::error::{CommandError, CommandResult};
use crate::keyspace::{AccessClock, EventClasses, Key, ObjectRef};

const BUSY_KEY: CommandError = CommandError::fixed("BUSYKEY Target key name already exists.");
const BAD_TTL: CommandError = CommandError::fixed("ERR Invalid TTL value, must be >= 0");
const BAD_IDLE_TIME: CommandError = CommandError::fixed("ERR Invalid IDLETIME value, must be >= 0");
const BAD_FREQUENCY: CommandError =
    CommandError::fixed("ERR Invalid FREQ value, must be >= 0 and <= 255");
const BAD_PAYLOAD: CommandError =
    CommandError::fixed("ERR DUMP payload version or checksum are wrong");
const BAD_DATA: CommandError = CommandError::fixed("ERR Bad data format");

pub(super) const DUMP: Command =
    Command::new(Group::Generic, "dump", Arity::Exactly(2), Keys(dump))
        .flags(Flags::READONLY)
        .keys(&[KeySpec::at(1).reads()])
        .args(&[Arg::key("key")])
        .since("2.6.0")
        .tips(&["nondeterministic_output"])
        .cost("O(n), n = size of the value")
        .summary("Returns the value of a key as bytes that `RESTORE` makes a key of again.");

fn dump(call: &mut Call) -> CommandResult {
    let lending = call.db.lending();
    match call.db.read(&call.args.key(1)) {
        Some(entry) => {
            lending.announce(entry.object().map_or(0, ObjectRef::free_effort));
            let payload = codec::dump(&entry.value(), call.limits.payload);
            call.reply.bulk(&payload);
        }
        None => call.reply.nil(),
    }
    Ok(())
}

/// About what an element takes in a payload.
const ELEMENT_BYTES: usize = 16;

const RESTORE_ARGS: &[Arg] = &[
    Arg::key("key"),
    Arg::integer("ttl"),
    Arg::string("serialized-value"),
    Arg::word("replace", "REPLACE").optional().since("3.0.0"),
    Arg::word("absttl", "ABSTTL").optional().since("5.0.0"),
    Arg::integer("seconds")
        .token("IDLETIME")
        .optional()
        .since("5.0.0"),
    Arg::integer("frequency")
        .token("FREQ")
        .optional()
        .since("5.0.0"),
];

const RESTORE_HISTORY: &[(&str, &str)] = &[
    ("3.0.0", "Takes `REPLACE`."),
    ("5.0.0", "Takes `ABSTTL`."),
    ("5.0.0", "Takes `FREQ` and `IDLETIME`."),
];

pub(super) const RESTORE: Command =
    Command::new(Group::Generic, "restore", Arity::AtLeast(4), Keys(restore))
        .flags(Flags::DENYOOM.with(Flags::WRITE))
        .categories(Categories::DANGEROUS)
        .keys(&[KeySpec::at(1).overwrites()])
        .args(RESTORE_ARGS)
        .since("2.6.0")
        .history(RESTORE_HISTORY)
        .cost("O(n log n) at most, n = elements of the value")
        .summary("Creates a key of what `DUMP` returned.");

pub(super) const RESTORE_ASKING: Command = Command::new(
    Group::Server,
    "restore-asking",
    Arity::AtLeast(4),
    Keys(restore),
)
.flags(Flags::ASKING.with(Flags::DENYOOM).with(Flags::WRITE))
.categories(Categories::DANGEROUS.with(Categories::KEYSPACE))
.doc_flags(DocFlags::SYSCMD)
.keys(&[KeySpec::at(1).overwrites()])
.args(RESTORE_ARGS)
.since("3.0.0")
.history(RESTORE_HISTORY)
.cost("O(n log n) at most, n = elements of the value")
.summary("Creates a key of what `DUMP` returned, in a slot that is being imported.");

/// The options of `RESTORE`.
#[derive(Default)]
struct Options {
    replace: bool,
    absolute: bool,
    idle_secs: Option<i64>,
    frequency: Option<u8>,
}

impl Options {
    fn parse(args: &Args<'_>) -> CommandResult<Self> {
        let mut options = Self::default();
        let mut index = 4;
        while index < args.len() {
            let follows = index + 1 < args.len();
            if args.is(index, "REPLACE") {
                options.replace = true;
            } else if args.is(index, "ABSTTL") {
                options.absolute = true;
            } else if args.is(index, "IDLETIME") && follows && options.frequency.is_none() {
                index += 1;
                let seconds = args.int(index)?;
                options.idle_secs = Some(seconds);
                if seconds < 0 {
                    return Err(BAD_IDLE_TIME);
                }
            } else if args.is(index, "FREQ") && follows && options.idle_secs.is_none() {
                index += 1;
                let frequency = u8::try_from(args.int(index)?).map_err(|_| BAD_FREQUENCY)?;
                options.frequency = Some(frequency);
            } else {
                return Err(CommandError::SYNTAX);
            }
            index += 1;
        }
        Ok(options)
    }

    /// How the restored entry was last used, as far as the eviction policy keeps that.
    fn access(&self, clock: AccessClock) -> u32 {
        match (clock, self.frequency, self.idle_secs) {
            (AccessClock::Lfu { .. }, Some(frequency), _) => clock.with_frequency(frequency),
            (AccessClock::Lru { .. }, _, Some(seconds)) => {
                clock.idle_since(u32::try_from(seconds).unwrap_or(u32::MAX))
            }
            _ => clock.idle_since(0),
        }
    }
}

fn restore(call: &mut Call) -> CommandResult {
    let key = call.args.key(1);
    let options = Options::parse(&call.args)?;
    if !options.replace && call.db.exists(&key) {
        return Err(BUSY_KEY);
    }
    let ttl = call.args.int(2)?;
    if ttl < 0 {
        return Err(BAD_TTL);
    }
    let payload = call.args.get(3);
    let lending = call.db.lending();
    lending.announce(payload.len() / ELEMENT_BYTES);
    let value = codec::restore(payload, call.limits, call.db.seed());
    let value = value.map_err(|error| refusal(call, &key, &error))?;
    let now_ms = call.db.now_ms();
    let deadline = match ttl {
        0 => None,
        ttl if options.absolute => Some(ttl),
        ttl => Some(now_ms.checked_add(ttl).ok_or(BAD_TTL)?),
    };
    if deadline.is_some_and(|deadline| deadline <= now_ms) {
        remove_replaced(call, &key);
        call.reply.ok();
        return Ok(());
    }
    let mut entry = value.into_entry(key.bytes, deadline);
    entry
        .view_mut()
        .set_access(options.access(call.db.access_clock()));
    call.db.put(&key, entry);
    if let Some(deadline) = deadline.filter(|_| !options.absolute) {
        repeat_absolute(call, deadline);
    }
    call.db.changed(&key, EventClasses::GENERIC, "restore", 1);
    call.reply.ok();
    Ok(())
}

/// What the client is told of a payload that is not restored. The log says more, so that a damaged source is found.
fn refusal(call: &mut Call, key: &Key<'_>, error: &RestoreError) -> CommandError {
    let headline = match error {
        RestoreError::Payload(_) => return BAD_PAYLOAD,
        RestoreError::Value(error) => error.headline(),
        RestoreError::Empty => "Payload integrity check failed".to_owned(),
    };
    let key = key.bytes.escape_ascii();
    call.db
        .complain(format!("RESTORE of '{key}': {headline}: {error}"));
    BAD_DATA
}

/// What was to be restored has expired already, so all that is left to do is to remove what it replaces.
fn remove_replaced(call: &mut Call, key: &Key<'_>) {
    if call.db.remove(key) {
        call.db.repeat(&[b"DEL", key.bytes]);
        call.db.changed(key, EventClasses::GENERIC, "del", 1);
    }
}

/// Has the call repeated with the time at which the key expires instead of its time to live.
fn repeat_absolute(call: &mut Call, deadline: i64) {
    if !call.db.wants_effects() {
        return;
    }
    let mut time = itoa::Buffer::new();
    let mut argv: Vec<Cow<'_, [u8]>> = call.args.all().iter().map(|&arg| arg.into()).collect();
    argv[2] = time.format(deadline).as_bytes().into();
    argv.push(b"ABSTTL"[..].into());
    let argv: Vec<&[u8]> = argv.iter().map(AsRef::as_ref).collect();
    call.db.repeat(&argv);
}
