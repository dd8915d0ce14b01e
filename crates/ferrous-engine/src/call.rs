//! One call of a data command, and how it is run: find its keys, lock their partitions, run it.

use ferrous_resp::{Aggregate, Encoder};
use smallvec::SmallVec;

use crate::args::Args;
use crate::command::{self, Description, KeyIndexes, NoKeys};
use crate::error::CommandResult;
use crate::keyspace::{Changes, Db, Environment, Held, Host, Key, Keyspace};
use crate::limits::Limits;

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
}

/// The keys of a call, hashed, each with the argument it stands in.
pub type CallKeys<'a> = SmallVec<[(u32, Key<'a>); 2]>;

/// Finds and hashes the keys of a call.
///
/// # Errors
/// [`NoKeys`] when the arguments do not fit the key specifications; the command itself will say what is wrong with them.
pub fn find_keys<'a>(
    keyspace: &Keyspace,
    description: &Description,
    argv: &[&'a [u8]],
) -> Result<CallKeys<'a>, NoKeys> {
    if let [only] = description.keys
        && let Some(index) = only.single()
    {
        let bytes = argv.get(index).ok_or(NoKeys)?;
        return Ok(SmallVec::from_iter([(index as u32, keyspace.key(bytes))]));
    }
    let mut indexes = KeyIndexes::new();
    for spec in description.keys {
        spec.find(argv, &mut indexes)?;
    }
    Ok(indexes
        .into_iter()
        .map(|index| (index, keyspace.key(argv[index as usize])))
        .collect())
}

/// Partitions held for a run of calls, which are one change for everybody else, and what they did so far.
pub struct Scope<'k, 'c> {
    keyspace: &'k Keyspace,
    held: Held<'k>,
    changes: &'c mut Changes,
}

impl<'k, 'c> Scope<'k, 'c> {
    /// Holds the partitions of `keys`, which are all that the calls may look up.
    pub fn keys(keyspace: &'k Keyspace, keys: &[(u32, Key<'_>)], changes: &'c mut Changes) -> Self {
        Self {
            keyspace,
            held: Held::keys(keyspace, keys),
            changes,
        }
    }

    /// Holds every partition.
    pub fn everything(keyspace: &'k Keyspace, changes: &'c mut Changes) -> Self {
        Self {
            keyspace,
            held: Held::all(keyspace),
            changes,
        }
    }

    /// Holds none for longer than a visit. Only calls that look up no key can run.
    pub fn in_turn(keyspace: &'k Keyspace, changes: &'c mut Changes) -> Self {
        Self {
            keyspace,
            held: Held::in_turn(keyspace),
            changes,
        }
    }

    /// Holds what a call with this `handler` and these `keys` needs.
    pub fn of(
        keyspace: &'k Keyspace,
        handler: DataHandler,
        keys: &[(u32, Key<'_>)],
        changes: &'c mut Changes,
    ) -> Self {
        match handler {
            DataHandler::Keys(_) => Self::keys(keyspace, keys, changes),
            DataHandler::Everything(_) => Self::everything(keyspace, changes),
            DataHandler::InTurn(_) | DataHandler::Steps(_) | DataHandler::Help => {
                Self::in_turn(keyspace, changes)
            }
        }
    }

    /// Runs a call; `keys` are those of [`find_keys`].
    ///
    /// # Errors
    /// What the command refuses with; what is written of a reply then is to be taken back.
    pub fn run(
        &mut self,
        environment: Environment<'_>,
        handler: DataHandler,
        name: &str,
        argv: &[&[u8]],
        keys: &[(u32, Key<'_>)],
        reply: &mut Encoder<'_>,
    ) -> CommandResult {
        let arguments = Args::new(argv, keys);
        match handler {
            DataHandler::Keys(function)
            | DataHandler::Everything(function)
            | DataHandler::InTurn(function) => {
                self.call(environment, name, arguments, reply, function)
            }
            DataHandler::Help => unreachable!("HELP is the host's to answer"),
            DataHandler::Steps(function) => {
                self.call(environment, name, arguments, reply, |call| {
                    all_steps(call, function)
                })
            }
        }
    }

    /// Runs one step of a call in steps; returns how many elements it wrote. See [`StepFn`].
    ///
    /// # Errors
    /// What the command refuses with.
    pub fn step(
        &mut self,
        environment: Environment<'_>,
        function: StepFn,
        name: &str,
        argv: &[&[u8]],
        cursor: &mut u64,
        reply: &mut Encoder<'_>,
    ) -> CommandResult<usize> {
        let mut written = 0;
        self.call(environment, name, Args::new(argv, &[]), reply, |call| {
            written = function(call, cursor)?;
            Ok(())
        })?;
        Ok(written)
    }

    /// Lends the database to the host's own work.
    pub fn with_db<T>(
        &mut self,
        environment: Environment<'_>,
        work: impl FnOnce(&mut Db<'_, 'k>) -> T,
    ) -> T {
        work(&mut Db::new(
            self.keyspace,
            &mut self.held,
            self.changes,
            environment,
        ))
    }

    /// Tells the host what was done, then lets go of what is held.
    pub fn finish(self, host: &dyn Host) {
        if self.changes.is_news() {
            host.commit(self.changes);
        }
    }

    fn call(
        &mut self,
        environment: Environment<'_>,
        name: &str,
        args: Args<'_>,
        reply: &mut Encoder<'_>,
        function: impl FnOnce(&mut Call) -> CommandResult,
    ) -> CommandResult {
        let (database, limits) = (environment.database, environment.limits);
        let repeated = environment.interests.effects;
        let dirty = self.changes.tally.dirty;
        let outcome = self.with_db(environment, |db| {
            function(&mut Call {
                args,
                db,
                reply,
                limits,
                name,
            })
        });
        let replaced = self.changes.effects.take_replaced();
        if repeated && !replaced && self.changes.tally.dirty != dirty {
            self.changes.effects.push(database, args.all());
        }
        outcome
    }
}

fn all_steps(call: &mut Call, function: StepFn) -> CommandResult {
    let array = call.reply.defer(Aggregate::Array, 3);
    let (mut cursor, mut len) = (0, 0);
    loop {
        len += function(call, &mut cursor)?;
        if cursor == 0 {
            break;
        }
    }
    array.finish(call.reply, len);
    Ok(())
}
