//! A long command that runs in steps, so that other clients have their turn in between.

use ferrous_engine::call::StepFn;
use ferrous_engine::command::{CommandId, Registered};
use ferrous_engine::keyspace::{Changes, Environment, Host as _};
use ferrous_engine::scope::Scope;
use ferrous_resp::{Aggregate, Encoder};

use crate::client::{ReplyMode, Session};
use crate::execute::Handler;
use crate::observe::{self, Run};
use crate::server::Server;
use crate::worker::Worker;

/// A command between two steps.
pub(crate) struct Steps {
    command: CommandId,
    name: Box<str>,
    function: StepFn,
    argv: Vec<Box<[u8]>>,
    cursor: u64,
    /// The elements of the reply so far, and their number.
    elements: Vec<u8>,
    len: usize,
    nanos: u64,
}

impl Steps {
    /// The command before its first step.
    pub(crate) fn new(command: &Registered<Handler>, function: StepFn, argv: &[&[u8]]) -> Self {
        Self {
            command: command.id,
            name: command.full_name.clone(),
            function,
            argv: argv.iter().map(|arg| Box::from(*arg)).collect(),
            cursor: 0,
            elements: Vec::new(),
            len: 0,
            nanos: 0,
        }
    }

    /// Runs the next step. True when it was the last: the whole reply is in the worker's output then.
    pub(crate) fn advance(
        &mut self,
        server: &Server,
        worker: &mut Worker,
        session: &mut Session,
    ) -> bool {
        let started = server.ticks.raw();
        let argv: Vec<&[u8]> = self.argv.iter().map(|arg| &**arg).collect();
        let environment = Environment {
            database: session.database,
            circumstances: &server.circumstances(session.no_touch),
            interests: server.interests(),
            limits: &server.limits(),
            random: &mut worker.random,
        };
        let mut elements = Encoder::new(&mut self.elements, session.protocol);
        let mut changes = Changes::default();
        let mut scope = Scope::in_turn(&server.keyspace, &mut changes);
        let outcome = scope.step(
            environment,
            self.function,
            &self.name,
            &argv,
            &mut self.cursor,
            &mut elements,
        );
        scope.finish(server);
        worker.counters.count(&changes.tally);
        self.nanos += server.ticks.delta_as_nanos(started, server.ticks.raw());
        let done = match &outcome {
            Ok(written) => {
                self.len += written;
                self.cursor == 0
            }
            Err(_) => true,
        };
        if !done {
            return false;
        }
        worker.stats.count_call(
            self.command,
            self.nanos,
            outcome.is_err(),
            server.config.logging.latency_tracking.get(),
        );
        let run = Run {
            command: server.registry.get(self.command),
            argv: &argv,
            nanos: self.nanos,
            reply_bytes: self.elements.len(),
        };
        observe::note(server, session, &run);
        if session.reply_mode == ReplyMode::On {
            let mut reply = Encoder::new(&mut worker.output, session.protocol);
            match outcome {
                Ok(_) => {
                    reply.aggregate(Aggregate::Array, self.len);
                    reply.raw(&self.elements);
                }
                Err(error) => reply.error(error.bytes()),
            }
        }
        true
    }
}
