//! The commands that a client has queued since `MULTI`.

use ferrous_engine::call::CallKeys;
use ferrous_engine::command::{Flags, Registered};
use ferrous_engine::keyspace::{Key, PartitionIndex};
use smallvec::SmallVec;

use crate::execute::{Handler, PlannedCall};

/// What a transaction has room for from its first command on: most need no more.
const COMMANDS: usize = 4;
const ARGUMENTS: usize = 4 * COMMANDS;
const BYTES: usize = 256;

/// A transaction that is being put together.
#[derive(Debug, Default)]
pub(crate) struct Transaction {
    /// The arguments of all commands, one after the other, and where each ends.
    bytes: Vec<u8>,
    ends: Vec<usize>,
    /// The keys of all commands.
    keys: Vec<QueuedKey>,
    commands: Vec<Queued>,
    flags: Flags,
    aborted: bool,
}

/// A command, and where its arguments and keys end among those of all.
#[derive(Debug)]
struct Queued {
    command: &'static Registered<Handler>,
    arguments: usize,
    keys: usize,
}

/// A key as it was found in its command, without its bytes.
#[derive(Debug)]
struct QueuedKey {
    /// The argument of its command that it stands in.
    argument: u32,
    partition: PartitionIndex,
    hash: u64,
}

impl Transaction {
    /// Adds a command with its keys, which may do what `flags` say.
    pub(crate) fn push(&mut self, call: &PlannedCall<'_>, flags: Flags) {
        if self.commands.capacity() == 0 {
            self.bytes.reserve(BYTES);
            self.ends.reserve(ARGUMENTS);
            self.keys.reserve(COMMANDS);
            self.commands.reserve(COMMANDS);
        }
        for arg in call.argv {
            self.bytes.extend_from_slice(arg);
            self.ends.push(self.bytes.len());
        }
        self.keys
            .extend(call.keys.iter().map(|(argument, key)| QueuedKey {
                argument: *argument,
                partition: key.partition,
                hash: key.hash,
            }));
        self.flags = self.flags.with(flags);
        self.commands.push(Queued {
            command: call.command,
            arguments: self.ends.len(),
            keys: self.keys.len(),
        });
    }

    /// A command was refused: `EXEC` will run none.
    pub(crate) fn abort(&mut self) {
        self.aborted = true;
    }

    /// True when `EXEC` is to run none.
    pub(crate) fn is_aborted(&self) -> bool {
        self.aborted
    }

    /// What the commands may do, all together.
    pub(crate) fn flags(&self) -> Flags {
        self.flags
    }

    /// How many commands there are.
    pub(crate) fn len(&self) -> usize {
        self.commands.len()
    }

    /// The bytes of their arguments.
    pub(crate) fn argument_bytes(&self) -> usize {
        self.bytes.len()
    }

    /// About how much memory they take.
    pub(crate) fn heap_bytes(&self) -> usize {
        self.bytes.capacity()
            + self.ends.capacity() * size_of::<usize>()
            + self.keys.capacity() * size_of::<QueuedKey>()
            + self.commands.capacity() * size_of::<Queued>()
    }

    /// The commands themselves.
    pub(crate) fn commands(&self) -> impl Iterator<Item = &'static Registered<Handler>> {
        self.commands.iter().map(|queued| queued.command)
    }

    /// The partitions of all keys, each as often as a key is in it.
    pub(crate) fn partitions(&self) -> impl Iterator<Item = PartitionIndex> {
        self.keys.iter().map(|key| key.partition)
    }

    /// Gives every call in turn to `run`.
    pub(crate) fn for_each_call(&self, mut run: impl FnMut(&PlannedCall<'_>)) {
        let (mut start, mut first_end, mut first_key) = (0, 0, 0);
        for queued in &self.commands {
            let ends = &self.ends[first_end..queued.arguments];
            let argv: SmallVec<[&[u8]; 8]> = ends
                .iter()
                .map(|end| &self.bytes[std::mem::replace(&mut start, *end)..*end])
                .collect();
            let keys: CallKeys<'_> = self.keys[first_key..queued.keys]
                .iter()
                .map(|key| (key.argument, key.of(&argv)))
                .collect();
            run(&PlannedCall {
                command: queued.command,
                argv: &argv,
                keys: &keys,
            });
            (first_end, first_key) = (queued.arguments, queued.keys);
        }
    }
}

impl QueuedKey {
    /// The key itself, which stands in these arguments.
    fn of<'a>(&self, argv: &[&'a [u8]]) -> Key<'a> {
        Key {
            bytes: argv[self.argument as usize],
            hash: self.hash,
            partition: self.partition,
        }
    }
}
