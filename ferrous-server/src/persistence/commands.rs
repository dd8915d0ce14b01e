//! Snapshots spelled out as the commands that make them, for `aof-use-rdb-preamble no`.

use std::borrow::Cow;
use std::fs::File;
use std::io::{self, Seek as _, SeekFrom, Write};

use ferrous_engine::codec::{self, Loaded};
use ferrous_engine::keyspace::Object;
use ferrous_engine::limits::Limits;
use ferrous_persist::aof::CommandWriter;
use ferrous_persist::rdb::{Event, RdbReader, ReadOptions, Validation};
use ferrous_types::hash::Seed;
use ferrous_types::number::FloatText;
use ferrous_types::stream::{Group, StreamId};
use ferrous_types::{Element, Hash, List, Set, SortedSet, Stream};

use super::load::LoadError;

/// Elements that one command adds.
const ELEMENTS_MAX: usize = 64;

/// Spells the snapshot in `snapshot` out into `out`, behind a note of the time in seconds since 1970 if there is one.
///
/// # Errors
/// When either file fails.
pub(super) fn convert(
    snapshot: &mut File,
    out: &mut File,
    limits: &Limits,
    seed: Seed,
    timestamp: Option<i64>,
) -> Result<(), LoadError> {
    snapshot.seek(SeekFrom::Start(0))?;
    // It was written a moment ago, from values that were checked when they came in.
    let options = ReadOptions {
        checksum: false,
        validation: Validation::Structure,
    };
    let mut reader = RdbReader::new(snapshot, options)?;
    let mut commands = Spelling(CommandWriter::new(out));
    if let Some(seconds) = timestamp {
        commands.0.timestamp(seconds)?;
    }
    loop {
        let (name, encoding, deadline) = match reader.next_event()? {
            None => break,
            Some(Event::SelectDb(database)) => {
                commands.write(&[b"SELECT", database.to_string().as_bytes()])?;
                continue;
            }
            Some(Event::Function(code)) => {
                commands.write(&[b"FUNCTION", b"LOAD", code])?;
                continue;
            }
            Some(Event::Key(key)) => (key.name.to_vec(), key.encoding, key.expire_at_ms),
            Some(_) => continue,
        };
        let Some(value) = codec::load(encoding, &mut reader, limits, seed)? else {
            continue;
        };
        commands.value(&name, &value)?;
        if let Some(deadline) = deadline {
            commands.write(&[b"PEXPIREAT", &name, deadline.to_string().as_bytes()])?;
        }
    }
    commands.0.flush()?;
    Ok(())
}

struct Spelling<W: Write>(CommandWriter<W>);

impl<W: Write> Spelling<W> {
    fn write(&mut self, argv: &[&[u8]]) -> io::Result<()> {
        self.0.command(argv)
    }

    /// Writes `verb key` with the elements, some at a time; `width` of them belong together.
    fn spread(
        &mut self,
        verb: &[u8],
        key: &[u8],
        width: usize,
        elements: &[Cow<'_, [u8]>],
    ) -> io::Result<()> {
        for some in elements.chunks(ELEMENTS_MAX * width) {
            let mut argv = vec![verb, key];
            argv.extend(some.iter().map(|element| &**element));
            self.write(&argv)?;
        }
        Ok(())
    }

    fn value(&mut self, key: &[u8], value: &Loaded) -> io::Result<()> {
        match value {
            Loaded::Text(text) => self.write(&[b"SET", key, text]),
            Loaded::Int(int) => self.write(&[b"SET", key, int.to_string().as_bytes()]),
            Loaded::Object(Object::List(list)) => self.list(key, list),
            Loaded::Object(Object::Set(set)) => self.set(key, set),
            Loaded::Object(Object::Hash(hash)) => self.hash(key, hash),
            Loaded::Object(Object::SortedSet(set)) => self.sorted_set(key, set),
            Loaded::Object(Object::Stream(stream)) => self.stream(key, stream),
        }
    }

    fn list(&mut self, key: &[u8], list: &List) -> io::Result<()> {
        let mut elements = Vec::with_capacity(list.len());
        list.for_each(0..list.len(), |element| {
            elements.push(Cow::Owned(element.to_bytes().into_owned()));
        });
        self.spread(b"RPUSH", key, 1, &elements)
    }

    fn set(&mut self, key: &[u8], set: &Set) -> io::Result<()> {
        let members: Vec<_> = set.iter().map(Element::to_bytes).collect();
        self.spread(b"SADD", key, 1, &members)
    }

    fn hash(&mut self, key: &[u8], hash: &Hash) -> io::Result<()> {
        // The beginning of time: fields that have expired are for the keyspace to remove.
        let mut pairs = Vec::with_capacity(2 * hash.len());
        for field in hash.iter(i64::MIN) {
            pairs.extend([field.name.to_bytes(), field.value.to_bytes()]);
        }
        self.spread(b"HMSET", key, 2, &pairs)?;
        for field in hash.iter(i64::MIN) {
            if let Some(time) = field.expires_at_ms {
                let time = time.to_string();
                let name = field.name.to_bytes();
                self.write(&[b"HPEXPIREAT", key, time.as_bytes(), b"FIELDS", b"1", &name])?;
            }
        }
        Ok(())
    }

    fn sorted_set(&mut self, key: &[u8], set: &SortedSet) -> io::Result<()> {
        let mut pairs: Vec<Cow<'_, [u8]>> = Vec::with_capacity(2 * set.len());
        for entry in set {
            let score = FloatText::new(entry.score).as_bytes().to_vec();
            pairs.extend([Cow::Owned(score), entry.member.to_bytes()]);
        }
        self.spread(b"ZADD", key, 2, &pairs)
    }

    fn stream(&mut self, key: &[u8], stream: &Stream) -> io::Result<()> {
        for entry in &stream.log {
            let id = entry.id.to_string();
            let mut argv = vec![
                Cow::Borrowed(&b"XADD"[..]),
                key.into(),
                id.as_bytes().into(),
            ];
            for (name, value) in entry.fields {
                argv.extend([name.to_bytes(), value.to_bytes()]);
            }
            self.0.command(argv)?;
        }
        let counters = stream.log.counters();
        if stream.log.is_empty() {
            // A stream is made by its first entry, even one that does not stay.
            let id = Ord::max(counters.last_id, StreamId { ms: 0, seq: 1 }).to_string();
            self.write(&[b"XADD", key, b"MAXLEN", b"0", id.as_bytes(), b"x", b"y"])?;
        }
        let added = counters.entries_added.to_string();
        self.write(&[
            b"XSETID",
            key,
            counters.last_id.to_string().as_bytes(),
            b"ENTRIESADDED",
            added.as_bytes(),
            b"MAXDELETEDID",
            counters.max_deleted_id.to_string().as_bytes(),
        ])?;
        for (name, group) in &stream.groups {
            self.group(key, name, group)?;
        }
        Ok(())
    }

    fn group(&mut self, key: &[u8], name: &[u8], group: &Group) -> io::Result<()> {
        let last = group.last_delivered_id().to_string();
        let read = group
            .entries_read()
            .map_or("-1".to_owned(), |read| read.to_string());
        self.write(&[
            b"XGROUP",
            b"CREATE",
            key,
            name,
            last.as_bytes(),
            b"ENTRIESREAD",
            read.as_bytes(),
        ])?;
        for consumer in group.consumers() {
            self.write(&[b"XGROUP", b"CREATECONSUMER", key, name, consumer.name()])?;
        }
        for (id, pending) in group.pending(..) {
            self.write(&[
                b"XCLAIM",
                key,
                name,
                group.consumer(pending.consumer).name(),
                b"0",
                id.to_string().as_bytes(),
                b"TIME",
                pending.delivered_at_ms.to_string().as_bytes(),
                b"RETRYCOUNT",
                pending.deliveries.to_string().as_bytes(),
                b"JUSTID",
                b"FORCE",
            ])?;
        }
        Ok(())
    }
}
