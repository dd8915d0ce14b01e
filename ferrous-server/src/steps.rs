//! A long command that runs in steps, so that other clients have their turn in between.

use ferrous_engine::call::StepFn;
use ferrous_engine::command::{CommandId, Registered};
use ferrous_engine::keyspace::{Changes, Environment, Host as _};
use ferrous_engine::scope::Scope;
use ferrous_resp::{Aggregate, Encoder, Protocol};

use crate::client::{ReplyMode, Session};
use crate::execute::Handler;
use crate::observe::{self, Run};
use crate::server::Server;
use crate::worker::Worker;

/// Room in front of the elements of a reply for the header of their array.
const HEADER_ROOM: usize = 24;

/// A reply that may be too long to be copied while others wait.
pub(crate) struct LongReply {
    /// A buffer that ends with it.
    pub(crate) bytes: Vec<u8>,
    /// Where in the buffer it begins.
    pub(crate) start: usize,
}

/// A command between two steps.
pub(crate) struct Steps {
    command: CommandId,
    name: Box<str>,
    function: StepFn,
    argv: Vec<Box<[u8]>>,
    cursor: u64,
    /// The elements of the reply so far, behind room for a header, and their number.
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
            elements: vec![0; HEADER_ROOM],
            len: 0,
            nanos: 0,
        }
    }

    /// Runs the next step. The whole reply when it was the last.
    pub(crate) fn advance(
        &mut self,
        server: &Server,
        worker: &mut Worker,
        session: &mut Session,
    ) -> Option<LongReply> {
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
            return None;
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
            reply_bytes: self.elements.len() - HEADER_ROOM,
        };
        observe::note(server, session, &run);
        if session.reply_mode != ReplyMode::On {
            return Some(LongReply {
                bytes: Vec::new(),
                start: 0,
            });
        }
        Some(match outcome {
            Ok(_) => self.whole_reply(session.protocol),
            Err(error) => {
                let mut bytes = Vec::new();
                Encoder::new(&mut bytes, session.protocol).error(error.bytes());
                LongReply { bytes, start: 0 }
            }
        })
    }

    /// Puts the header in front of the elements.
    fn whole_reply(&mut self, protocol: Protocol) -> LongReply {
        let mut header = Vec::new();
        Encoder::new(&mut header, protocol).aggregate(Aggregate::Array, self.len);
        let mut bytes = std::mem::take(&mut self.elements);
        let start = HEADER_ROOM - header.len();
        bytes[start..HEADER_ROOM].copy_from_slice(&header);
        LongReply { bytes, start }
    }
}
