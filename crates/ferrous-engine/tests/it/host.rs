//! A host that writes down everything it is told.

use std::cell::RefCell;

use ferrous_engine::call::{self, CallKeys, DataHandler, Request};
use ferrous_engine::command::{Arg, Registry};
use ferrous_engine::commands;
use ferrous_engine::error::{CommandError, CommandResult};
use ferrous_engine::keyspace::{
    AccessClock, Changes, Circumstances, DueKeys, Environment, EventClasses, Host, Interests,
    Keyspace,
};
use ferrous_engine::limits::Limits;
use ferrous_engine::scope::Scope;
use ferrous_engine::wait::Patience;
use ferrous_resp::{Encoder, Protocol};
use ferrous_types::hash::Seed;
use ferrous_types::random::Rng;

/// The moment at which every test begins, in ms since the epoch.
pub(crate) const NOW_MS: i64 = 1_700_000_000_000;

/// Everything.
const INTERESTS: Interests = Interests {
    events: EventClasses::from_bits(EventClasses::ALL.bits() | EventClasses::NEW.bits()),
    effects: true,
    modified: true,
};

/// A keyspace, and what it told so far.
pub(crate) struct Recorder {
    keyspace: Keyspace,
    registry: Registry<DataHandler>,
    random: Rng,
    now_ms: i64,
    told: RefCell<Told>,
}

/// What calls told: everything in the words of a test.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Told {
    /// The commands that repeat the call, with `db:` before one of another database than 0.
    pub(crate) effects: Vec<String>,
    /// Events as `name key`, with `db:` before one of another database than 0.
    pub(crate) events: Vec<String>,
    /// The keys that are not what they were.
    pub(crate) modified: Vec<String>,
    /// Changes counted.
    pub(crate) dirty: u64,
}

impl Recorder {
    pub(crate) fn new() -> Self {
        let mut registry = Registry::new();
        registry.add(commands::ALL, |handler| handler);
        let seed = Seed::random().expect("the operating system has randomness");
        Self {
            keyspace: Keyspace::new(16, 4, seed, NOW_MS),
            registry,
            random: Rng::new(7),
            now_ms: NOW_MS,
            told: RefCell::default(),
        }
    }

    /// Lets time pass.
    pub(crate) fn wait_ms(&mut self, ms: i64) {
        self.now_ms += ms;
    }

    /// Removes what is due, as the host does every now and then, and returns what was told of it.
    pub(crate) fn remove_due(&mut self) -> Told {
        let mut changes = Changes::default();
        for partition in 0..self.keyspace.partitions() as u16 {
            while self
                .keyspace
                .remove_due(partition, self.now_ms, 2, &mut changes, self)
            {}
        }
        self.told.take()
    }

    /// The commands it knows.
    pub(crate) fn registry(&self) -> &Registry<DataHandler> {
        &self.registry
    }

    /// The commands that the engine answers: their names and their syntax.
    pub(crate) fn rows(&self) -> Vec<(Vec<&'static str>, &'static [Arg])> {
        let rows = self.registry.all().iter();
        let rows = rows.filter(|row| row.subcommands.is_empty());
        rows.filter(|row| !matches!(row.handler, DataHandler::Help))
            .map(|row| {
                let container = row.parent.map(|id| self.registry.get(id).description.name);
                let name = container.into_iter().chain([row.description.name]);
                (name.collect(), row.description.args)
            })
            .collect()
    }

    /// Runs a call and returns what was told of it.
    pub(crate) fn run(&mut self, line: &str) -> Told {
        let argv: Vec<&[u8]> = line.split(' ').map(str::as_bytes).collect();
        self.try_run(&argv)
            .unwrap_or_else(|error| panic!("{line}: {error}"))
    }

    /// As [`Recorder::run`], of a call that may be refused.
    pub(crate) fn try_run(&mut self, argv: &[&[u8]]) -> CommandResult<Told> {
        let limits = Limits::default();
        let command = self
            .registry
            .resolve(argv)
            .and_then(Result::ok)
            .expect("the command exists");
        if !command.description.arity.accepts(argv.len()) {
            return Err(CommandError::arity(&command.full_name));
        }
        let mut keys = CallKeys::new();
        call::find_keys(&self.keyspace, command.description, argv, &mut keys);
        let environment = Environment {
            database: 0,
            circumstances: &Circumstances {
                now_ms: self.now_ms,
                access: AccessClock::lru(self.now_ms),
                no_touch: false,
                due_keys: DueKeys::Removed,
                in_script: false,
            },
            interests: INTERESTS,
            limits: &limits,
            random: &mut self.random,
        };
        let (mut changes, mut output) = (Changes::default(), Vec::new());
        let request = Request {
            handler: command.handler,
            name: &command.full_name,
            argv,
            keys: &keys,
            patience: Patience::None,
        };
        let mut scope = Scope::try_of(&self.keyspace, &request, &mut changes)
            .expect("nobody else holds anything");
        let mut reply = Encoder::new(&mut output, Protocol::Resp2);
        let outcome = scope.run(environment, &request, &mut reply);
        scope.finish(self);
        let mut told = self.told.take();
        outcome?;
        told.dirty = changes.tally.dirty;
        Ok(told)
    }
}

impl Host for Recorder {
    fn interests(&self) -> Interests {
        INTERESTS
    }

    fn commit(&self, changes: &mut Changes) {
        let mut told = self.told.borrow_mut();
        for (database, request) in changes.effects.iter() {
            told.effects.push(place(database) + &line_of(request));
        }
        for event in changes.events.drain(..) {
            let key = String::from_utf8_lossy(&event.key);
            let text = format!("{}{} {key}", place(event.database), event.name);
            told.events.push(text);
        }
        for key in changes.modified.drain(..) {
            let name = String::from_utf8_lossy(&key.key);
            told.modified.push(place(key.database) + &name);
        }
        changes.effects.clear();
    }
}

fn place(database: usize) -> String {
    match database {
        0 => String::new(),
        other => format!("{other}:"),
    }
}

/// A request as the line that would be typed for it.
fn line_of(request: &[u8]) -> String {
    let text = String::from_utf8_lossy(request);
    // A count, then for each word its length and itself.
    let words: Vec<&str> = text.split_terminator("\r\n").skip(2).step_by(2).collect();
    words.join(" ")
}
