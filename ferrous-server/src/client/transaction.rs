//! The commands that a client has queued since `MULTI`.

use ferrous_engine::command::{Flags, Registered};
use smallvec::SmallVec;

use crate::execute::Handler;

/// A transaction that is being put together.
#[derive(Debug, Default)]
pub(crate) struct Transaction {
    /// The arguments of all commands, one after the other, and where each ends.
    bytes: Vec<u8>,
    ends: Vec<usize>,
    commands: Vec<Queued>,
    flags: Flags,
    aborted: bool,
}

#[derive(Debug)]
struct Queued {
    command: &'static Registered<Handler>,
    arguments: usize,
}

impl Transaction {
    /// Adds a command, which may do what `flags` say.
    pub(crate) fn push(
        &mut self,
        command: &'static Registered<Handler>,
        argv: &[&[u8]],
        flags: Flags,
    ) {
        for arg in argv {
            self.bytes.extend_from_slice(arg);
            self.ends.push(self.bytes.len());
        }
        self.flags = self.flags.with(flags);
        self.commands.push(Queued {
            command,
            arguments: argv.len(),
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
            + self.commands.capacity() * size_of::<Queued>()
    }

    /// The commands with their arguments.
    pub(crate) fn iter(
        &self,
    ) -> impl Iterator<Item = (&'static Registered<Handler>, SmallVec<[&[u8]; 8]>)> {
        let (mut start, mut ends) = (0, self.ends.iter());
        self.commands.iter().map(move |queued| {
            let ends = ends.by_ref().take(queued.arguments);
            let argv = ends.map(|end| &self.bytes[std::mem::replace(&mut start, *end)..*end]);
            (queued.command, argv.collect())
        })
    }
}
