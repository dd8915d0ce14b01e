//! One call of a data command: what it is made of, and where its keys are.

use ferrous_resp::Encoder;
use smallvec::{Array, SmallVec};

use crate::args::Args;
use crate::command::{self, Description, KeyIndexes, NoKeys};
use crate::error::CommandResult;
use crate::keyspace::{Db, Key, Keyspace};
use crate::limits::Limits;
use crate::wait::{Patience, Wait};

/// A row of the engine's command table.
pub type Command = command::Command<DataHandler>;

/// A function that answers one call.
pub type DataFn = fn(&mut Call) -> CommandResult;

/// A function that answers one call in steps, so that others get their turn in between: it goes on from `cursor`, writes
/// some elements of the array that is its reply, moves `cursor` on and returns their number. Cursor 0 begins; when it is
/// 0 again, that was all.
pub type StepFn = fn(&mut Call, cursor: &mut u64) -> CommandResult<usize>;

/// How a data command's function is run.
#[derive(Clone, Copy, Debug)]
pub enum DataHandler {
    /// With the partitions of its keys locked.
    Keys(DataFn),
    /// With every partition locked.
    Everything(DataFn),
    /// As `Everything` when the arguments ask for it, because the keys that it touches are not among them; else as `Keys`.
    Chosen(fn(argv: &[&[u8]]) -> bool, DataFn),
    /// With no partition locked; it visits them in turn.
    InTurn(DataFn),
    /// As `InTurn`, over and over.
    Steps(StepFn),
    /// Not by the engine: the host answers with what it knows of the container's rows.
    Help,
}

/// One call of a data command.
pub struct Call<'a, 'd, 'k, 'o> {
    /// The arguments.
    pub args: Args<'a>,
    /// The selected database.
    pub db: &'a mut Db<'d, 'k>,
    /// Where the reply goes.
    pub reply: &'a mut Encoder<'o>,
    /// Limits from the configuration.
    pub limits: &'a Limits,
    /// The name that errors and statistics use.
    pub name: &'a str,
    /// What it does when there is nothing to answer with.
    pub patience: Patience<'a>,
    waits: Option<Wait>,
}

impl<'a, 'd, 'k, 'o> Call<'a, 'd, 'k, 'o> {
    pub(crate) fn new(
        request: &Request<'a>,
        db: &'a mut Db<'d, 'k>,
        reply: &'a mut Encoder<'o>,
        limits: &'a Limits,
    ) -> Self {
        Self {
            args: Args::new(request.argv, request.keys),
            db,
            reply,
            limits,
            name: request.name,
            patience: request.patience,
            waits: None,
        }
    }

    pub(crate) fn into_wait(self) -> Option<Wait> {
        self.waits
    }

    /// Waits, having found nothing to answer with and written nothing; says that there is nothing when nobody waits.
    pub fn wait(&mut self, wait: Wait) {
        match self.patience {
            Patience::None => wait.nothing.write(self.reply),
            Patience::Waits | Patience::Woken(_) => self.waits = Some(wait),
        }
    }
}

/// A call to be run.
#[derive(Clone, Copy)]
pub struct Request<'a> {
    /// What runs it.
    pub handler: DataHandler,
    /// The name that errors and statistics use.
    pub name: &'a str,
    /// The arguments.
    pub argv: &'a [&'a [u8]],
    /// The keys among them, as [`find_keys`] finds them.
    pub keys: &'a [(u32, Key<'a>)],
    /// What it does when there is nothing to answer with.
    pub patience: Patience<'a>,
}

/// The keys of a call, hashed, each with the argument it stands in.
pub type CallKeys<'a> = SmallVec<[(u32, Key<'a>); 2]>;

/// Finds and hashes the keys of a call, whose number of arguments is one that its row admits, and adds them to `keys`,
/// each with the argument it stands in.
///
/// A key specification that the arguments do not fit (a number of keys that is none, a keyword without its key) has no
/// keys; the others keep theirs, and the command itself says what is wrong.
#[inline]
pub fn find_keys<'a, A: Array<Item = (u32, Key<'a>)>>(
    keyspace: &Keyspace,
    description: &Description,
    argv: &[&'a [u8]],
    keys: &mut SmallVec<A>,
) {
    if let [only] = description.keys
        && let Some(index) = only.single()
    {
        keys.push((index as u32, keyspace.key(argv[index])));
    } else {
        find_all_keys(keyspace, description, argv, keys);
    }
}

fn find_all_keys<'a, A: Array<Item = (u32, Key<'a>)>>(
    keyspace: &Keyspace,
    description: &Description,
    argv: &[&'a [u8]],
    keys: &mut SmallVec<A>,
) {
    let mut indexes = KeyIndexes::new();
    for spec in description.keys {
        let found = indexes.len();
        if let Err(NoKeys) = spec.find(argv, &mut indexes) {
            indexes.truncate(found);
        }
    }
    let found = indexes.into_iter();
    keys.extend(found.map(|index| (index, keyspace.key(argv[index as usize]))));
}
