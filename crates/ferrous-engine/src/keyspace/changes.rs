//! What calls did to the keyspace, gathered for the host, which takes it over while the partitions are still held.

use std::collections::VecDeque;

use ferrous_resp::encode_command;

use super::{Event, EventClasses, KeyTable, Object, ObjectEntry, ObjectRef};

/// What a run of commands did to the keyspace, to be added to the server's statistics.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// Lookups for reading that found a key.
    pub hits: u64,
    /// Lookups for reading that found none.
    pub misses: u64,
    /// Keys removed because their time had come.
    pub expired: u64,
    /// Fields of hashes removed because their time had come.
    pub expired_fields: u64,
    /// Keys removed to make room.
    pub evicted: u64,
    /// Changes, as `rdb_changes_since_last_save` counts them.
    pub dirty: u64,
}

/// What the host wants to know of changes. What it does not want is not gathered.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Interests {
    /// Keyspace events of these classes.
    pub events: EventClasses,
    /// The commands that repeat the changes: there is a log, or replicas.
    pub effects: bool,
    /// The keys that changed: clients cache some.
    pub modified: bool,
}

/// A key of a database.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct DatabaseKey {
    /// The number of the database.
    pub database: usize,
    /// The key.
    pub key: Box<[u8]>,
}

/// What was taken out of the keyspace and is to be dropped where it disturbs nobody.
pub enum Garbage {
    /// A whole table of keys.
    Table(KeyTable),
    /// A key with its value.
    Entry(ObjectEntry),
    /// A large value.
    Object(Object),
}

impl Garbage {
    /// About how many bytes it takes; 0 for a whole table, which nobody takes out to make room.
    pub fn bytes(&self) -> usize {
        const SAMPLES: usize = 5;
        match self {
            Self::Table(_) => 0,
            Self::Entry(entry) => {
                let entry = entry.view();
                let object = entry
                    .object()
                    .map_or(0, |object| object.heap_bytes(SAMPLES));
                entry.heap_bytes() + object
            }
            Self::Object(object) => object.view().heap_bytes(SAMPLES),
        }
    }

    /// About how many allocations there are to free.
    pub fn free_effort(&self) -> usize {
        match self {
            Self::Table(table) => table.len(),
            Self::Entry(entry) => entry.view().object().map_or(1, ObjectRef::free_effort),
            Self::Object(object) => object.view().free_effort(),
        }
    }
}

/// What calls did. It is gathered over a run of calls and emptied by the host.
#[derive(Default)]
pub struct Changes {
    /// Numbers for the statistics.
    pub tally: Tally,
    /// What is to be dropped; empty as a rule.
    pub garbage: Vec<Garbage>,
    /// The commands that repeat the changes, when there is interest.
    pub effects: Effects,
    /// Keyspace events in the order in which they happened, when there is interest.
    pub events: Vec<Event>,
    /// Keys that are not what they were, when there is interest.
    pub modified: Vec<DatabaseKey>,
    /// How many of `modified` were told already, to those who had read them before they changed.
    pub told: usize,
    /// How far the host's log reached when it last took over effects; 0 when it has not.
    pub logged: u64,
    /// A database was emptied, when there is interest in keys that changed.
    pub flushed: bool,
    /// All databases were emptied by one call: a snapshot of what was there is of no use any more.
    pub emptied: bool,
    /// What the host is to write into its log, because the reply does not say it.
    pub complaints: Vec<String>,
    /// The number that the host knows the caller by; nothing when the host itself is at work.
    pub caller: Option<u64>,
    /// Keys that those who wait for them may be answered from now.
    pub(crate) ready: VecDeque<DatabaseKey>,
}

impl Changes {
    /// True when there is something that a host has to take over before the partitions are let go.
    pub fn is_news(&self) -> bool {
        let is_quiet =
            self.effects.is_empty() && self.events.is_empty() && self.modified.is_empty();
        !is_quiet || self.flushed
    }

    /// True when there is something to see to once the partitions are let go, besides what the host took over.
    #[inline]
    pub fn leaves_work(&self) -> bool {
        !self.garbage.is_empty()
            || self.emptied
            || !self.complaints.is_empty()
            || !self.ready.is_empty()
    }

    /// True when there are keys that those who wait for them may be answered from now.
    pub fn has_ready(&self) -> bool {
        !self.ready.is_empty()
    }

    /// Takes out the keys that those who wait for them may be answered from now.
    pub fn take_ready(&mut self) -> VecDeque<DatabaseKey> {
        std::mem::take(&mut self.ready)
    }
}

/// Who runs calls.
pub trait Host {
    /// Takes over what calls did: appends the effects to the log, publishes the events, tells who caches keys.
    ///
    /// It is called while the partitions are still held, so that the order of everything it passes on is an order in
    /// which the keyspace really changed. It must therefore be quick, and lock no partition. It leaves the tally and
    /// the garbage, which can wait.
    fn commit(&self, changes: &mut Changes);

    /// What it wants to know. To be asked while the partitions are held: that may change only while all are.
    fn interests(&self) -> Interests;
}

/// A host that nobody listens to.
pub struct Silent;

impl Host for Silent {
    fn commit(&self, _: &mut Changes) {}

    fn interests(&self) -> Interests {
        Interests::default()
    }
}

/// What a new buffer of requests has room for.
const REQUESTS_BYTES: usize = 512;

/// Commands that repeat, in order, what calls did to the keyspace, so that replaying them gives the same data.
///
/// Mostly that is the call itself. A call whose outcome depends on chance, time or rounding says what to repeat instead.
#[derive(Debug, Default)]
pub struct Effects {
    /// Commands as requests, one after the other.
    requests: Vec<u8>,
    /// The database and the end in `requests` of each.
    commands: Vec<(usize, usize)>,
    /// The call at hand said itself what repeats it.
    pub(super) replaced: bool,
    /// They have nothing to do with each other.
    pub(super) separate: bool,
}

impl Effects {
    /// True when nothing is to be repeated.
    pub fn is_empty(&self) -> bool {
        self.commands.is_empty()
    }

    /// How many commands there are.
    pub fn len(&self) -> usize {
        self.commands.len()
    }

    /// Each command: its database, and the request.
    pub fn iter(&self) -> impl Iterator<Item = (usize, &[u8])> {
        let mut start = 0;
        self.commands.iter().map(move |&(database, end)| {
            let request = &self.requests[start..end];
            start = end;
            (database, request)
        })
    }

    /// True when they are one change, which nobody may see half done.
    pub fn is_transaction(&self) -> bool {
        self.commands.len() > 1 && !self.separate
    }

    /// Forgets all of them.
    pub fn clear(&mut self) {
        self.requests.clear();
        self.commands.clear();
    }

    /// Adds a command.
    pub(crate) fn push(&mut self, database: usize, argv: &[&[u8]]) {
        if self.requests.capacity() == 0 {
            // A batch of commands begins: it is not to grow in many small steps.
            self.requests.reserve(REQUESTS_BYTES);
        }
        encode_command(&mut self.requests, argv.iter().copied());
        self.commands.push((database, self.requests.len()));
    }

    /// A new call begins; true when the one before said itself what repeats it.
    pub(crate) fn take_replaced(&mut self) -> bool {
        std::mem::take(&mut self.replaced)
    }
}
