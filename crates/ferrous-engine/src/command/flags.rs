//! Sets of small facts about commands, each a bit, each with the name that clients see.

/// Declares a set of bits with the names under which replies list them.
macro_rules! flag_set {
    ($(#[$doc:meta])* $set:ident($int:ty) { $($(#[$flag_doc:meta])* $flag:ident = $bit:literal, $name:literal;)* }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
        pub struct $set($int);

        impl $set {
            /// The empty set.
            pub const NONE: Self = Self(0);
            $($(#[$flag_doc])* pub const $flag: Self = Self(1 << $bit);)*
            /// Every flag with its name, in the order replies list them.
            pub const ALL: &'static [(Self, &'static str)] = &[$((Self::$flag, $name)),*];

            /// This set and `other` together.
            #[must_use]
            pub const fn with(self, other: Self) -> Self {
                Self(self.0 | other.0)
            }

            /// This set less `other`.
            #[must_use]
            pub const fn without(self, other: Self) -> Self {
                Self(self.0 & !other.0)
            }

            /// True when every flag of `other` is in this set.
            pub const fn contains(self, other: Self) -> bool {
                self.0 & other.0 == other.0
            }

            /// True when this set and `other` share a flag.
            pub const fn intersects(self, other: Self) -> bool {
                self.0 & other.0 != 0
            }

            /// True when no flag is set.
            pub const fn is_empty(self) -> bool {
                self.0 == 0
            }

            /// The names of the flags that are set.
            pub fn names(self) -> impl Iterator<Item = &'static str> {
                Self::ALL.iter().filter(move |(flag, _)| self.contains(*flag)).map(|(_, name)| *name)
            }

            /// The flag that `name` stands for, in any case.
            pub fn by_name(name: &[u8]) -> Option<Self> {
                Self::ALL.iter().find(|(_, known)| known.as_bytes().eq_ignore_ascii_case(name)).map(|(flag, _)| *flag)
            }
        }

        impl std::ops::BitOr for $set {
            type Output = Self;
            fn bitor(self, other: Self) -> Self {
                self.with(other)
            }
        }
    };
}
pub(crate) use flag_set;

flag_set! {
    /// What the dispatcher must know of a command before it runs it.
    Flags(u32) {
        /// May change the keyspace.
        WRITE = 0, "write";
        /// Reads keys and changes none.
        READONLY = 1, "readonly";
        /// May grow memory, so it is refused when `maxmemory` is reached.
        DENYOOM = 2, "denyoom";
        /// Administers the server.
        ADMIN = 3, "admin";
        /// Belongs to Pub/Sub.
        PUBSUB = 4, "pubsub";
        /// Not to be called by scripts.
        NOSCRIPT = 5, "noscript";
        /// May park its client.
        BLOCKING = 6, "blocking";
        /// Runs while a dataset is loading.
        LOADING = 7, "loading";
        /// Runs on a replica whose link is down.
        STALE = 8, "stale";
        /// Not shown to `MONITOR`.
        SKIP_MONITOR = 9, "skip_monitor";
        /// Not recorded by the slow log.
        SKIP_SLOWLOG = 10, "skip_slowlog";
        /// Implies `ASKING` in a cluster.
        ASKING = 11, "asking";
        /// Takes constant or logarithmic time.
        FAST = 12, "fast";
        /// Runs before authentication.
        NO_AUTH = 13, "no_auth";
        /// Not even during a replica's asynchronous loading.
        NO_ASYNC_LOADING = 14, "no_async_loading";
        /// Not to be queued in a transaction.
        NO_MULTI = 15, "no_multi";
        /// Its keys cannot be told from first, last and step alone.
        MOVABLE_KEYS = 16, "movablekeys";
        /// Runs while a script holds others back.
        ALLOW_BUSY = 17, "allow_busy";
        /// Its key specifications may find no key at all.
        NO_MANDATORY_KEYS = 18, "no_mandatory_keys";
    }
}

impl Flags {
    /// Changes no key, but may have others told of something: it counts as a write for scripts that may only read and
    /// for clients whose writes are paused. Clients are not told.
    pub const MAY_REPLICATE: Self = Self(1 << 28);
    /// Runs at once inside a transaction, too, and is not queued. Clients are not told.
    pub const AT_ONCE: Self = Self(1 << 30);
    /// Does whatever the commands do that the transaction has queued. Clients are not told.
    pub const RUNS_QUEUED: Self = Self(1 << 31);
}

flag_set! {
    /// ACL categories.
    Categories(u32) {
        /// Works on keys whatever their type.
        KEYSPACE = 0, "keyspace";
        /// Reads keys.
        READ = 1, "read";
        /// Writes keys.
        WRITE = 2, "write";
        /// Sets.
        SET = 3, "set";
        /// Sorted sets.
        SORTEDSET = 4, "sortedset";
        /// Lists.
        LIST = 5, "list";
        /// Hashes.
        HASH = 6, "hash";
        /// Strings.
        STRING = 7, "string";
        /// Bitmaps.
        BITMAP = 8, "bitmap";
        /// `HyperLogLog`s.
        HYPERLOGLOG = 9, "hyperloglog";
        /// Geospatial indexes.
        GEO = 10, "geo";
        /// Streams.
        STREAM = 11, "stream";
        /// Pub/Sub.
        PUBSUB = 12, "pubsub";
        /// Administration.
        ADMIN = 13, "admin";
        /// Constant or logarithmic time.
        FAST = 14, "fast";
        /// Not fast.
        SLOW = 15, "slow";
        /// May park the client.
        BLOCKING = 16, "blocking";
        /// Can hurt: administration, whole-keyspace reads and the like.
        DANGEROUS = 17, "dangerous";
        /// The connection itself.
        CONNECTION = 18, "connection";
        /// Transactions.
        TRANSACTION = 19, "transaction";
        /// Scripting.
        SCRIPTING = 20, "scripting";
    }
}

flag_set! {
    /// Flags that `COMMAND DOCS` shows.
    DocFlags(u8) {
        /// Superseded.
        DEPRECATED = 0, "deprecated";
        /// For the server's own use.
        SYSCMD = 1, "syscmd";
    }
}

/// The family of a command, as documentation lists it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "each variant is the family of its own name")]
pub enum Group {
    Generic,
    String,
    List,
    Set,
    SortedSet,
    Hash,
    Pubsub,
    Transactions,
    Connection,
    Server,
    Scripting,
    Hyperloglog,
    Cluster,
    Geo,
    Stream,
    Bitmap,
}

impl Group {
    /// The name that `COMMAND DOCS` shows.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Generic => "generic",
            Self::String => "string",
            Self::List => "list",
            Self::Set => "set",
            Self::SortedSet => "sorted-set",
            Self::Hash => "hash",
            Self::Pubsub => "pubsub",
            Self::Transactions => "transactions",
            Self::Connection => "connection",
            Self::Server => "server",
            Self::Scripting => "scripting",
            Self::Hyperloglog => "hyperloglog",
            Self::Cluster => "cluster",
            Self::Geo => "geo",
            Self::Stream => "stream",
            Self::Bitmap => "bitmap",
        }
    }

    /// The ACL category that membership in the family implies.
    pub(super) const fn category(self) -> Categories {
        match self {
            Self::Generic => Categories::KEYSPACE,
            Self::String => Categories::STRING,
            Self::List => Categories::LIST,
            Self::Set => Categories::SET,
            Self::SortedSet => Categories::SORTEDSET,
            Self::Hash => Categories::HASH,
            Self::Pubsub => Categories::PUBSUB,
            Self::Transactions => Categories::TRANSACTION,
            Self::Connection => Categories::CONNECTION,
            Self::Scripting => Categories::SCRIPTING,
            Self::Hyperloglog => Categories::HYPERLOGLOG,
            Self::Geo => Categories::GEO,
            Self::Stream => Categories::STREAM,
            Self::Bitmap => Categories::BITMAP,
            Self::Server | Self::Cluster => Categories::NONE,
        }
    }
}

impl Categories {
    /// The categories that follow from a command's flags and family.
    pub(super) fn implied(flags: Flags, group: Group) -> Self {
        let follows = [
            (flags.contains(Flags::WRITE), Self::WRITE),
            (
                flags.contains(Flags::READONLY) && group != Group::Scripting,
                Self::READ,
            ),
            (flags.contains(Flags::ADMIN), Self::ADMIN | Self::DANGEROUS),
            (flags.contains(Flags::PUBSUB), Self::PUBSUB),
            (flags.contains(Flags::BLOCKING), Self::BLOCKING),
            (flags.contains(Flags::FAST), Self::FAST),
            (!flags.contains(Flags::FAST), Self::SLOW),
        ];
        let implied = follows.into_iter().filter(|(holds, _)| *holds);
        implied.fold(group.category(), |all, (_, category)| all.with(category))
    }
}
