//! One call of a data command, and how it is run: find its keys, lock their partitions, run it.

use ferrous_resp::{Aggregate, Encoder};
use ferrous_types::random::Rng;
use smallvec::SmallVec;

use crate::args::Args;
use crate::command::{self, Description, KeyIndexes, NoKeys};
use crate::error::CommandResult;
use crate::keyspace::{Circumstances, Db, Held, Key, KeyTable, Keyspace, Tally};

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

/// Limits that commands obey, from the configuration.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// The longest string (`proto-max-bulk-len`).
    pub string_bytes_max: usize,
    /// Whether emptied databases are freed in the background unless asked otherwise (`lazyfree-lazy-user-flush`).
    pub lazy_flush: bool,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            string_bytes_max: 512 << 20,
            lazy_flush: true,
        }
    }
}

/// One call of a data command.
pub struct Call<'a, 'k, 'o> {
    /// The arguments.
    pub args: Args<'a>,
    /// The selected database.
    pub db: &'a mut Db<'k>,
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

/// What a call is made with.
pub struct Environment<'a> {
    /// All keys.
    pub keyspace: &'a Keyspace,
    /// The selected database.
    pub database: usize,
    /// Time and how accesses are noted.
    pub circumstances: Circumstances,
    /// Limits from the configuration.
    pub limits: &'a Limits,
    /// The source of randomness.
    pub random: &'a mut Rng,
}

/// What a call left to be accounted for.
#[derive(Default)]
pub struct Done {
    /// What it did to the keyspace.
    pub tally: Tally,
    /// What it took out and is to be dropped where it disturbs nobody; empty as a rule.
    pub garbage: Vec<KeyTable>,
}

/// Runs a call with what its `handler` says locked; `keys` are those of [`find_keys`].
///
/// # Errors
/// What the command refuses with; nothing of a reply is written then.
pub fn run(
    environment: Environment<'_>,
    handler: DataHandler,
    name: &str,
    argv: &[&[u8]],
    keys: &[(u32, Key<'_>)],
    reply: &mut Encoder<'_>,
) -> CommandResult<Done> {
    let keyspace = environment.keyspace;
    match handler {
        DataHandler::Keys(function) => call(
            environment,
            Held::keys(keyspace, keys),
            name,
            Args::new(argv, keys),
            reply,
            function,
        ),
        DataHandler::Everything(function) => call(
            environment,
            Held::all(keyspace),
            name,
            Args::new(argv, keys),
            reply,
            function,
        ),
        DataHandler::InTurn(function) => call(
            environment,
            Held::in_turn(keyspace),
            name,
            Args::new(argv, keys),
            reply,
            function,
        ),
        DataHandler::Help => unreachable!("HELP is the host's to answer"),
        DataHandler::Steps(function) => call(
            environment,
            Held::in_turn(keyspace),
            name,
            Args::new(argv, keys),
            reply,
            |call| {
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
            },
        ),
    }
}

/// Runs one step of a call in steps; returns how many elements it wrote. See [`StepFn`].
///
/// # Errors
/// What the command refuses with.
pub fn step(
    environment: Environment<'_>,
    function: StepFn,
    name: &str,
    argv: &[&[u8]],
    cursor: &mut u64,
    reply: &mut Encoder<'_>,
) -> CommandResult<usize> {
    let held = Held::in_turn(environment.keyspace);
    let mut written = 0;
    call(
        environment,
        held,
        name,
        Args::new(argv, &[]),
        reply,
        |call| {
            written = function(call, cursor)?;
            Ok(())
        },
    )?;
    Ok(written)
}

fn call<'k>(
    Environment {
        keyspace,
        database,
        circumstances,
        limits,
        random,
    }: Environment<'k>,
    held: Held<'k>,
    name: &str,
    args: Args<'_>,
    reply: &mut Encoder<'_>,
    function: impl FnOnce(&mut Call) -> CommandResult,
) -> CommandResult<Done> {
    let mut db = Db::new(held, database, keyspace.databases(), circumstances, random);
    function(&mut Call {
        args,
        db: &mut db,
        reply,
        limits,
        name,
    })?;
    Ok(Done {
        tally: db.tally,
        garbage: db.garbage,
    })
}
