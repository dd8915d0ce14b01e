//! A keyspace of this process, and the commands on it.

mod commands;
mod json;
mod load;
mod refused;

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use anyhow::Context;
use ferrous_engine::call::{self, CallKeys, DataHandler, Request};
use ferrous_engine::command::{CommandId, Registered, Registry};
use ferrous_engine::error::CommandResult;
use ferrous_engine::keyspace::{
    AccessClock, Changes, Circumstances, DueKeys, Environment, Interests, Keyspace, Silent,
};
use ferrous_engine::limits::Limits;
use ferrous_engine::scope::Scope;
use ferrous_engine::script::{self, Rules};
use ferrous_engine::wait::Patience;
use ferrous_lua::{Host, LogLevel, Permission, Replication};
use ferrous_resp::{Encoder, Protocol};
use ferrous_types::hash::Seed;
use ferrous_types::random::Rng;

use crate::world::tell;
use commands::{RunnerCall, RunnerFn};

/// As many as servers have by default.
const DATABASES: usize = 16;

/// What runs a command.
#[derive(Clone, Copy)]
pub(crate) enum Handler {
    /// The engine, on the keyspace.
    Data(DataHandler),
    /// The runner itself.
    Runner(RunnerFn),
}

/// The commands that there are.
pub(crate) fn registry() -> Registry<Handler> {
    let mut registry = Registry::new();
    registry.add(ferrous_engine::commands::ALL, Handler::Data);
    registry.add(&[commands::COMMANDS, refused::COMMANDS], Handler::Runner);
    registry
}

/// The time, as far as it was moved on.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Clock {
    ahead: Duration,
}

impl Clock {
    fn since_epoch(self) -> Duration {
        let now = SystemTime::now().duration_since(UNIX_EPOCH);
        now.unwrap_or_default() + self.ahead
    }

    fn now_ms(self) -> i64 {
        self.since_epoch().as_millis() as i64
    }
}

/// A keyspace, empty at first, and its commands.
pub(crate) struct Dataset {
    keyspace: Keyspace,
    registry: Registry<Handler>,
    random: Rng,
    limits: Limits,
    clock: Clock,
    /// The moment at which all that a script does happens.
    now_ms: i64,
    /// The selected database.
    database: usize,
    /// Commands that write are refused.
    read_only: bool,
    /// The script wants its changes to be repeated elsewhere.
    repeats: bool,
    /// The requests that would repeat the changes, each with its database, if anybody wants to know.
    effects: Option<Vec<(usize, Vec<u8>)>>,
}

impl Dataset {
    /// An empty one.
    pub(crate) fn new() -> anyhow::Result<Self> {
        let seed = Seed::random().context("the operating system has no randomness")?;
        let clock = Clock::default();
        Ok(Self {
            // Only one thread comes here: one partition is enough.
            keyspace: Keyspace::new(1, DATABASES, seed, clock.now_ms()),
            registry: registry(),
            random: Rng::new(clock.now_ms() as u64),
            limits: Limits::default(),
            clock,
            now_ms: clock.now_ms(),
            database: 0,
            read_only: false,
            repeats: true,
            effects: None,
        })
    }

    /// A script begins: on the first database, at this moment.
    pub(crate) fn begin(&mut self, read_only: bool) {
        self.database = 0;
        self.read_only = read_only;
        self.repeats = true;
        self.resume();
    }

    /// From now on what would go to the log and the replicas is kept.
    pub(crate) fn keep_effects(&mut self) {
        self.effects = Some(Vec::new());
    }

    /// What would have gone to the log and the replicas: requests, each with its database.
    pub(crate) fn effects(&self) -> &[(usize, Vec<u8>)] {
        self.effects.as_deref().unwrap_or_default()
    }

    /// Time goes on.
    pub(crate) fn resume(&mut self) {
        self.now_ms = self.clock.now_ms();
    }

    /// Moves the time on.
    pub(crate) fn advance(&mut self, by: Duration) {
        self.clock.ahead += by;
        self.resume();
    }

    /// Runs a command as scripts may, and appends its reply. False when it is refused before it runs.
    pub(crate) fn call(
        &mut self,
        argv: &[&[u8]],
        protocol: Protocol,
        output: &mut Vec<u8>,
    ) -> bool {
        let found = self.registry.resolve(argv).and_then(Result::ok);
        let rules = Rules {
            read_only: self.read_only,
            anything: false,
        };
        let id = match script::admit(found, argv.len(), rules) {
            Ok(command) => command.id,
            Err(error) => {
                Encoder::new(output, protocol).error(error.bytes());
                return false;
            }
        };
        let start = output.len();
        if let Err(error) = self.perform(id, argv, &mut Encoder::new(output, protocol)) {
            output.truncate(start);
            Encoder::new(output, protocol).error(error.bytes());
        }
        true
    }

    fn perform(&mut self, id: CommandId, argv: &[&[u8]], reply: &mut Encoder<'_>) -> CommandResult {
        let command = self.registry.get(id);
        match command.handler {
            Handler::Runner(function) => function(&mut RunnerCall {
                argv,
                database: &mut self.database,
                clock: self.clock,
                reply,
            }),
            Handler::Data(DataHandler::Help) => {
                let lines = self.registry.help(command);
                reply.array(lines.len());
                for line in lines {
                    reply.simple(line.as_bytes());
                }
                Ok(())
            }
            Handler::Data(handler) => {
                let environment = Environment {
                    database: self.database,
                    circumstances: &Circumstances {
                        now_ms: self.now_ms,
                        access: AccessClock::lru(self.now_ms),
                        no_touch: false,
                        due_keys: DueKeys::Removed,
                        in_script: true,
                    },
                    interests: Interests {
                        effects: self.repeats && self.effects.is_some(),
                        ..Interests::default()
                    },
                    limits: &self.limits,
                    random: &mut self.random,
                };
                let mut changes = Changes::default();
                let mut scope = Scope::everything(&self.keyspace, &mut changes);
                let outcome = run(
                    &self.keyspace,
                    &mut scope,
                    (command, handler),
                    environment,
                    argv,
                    reply,
                );
                scope.finish(&Silent);
                if let Some(effects) = &mut self.effects {
                    let new = changes.effects.iter();
                    effects.extend(new.map(|(database, request)| (database, request.to_vec())));
                }
                outcome
            }
        }
    }
}

/// The dataset alone, as code reaches it that runs while the script is halted.
impl Host for Dataset {
    fn call(&mut self, argv: &[&[u8]], protocol: Protocol, reply: &mut Vec<u8>) {
        Self::call(self, argv, protocol, reply);
    }

    fn may_run(&mut self, argv: &[&[u8]]) -> Permission {
        match self.registry.resolve(argv) {
            Some(Ok(_)) => Permission::Granted,
            Some(Err(_)) | None => Permission::UnknownCommand,
        }
    }

    fn log(&mut self, level: LogLevel, message: &[u8]) {
        let level = format!("{level:?}").to_ascii_lowercase();
        tell(&[level.as_bytes(), b": ", message, b"\n"].concat());
    }

    fn set_replication(&mut self, replication: Replication) {
        self.repeats = replication.aof || replication.replicas;
    }
}

/// Runs a command of the engine's, with everything held: as in servers, what it needs is.
fn run(
    keyspace: &Keyspace,
    scope: &mut Scope<'_, '_>,
    (command, handler): (&Registered<Handler>, DataHandler),
    environment: Environment<'_>,
    argv: &[&[u8]],
    reply: &mut Encoder<'_>,
) -> CommandResult {
    let mut keys = CallKeys::new();
    call::find_keys(keyspace, command.description, argv, &mut keys);
    let request = Request {
        handler,
        name: &command.full_name,
        argv,
        keys: &keys,
        patience: Patience::None,
    };
    scope.run(environment, &request, reply).map(|_| ())
}
