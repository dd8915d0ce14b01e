//! A keyspace of this process, and the commands on it.

mod commands;

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use anyhow::Context;
use ferrous_engine::call::{self, DataHandler, Request};
use ferrous_engine::command::{Registered, Registry};
use ferrous_engine::error::{CommandError, CommandResult};
use ferrous_engine::keyspace::{
    AccessClock, Changes, Circumstances, Environment, Interests, Keyspace, Silent,
};
use ferrous_engine::limits::Limits;
use ferrous_engine::scope::Scope;
use ferrous_engine::script;
use ferrous_engine::wait::Patience;
use ferrous_resp::{Encoder, Protocol};
use ferrous_types::hash::Seed;
use ferrous_types::random::Rng;

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
    registry.add(&[commands::COMMANDS], Handler::Runner);
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
        })
    }

    /// A script begins: on the first database, at this moment.
    pub(crate) fn begin(&mut self, read_only: bool) {
        self.database = 0;
        self.now_ms = self.clock.now_ms();
        self.read_only = read_only;
    }

    /// Whether there is such a command.
    pub(crate) fn knows(&self, argv: &[&[u8]]) -> bool {
        self.registry
            .resolve(argv)
            .is_some_and(|found| found.is_ok())
    }

    /// Runs a command as scripts may, and appends its reply.
    pub(crate) fn call(&mut self, argv: &[&[u8]], protocol: Protocol, output: &mut Vec<u8>) {
        let start = output.len();
        if let Err(error) = self.try_call(argv, protocol, output) {
            output.truncate(start);
            Encoder::new(output, protocol).error(error.text().as_bytes());
        }
    }

    fn try_call(
        &mut self,
        argv: &[&[u8]],
        protocol: Protocol,
        output: &mut Vec<u8>,
    ) -> CommandResult {
        let mut reply = Encoder::new(output, protocol);
        let found = self.registry.resolve(argv).and_then(Result::ok);
        let command = script::admit(found, argv.len(), self.read_only)?;
        match command.handler {
            Handler::Runner(function) => function(&mut RunnerCall {
                argv,
                database: &mut self.database,
                clock: self.clock,
                reply: &mut reply,
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
                    circumstances: Circumstances {
                        now_ms: self.now_ms,
                        access: AccessClock::lru(self.now_ms),
                        no_touch: false,
                        keeps_due: false,
                    },
                    interests: Interests::default(),
                    limits: &self.limits,
                    random: &mut self.random,
                };
                run(
                    &self.keyspace,
                    command,
                    handler,
                    environment,
                    argv,
                    &mut reply,
                )
            }
        }
    }
}

/// Runs a command of the engine's.
fn run(
    keyspace: &Keyspace,
    command: &Registered<Handler>,
    handler: DataHandler,
    environment: Environment<'_>,
    argv: &[&[u8]],
    reply: &mut Encoder<'_>,
) -> Result<(), CommandError> {
    // The command itself says what is wrong with arguments that no keys are found in.
    let keys = call::find_keys(keyspace, command.description, argv).unwrap_or_default();
    let request = Request {
        handler,
        name: &command.full_name,
        argv,
        keys: &keys,
        patience: Patience::None,
    };
    let mut changes = Changes::default();
    // As in servers, all that a script does is done with everything held that it needs.
    let mut scope = Scope::everything(keyspace, &mut changes);
    let outcome = scope.run(environment, &request, reply);
    scope.finish(&Silent);
    outcome.map(|_| ())
}
