//! Entries read as they come: `XREAD`, and `XREADGROUP` for consumers that share them.

use ferrous_resp::{Aggregate, Deferred, Encoder, Protocol};
use ferrous_types::Stream;
use ferrous_types::stream::{ConsumerKey, Group as ConsumerGroup, Log, Pending, StreamId};

use super::group_changes::GroupChanges;
use super::id::{self, IdText, reply_entries, reply_entry, reply_id};
use crate::args::Args;
use crate::call::{Call, Command, DataHandler::Keys};
use crate::command::{Arg, Arity, Flags, Group, KeySpec};
use crate::error::{CommandError, CommandResult};
use crate::keyspace::{EventClasses, Key};
use crate::wait::{Awaited, Nothing, Wait, timeout_of_ms};

const GROUP_IN_XREAD: CommandError = CommandError::fixed(
    "ERR The GROUP option is only supported by XREADGROUP. You called XREAD instead.",
);
const NOACK_IN_XREAD: CommandError = CommandError::fixed(
    "ERR The NOACK option is only supported by XREADGROUP. You called XREAD instead.",
);
const NO_GROUP: CommandError = CommandError::fixed("ERR Missing GROUP option for XREADGROUP");
const UNBALANCED: CommandError = CommandError::fixed(
    "ERR Unbalanced XREAD list of streams: for each stream key an ID or '$' must be specified.",
);
const LAST_IN_GROUP: CommandError = CommandError::fixed(
    "ERR The $ ID is meaningless in the context of XREADGROUP: you want to read the history of this consumer by specifying a proper ID, or use the > ID to get new messages. The $ ID would just return an empty result set.",
);
const NEW_WITHOUT_GROUP: CommandError = CommandError::fixed(
    "ERR The > ID can be specified only when calling XREADGROUP using the GROUP <group> <consumer> option.",
);

const STREAMS_ARG: Arg = Arg::block(
    "streams",
    &[Arg::key("key").multiple(), Arg::string("id").multiple()],
)
.token("STREAMS");

pub(super) const XREAD: Command =
    Command::new(Group::Stream, "xread", Arity::AtLeast(4), Keys(xread))
        .flags(
            Flags::BLOCKING
                .with(Flags::MOVABLE_KEYS)
                .with(Flags::READONLY),
        )
        .keys(&[KeySpec::after("STREAMS", 1, -1, 1, 2).reads()])
        .args(&[
            Arg::integer("count").token("COUNT").optional(),
            Arg::integer("milliseconds").token("BLOCK").optional(),
            STREAMS_ARG,
        ])
        .since("5.0.0")
        .cost("O(n), n = entries returned")
        .summary("Returns the entries of streams behind the given identifiers, or waits for some.");

fn xread(call: &mut Call) -> CommandResult {
    read(call, false)
}

pub(super) const XREADGROUP: Command = Command::new(
    Group::Stream,
    "xreadgroup",
    Arity::AtLeast(7),
    Keys(xreadgroup),
)
.flags(
    Flags::BLOCKING
        .with(Flags::MOVABLE_KEYS)
        .with(Flags::WRITE),
)
.keys(&[KeySpec::after("STREAMS", 4, -1, 1, 2).reads()])
.args(&[
    Arg::block(
        "group-block",
        &[Arg::string("group"), Arg::string("consumer")],
    )
    .token("GROUP"),
    Arg::integer("count").token("COUNT").optional(),
    Arg::integer("milliseconds").token("BLOCK").optional(),
    Arg::word("noack", "NOACK").optional(),
    STREAMS_ARG,
])
.since("5.0.0")
.cost("O(n log n), n = entries returned")
.summary("Hands entries of streams to a consumer of a group, new ones or those that it did not acknowledge.");

fn xreadgroup(call: &mut Call) -> CommandResult {
    read(call, true)
}

/// The options before the streams.
#[derive(Default)]
struct Options<'a> {
    group: Option<Reader<'a>>,
    noack: bool,
    /// The most entries to return of each stream.
    count: Option<usize>,
    /// How long to wait when there is nothing to return, in milliseconds; 0 for ever.
    block_ms: Option<u64>,
    /// The arguments that are keys: the first, and how many.
    keys: (usize, usize),
}

/// Who reads.
#[derive(Clone, Copy)]
struct Reader<'a> {
    group: &'a [u8],
    consumer: &'a [u8],
}

/// What of a stream is asked for.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Wanted {
    /// Entries behind this one; with a group, those of them that the consumer has not acknowledged.
    Behind(StreamId),
    /// Entries that no consumer of the group got yet: `>`.
    New,
}

impl<'a> Options<'a> {
    fn parse(args: &Args<'a>, in_group: bool) -> CommandResult<Self> {
        let mut options = Self::default();
        let mut index = 1;
        loop {
            if index >= args.len() {
                return Err(CommandError::SYNTAX);
            }
            let follow = args.len() - index - 1;
            if args.is(index, "BLOCK") && follow > 0 {
                options.block_ms = Some(timeout_of_ms(args.get(index + 1))?);
                index += 2;
            } else if args.is(index, "COUNT") && follow > 0 {
                let count = args.int(index + 1)?;
                options.count = usize::try_from(count).ok().filter(|&count| count > 0);
                index += 2;
            } else if args.is(index, "STREAMS") && follow > 0 {
                if !follow.is_multiple_of(2) {
                    return Err(UNBALANCED);
                }
                options.keys = (index + 1, follow / 2);
                break;
            } else if args.is(index, "GROUP") && follow >= 2 {
                if !in_group {
                    return Err(GROUP_IN_XREAD);
                }
                options.group = Some(Reader {
                    group: args.get(index + 1),
                    consumer: args.get(index + 2),
                });
                index += 3;
            } else if args.is(index, "NOACK") {
                if !in_group {
                    return Err(NOACK_IN_XREAD);
                }
                options.noack = true;
                index += 1;
            } else {
                return Err(CommandError::SYNTAX);
            }
        }
        if in_group && options.group.is_none() {
            return Err(NO_GROUP);
        }
        Ok(options)
    }
}

fn read(call: &mut Call, in_group: bool) -> CommandResult {
    let options = Options::parse(&call.args, in_group)?;
    let (first, count) = options.keys;
    let mut streams = Vec::with_capacity(count);
    for index in first..first + count {
        // Only a group or consumer named "streams" behind other options hides where the keys begin.
        let key = call.args.try_key(index).ok_or(CommandError::SYNTAX)?;
        if !call.patience.looks_at(&key) {
            continue;
        }
        let wanted = resolve(call, &key, call.args.get(index + count), options.group)?;
        streams.push((key, wanted));
    }
    let mut replies = Replies::default();
    for (key, wanted) in &streams {
        match (options.group, *wanted) {
            (Some(reader), wanted) => {
                read_for_consumer(call, key, wanted, reader, &options, &mut replies)?;
            }
            (None, Wanted::Behind(id)) => read_behind(call, key, id, &options, &mut replies)?,
            (None, Wanted::New) => return Err(NEW_WITHOUT_GROUP),
        }
    }
    if replies.is_empty() {
        unserved(call, &options, &streams);
    } else {
        replies.finish(call.reply);
    }
    Ok(())
}

/// There is nothing to return. `BLOCK` asks to wait for entries of `streams`, each with the identifier that they have to
/// exceed.
fn unserved(call: &mut Call, options: &Options<'_>, streams: &[(Key<'_>, Wanted)]) {
    let Some(timeout_ms) = options.block_ms else {
        call.reply.nil_array();
        return;
    };
    let in_group = options.group.is_some();
    call.wait(Wait {
        awaited: if in_group {
            Awaited::Group
        } else {
            Awaited::Stream
        },
        keys: usize::MAX,
        timeout_ms,
        nothing: Nothing::NilArray,
        argv: resolved_argv(call, options, streams),
    });
}

/// The arguments with `$` replaced by the identifier that it stood for when the call came; nothing when there is none.
fn resolved_argv(
    call: &Call,
    options: &Options<'_>,
    streams: &[(Key<'_>, Wanted)],
) -> Option<Vec<Box<[u8]>>> {
    let (first, count) = options.keys;
    let ids = first + count;
    let argv = call.args.all();
    if !argv[ids..].contains(&b"$".as_slice()) {
        return None;
    }
    let mut argv: Vec<Box<[u8]>> = argv.iter().map(|arg| Box::from(*arg)).collect();
    for (argument, (_, wanted)) in argv[ids..].iter_mut().zip(streams) {
        if let Wanted::Behind(id) = wanted {
            *argument = Box::from(IdText::new(*id).as_bytes());
        }
    }
    Some(argv)
}

/// What an identifier asks for, once the stream and the group are found.
fn resolve(
    call: &mut Call,
    key: &Key<'_>,
    text: &[u8],
    reader: Option<Reader<'_>>,
) -> CommandResult<Wanted> {
    let stream = call.db.collection::<Stream>(key)?;
    if let Some(reader) = reader
        && stream.is_none_or(|stream| !stream.groups.contains_key(reader.group))
    {
        return Err(CommandError::quoting([
            b"NOGROUP No such key '",
            CommandError::shown(key.bytes),
            b"' or consumer group '",
            CommandError::shown(reader.group),
            b"' in XREADGROUP with GROUP option",
        ]));
    }
    match text {
        b"$" if reader.is_some() => Err(LAST_IN_GROUP),
        b"$" => {
            let last = stream.map(|stream| stream.log.counters().last_id);
            Ok(Wanted::Behind(last.unwrap_or_default()))
        }
        b">" if reader.is_none() => Err(NEW_WITHOUT_GROUP),
        b">" => Ok(Wanted::New),
        text => id::parse(text).map(Wanted::Behind),
    }
}

/// The reply so far: nothing is written before there is something to return.
#[derive(Default)]
struct Replies {
    streams: Option<Deferred>,
    len: usize,
}

impl Replies {
    fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// Begins what is returned of one stream.
    fn begin(&mut self, reply: &mut Encoder<'_>, key: &[u8]) {
        let is_map = reply.protocol() != Protocol::Resp2;
        let kind = if is_map {
            Aggregate::Map
        } else {
            Aggregate::Array
        };
        self.streams.get_or_insert_with(|| reply.defer(kind, 1));
        self.len += 1;
        if !is_map {
            reply.array(2);
        }
        reply.bulk(key);
    }

    fn finish(self, reply: &mut Encoder<'_>) {
        if let Some(streams) = self.streams {
            streams.finish(reply, self.len);
        }
    }
}

fn read_behind(
    call: &mut Call,
    key: &Key<'_>,
    id: StreamId,
    options: &Options<'_>,
    replies: &mut Replies,
) -> CommandResult {
    let stream = call.db.peek_collection::<Stream>(key)?;
    if let (Some(stream), Some(start)) = (stream, id.next()) {
        let entries = stream.log.range(start, StreamId::MAX);
        if entries.clone().next().is_some() {
            replies.begin(call.reply, key.bytes);
            reply_entries(call.reply, entries, options.count);
        }
    }
    Ok(())
}

fn read_for_consumer(
    call: &mut Call,
    key: &Key<'_>,
    wanted: Wanted,
    reader: Reader<'_>,
    options: &Options<'_>,
    replies: &mut Replies,
) -> CommandResult {
    let now_ms = call.db.now_ms();
    let mut changes = GroupChanges::new(call.db.wants_effects());
    let reply = &mut *call.reply;
    let outcome = call.db.edit::<Stream, _>(key, |stream| {
        let group = stream.groups.get_mut(reader.group)?;
        let (consumer, is_new) = group.ensure_consumer(reader.consumer, now_ms);
        group.consumer_mut(consumer).seen_at_ms = now_ms;
        if is_new {
            changes.create(reader.consumer);
        }
        let mut delivery = Delivery {
            log: &stream.log,
            group,
            consumer,
            now_ms,
            options,
        };
        let served = match wanted {
            Wanted::New => delivery.new_entries(reply, key.bytes, replies, &mut changes),
            Wanted::Behind(id) => {
                replies.begin(reply, key.bytes);
                delivery.history(reply, id);
                true
            }
        };
        Some((is_new, served))
    })?;
    let (is_new, served) = outcome.flatten().unwrap_or_default();
    changes.repeat(call.db, key, reader.group);
    if is_new {
        let event = "xgroup-createconsumer";
        call.db.notify(EventClasses::STREAM, event, key);
    }
    call.db.dirty(u64::from(is_new) + u64::from(served));
    Ok(())
}

/// Entries on their way to a consumer.
struct Delivery<'s, 'o> {
    log: &'s Log,
    group: &'s mut ConsumerGroup,
    consumer: ConsumerKey,
    now_ms: i64,
    options: &'o Options<'o>,
}

impl Delivery<'_, '_> {
    /// Returns entries that nobody in the group got yet; true when there are some.
    fn new_entries(
        &mut self,
        reply: &mut Encoder<'_>,
        key: &[u8],
        replies: &mut Replies,
        changes: &mut GroupChanges,
    ) -> bool {
        let Some(start) = self.group.last_delivered_id().next() else {
            return false;
        };
        let entries = self.log.range(start, StreamId::MAX);
        if entries.clone().next().is_none() {
            return false;
        }
        replies.begin(reply, key);
        let pending = Pending {
            consumer: self.consumer,
            delivered_at_ms: self.now_ms,
            deliveries: 1,
        };
        let array = reply.defer(Aggregate::Array, 10);
        let mut len = 0;
        for entry in entries.take(self.options.count.unwrap_or(usize::MAX)) {
            let id = entry.id;
            self.group.advance(self.log, id);
            reply_entry(reply, entry);
            if !self.options.noack {
                self.group.assign(id, pending);
                changes.claim(self.group, id, pending);
            }
            len += 1;
        }
        array.finish(reply, len);
        if !self.options.noack {
            self.group.consumer_mut(self.consumer).active_at_ms = Some(self.now_ms);
        }
        changes.advance(self.group);
        true
    }

    /// Returns, once more, the entries behind `id` that the consumer got and did not acknowledge.
    fn history(&mut self, reply: &mut Encoder<'_>, id: StreamId) {
        let ids: Vec<StreamId> = id.next().map_or_else(Vec::new, |start| {
            let pending = self.group.consumer(self.consumer).pending();
            let count = self.options.count.unwrap_or(usize::MAX);
            pending.range(start..).take(count).copied().collect()
        });
        reply.array(ids.len());
        for id in ids {
            let Some(entry) = self.log.get(id) else {
                reply.array(2);
                reply_id(reply, id);
                reply.nil_array();
                continue;
            };
            reply_entry(reply, entry);
            if let Some(pending) = self.group.pending_entry(id).copied() {
                self.group.assign(
                    id,
                    Pending {
                        delivered_at_ms: self.now_ms,
                        deliveries: pending.deliveries + 1,
                        ..pending
                    },
                );
            }
        }
    }
}
