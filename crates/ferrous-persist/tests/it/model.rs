//! What a file holds, whatever its encodings: what two files that mean the same have in common.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Read;

use ferrous_persist::rdb::{
    ArrayPart, Encoding, Event, Key, Kind, ModulePart, Part, RdbError, RdbReader, ReadOptions,
    StreamInfo, StreamPart,
};
use ferrous_types::stream::StreamId;
use ferrous_types::{Element, Listpack};

pub(crate) type Bytes = Vec<u8>;

/// A whole file.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct Snapshot {
    pub(crate) aux: Vec<(Bytes, Bytes)>,
    pub(crate) functions: Vec<Bytes>,
    pub(crate) databases: BTreeMap<u64, BTreeMap<Bytes, Entry>>,
    /// Names of the module types met.
    pub(crate) modules: Vec<String>,
}

/// A key's value and what is known about it.
#[derive(Debug, PartialEq)]
pub(crate) struct Entry {
    pub(crate) expire_at_ms: Option<i64>,
    pub(crate) idle_secs: Option<u64>,
    pub(crate) frequency: Option<u8>,
    pub(crate) value: Value,
}

#[derive(Debug, PartialEq)]
pub(crate) enum Value {
    String(Bytes),
    List(Vec<Bytes>),
    Set(BTreeSet<Bytes>),
    SortedSet(BTreeMap<Bytes, u64>),
    /// Values and times of expiry.
    Hash(BTreeMap<Bytes, (Bytes, Option<i64>)>),
    Stream(Stream),
    /// Other kinds, as text.
    Other(Vec<String>),
}

#[derive(Debug, Default, PartialEq)]
pub(crate) struct Stream {
    pub(crate) entries: Vec<(StreamId, Vec<(Bytes, Bytes)>)>,
    pub(crate) info: Option<StreamInfo>,
    pub(crate) groups: Vec<Group>,
}

#[derive(Debug, PartialEq)]
pub(crate) struct Group {
    pub(crate) name: Bytes,
    pub(crate) last_delivered_id: StreamId,
    pub(crate) entries_read: Option<u64>,
    pub(crate) pending: BTreeMap<StreamId, (i64, u64)>,
    pub(crate) consumers: Vec<Consumer>,
}

#[derive(Debug, PartialEq)]
pub(crate) struct Consumer {
    pub(crate) name: Bytes,
    pub(crate) seen_at_ms: i64,
    pub(crate) active_at_ms: i64,
    pub(crate) pending: Vec<StreamId>,
}

impl Snapshot {
    pub(crate) fn read(source: impl Read) -> Result<Self, RdbError> {
        let mut reader = RdbReader::new(source, ReadOptions::default())?;
        Self::read_all(&mut reader)
    }

    pub(crate) fn read_all<R: Read>(reader: &mut RdbReader<R>) -> Result<Self, RdbError> {
        let mut snapshot = Self::default();
        let mut db = 0;
        while let Some(event) = reader.next_event()? {
            match event {
                Event::Aux { name, value } => snapshot.aux.push((name.into(), value.into())),
                Event::SelectDb(number) => db = number,
                Event::Function(code) => snapshot.functions.push(code.into()),
                Event::ModuleAux { module, .. } => snapshot.modules.push(module.name()),
                Event::Key(key) => {
                    let name = key.name.to_vec();
                    let Key {
                        encoding,
                        expire_at_ms,
                        idle_secs,
                        frequency,
                        ..
                    } = key;
                    let mut value = Value::empty(encoding);
                    while let Some(part) = reader.next_part()? {
                        value.add(encoding, part);
                    }
                    let entry = Entry {
                        expire_at_ms,
                        idle_secs,
                        frequency,
                        value,
                    };
                    if let Value::Other(parts) = &entry.value {
                        snapshot.modules.push(parts[0].clone());
                    }
                    let keys = snapshot.databases.entry(db).or_default();
                    assert!(keys.insert(name, entry).is_none(), "a key is there twice");
                }
                Event::Resize { .. }
                | Event::Slot { .. }
                | Event::SlotImport { .. }
                | Event::KeyMetadata { .. } => {}
            }
        }
        Ok(snapshot)
    }
}

impl Value {
    pub(crate) fn empty(encoding: Encoding) -> Self {
        match encoding.kind() {
            Kind::String => Self::String(Vec::new()),
            Kind::List => Self::List(Vec::new()),
            Kind::Set => Self::Set(BTreeSet::new()),
            Kind::SortedSet => Self::SortedSet(BTreeMap::new()),
            Kind::Hash => Self::Hash(BTreeMap::new()),
            Kind::Stream => Self::Stream(Stream::default()),
            Kind::Array | Kind::Module => Self::Other(Vec::new()),
        }
    }

    pub(crate) fn add(&mut self, encoding: Encoding, part: Part<'_>) {
        match (self, part) {
            (_, Part::Count(_)) => {}
            (Self::String(string), Part::String(content)) => *string = bytes(content),
            (Self::List(list), Part::Element(element)) => list.push(bytes(element)),
            (Self::List(list), Part::Listpack(node)) => list.extend(node.iter().map(bytes)),
            (Self::Set(set), Part::Element(member)) => assert!(set.insert(bytes(member))),
            (Self::Set(set), Part::Listpack(members)) => set.extend(members.iter().map(bytes)),
            (Self::Set(set), Part::Intset(ints)) => {
                set.extend(ints.iter().map(|int| int.to_string().into_bytes()));
            }
            (Self::SortedSet(set), Part::Member { member, score }) => {
                assert!(set.insert(bytes(member), score.to_bits()).is_none());
            }
            (Self::SortedSet(set), Part::Listpack(pairs)) => {
                for pair in groups(&pairs, 2) {
                    let score = String::from_utf8(pair[1].clone()).unwrap();
                    set.insert(pair[0].clone(), score.parse::<f64>().unwrap().to_bits());
                }
            }
            (
                Self::Hash(hash),
                Part::Field {
                    name,
                    value,
                    expire_at_ms,
                },
            ) => {
                assert!(
                    hash.insert(bytes(name), (bytes(value), expire_at_ms))
                        .is_none()
                );
            }
            (Self::Hash(hash), Part::Listpack(fields)) => {
                let expires = encoding == Encoding::HashListpackExpiring;
                add_fields(hash, &fields, if expires { 3 } else { 2 });
            }
            (Self::Stream(stream), Part::Stream(part)) => stream.add(part),
            (Self::Other(parts), Part::Module(ModulePart::Type(module))) => {
                parts.push(module.name());
            }
            (Self::Other(parts), Part::Module(part)) => parts.push(format!("{part:?}")),
            (Self::Other(parts), Part::Array(part)) => parts.push(array(part)),
            (value, part) => panic!("{part:?} is no part of {value:?}"),
        }
    }
}

/// Adds the groups of a listpack: field, value, and in those of three a time of expiry.
fn add_fields(
    fields: &mut BTreeMap<Bytes, (Bytes, Option<i64>)>,
    listpack: &Listpack,
    size: usize,
) {
    for field in groups(listpack, size) {
        let time = field
            .get(2)
            .map(|time| String::from_utf8_lossy(time).parse().unwrap());
        let time = time.filter(|&time: &i64| time != 0);
        fields.insert(field[0].clone(), (field[1].clone(), time));
    }
}

impl Stream {
    fn add(&mut self, part: StreamPart<'_>) {
        match part {
            StreamPart::Block { base, entries } => self.add_block(base, &entries),
            StreamPart::Info(info) => self.info = Some(info),
            StreamPart::Group {
                name,
                last_delivered_id,
                entries_read,
                ..
            } => {
                self.groups.push(Group {
                    name: name.into(),
                    last_delivered_id,
                    entries_read,
                    pending: BTreeMap::new(),
                    consumers: Vec::new(),
                });
            }
            StreamPart::Pending {
                id,
                delivered_at_ms,
                deliveries,
            } => {
                self.group()
                    .pending
                    .insert(id, (delivered_at_ms, deliveries));
            }
            StreamPart::Consumer {
                name,
                seen_at_ms,
                active_at_ms,
                ..
            } => {
                let pending = Vec::new();
                let consumer = Consumer {
                    name: name.into(),
                    seen_at_ms,
                    active_at_ms,
                    pending,
                };
                self.group().consumers.push(consumer);
            }
            StreamPart::Owned(id) => self.group().consumers.last_mut().unwrap().pending.push(id),
            _ => {}
        }
    }

    fn group(&mut self) -> &mut Group {
        self.groups
            .last_mut()
            .expect("a group comes before what belongs to it")
    }

    fn add_block(&mut self, base: StreamId, block: &Listpack) {
        let elements: Vec<Bytes> = block.iter().map(bytes).collect();
        let mut elements = elements.into_iter();
        let mut next = || elements.next();
        let int = |bytes: Option<Bytes>| -> i64 {
            String::from_utf8(bytes.unwrap()).unwrap().parse().unwrap()
        };
        next();
        next();
        let fields: Vec<Bytes> = (0..int(next())).map(|_| next().unwrap()).collect();
        next();
        while let Some(flags) = next() {
            let flags = int(Some(flags));
            let ms = base.ms.wrapping_add(int(next()) as u64);
            let seq = base.seq.wrapping_add(int(next()) as u64);
            let pairs: Vec<(Bytes, Bytes)> = if flags & 2 != 0 {
                fields
                    .iter()
                    .map(|field| (field.clone(), next().unwrap()))
                    .collect()
            } else {
                (0..int(next()))
                    .map(|_| (next().unwrap(), next().unwrap()))
                    .collect()
            };
            next();
            if flags & 1 == 0 {
                self.entries.push((StreamId { ms, seq }, pairs));
            }
        }
    }
}

fn array(part: ArrayPart<'_>) -> String {
    match part {
        ArrayPart::Head { count, cursor } => format!("array of {count}, cursor {cursor:?}"),
        ArrayPart::Slot { index, value } => format!("{index}: {:?}", bytes(value)),
        ArrayPart::Float { index, value } => format!("{index}: {value}"),
    }
}

fn groups(listpack: &Listpack, size: usize) -> Vec<Vec<Bytes>> {
    let elements: Vec<Bytes> = listpack.iter().map(bytes).collect();
    elements.chunks(size).map(<[Bytes]>::to_vec).collect()
}

fn bytes(element: Element<'_>) -> Bytes {
    element.to_bytes().into_owned()
}
