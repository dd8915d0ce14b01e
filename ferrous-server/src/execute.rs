//! The one door: every command, whoever calls it, is looked up, checked, run and counted here.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::Ordering::Relaxed;

use ferrous_engine::call::{self, CallKeys, DataHandler, Scope};
use ferrous_engine::command::{self, Flags, Registered};
use ferrous_engine::error::{CommandError, CommandResult};
use ferrous_engine::keyspace::{Changes, Circumstances, Environment, Evictor, Host as _};
use ferrous_engine::limits::Limits;
use ferrous_resp::Encoder;
use ferrous_types::random::Rng;

use crate::client::{DurableWait, ReplyMode, Session, Vitals};
use crate::evict;
use crate::observe::{self, Run};
use crate::server::{Server, after_panic};
use crate::stats::{Counters, WorkerStats};
use crate::steps::Steps;

/// What runs a command.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Handler {
    /// The engine, on the keyspace.
    Data(DataHandler),
    /// The server.
    Server(ServerFn),
}

/// A row of the server's own commands.
pub(crate) type Command = command::Command<ServerFn>;

/// A function that answers one call of a server command.
pub(crate) type ServerFn = fn(&mut ServerCall) -> CommandResult;

/// One call of a server command.
pub(crate) struct ServerCall<'a, 'o> {
    /// The whole server.
    pub(crate) server: &'static Server,
    /// The calling client.
    pub(crate) session: &'a mut Session,
    /// The arguments; index 0 is the command's name, index 1 a subcommand's.
    pub(crate) argv: &'a [&'a [u8]],
    /// Where the reply goes.
    pub(crate) reply: &'a mut Encoder<'o>,
    /// The row that is running.
    pub(crate) command: &'a Registered<Handler>,
    /// Time and how accesses are noted.
    pub(crate) circumstances: Circumstances,
    /// The source of randomness.
    pub(crate) random: &'a mut Rng,
}

/// What the client's connection does next.
pub(crate) enum Flow {
    /// The next request.
    Next,
    /// Nothing more: it is to be closed.
    Close,
    /// The rest of this command, in steps.
    Steps(Box<Steps>),
    /// This request again, once clients are no longer paused.
    Paused,
    /// The rest of the reply, once the client's writes are durable.
    Wait(DurableWait),
}

/// A request whose command is looked up and whose keys are found and hashed.
pub(crate) struct Planned<'a> {
    /// The command, when there is one of that name.
    command: Option<&'a Registered<Handler>>,
    /// Why it will not run, as far as that can be told from the request alone.
    refusal: Option<CommandError>,
    /// The keys, each with the argument it stands in.
    pub(crate) keys: CallKeys<'a>,
}

/// What is the same for all requests of a batch.
pub(crate) struct Turn<'a> {
    server: &'static Server,
    /// Time and how accesses are noted.
    pub(crate) circumstances: Circumstances,
    random: &'a mut Rng,
    evictor: &'a mut Evictor,
    counters: &'a mut Counters,
    stats: &'a WorkerStats,
    limits: Limits,
    /// What the requests did so far, as far as it can wait.
    changes: Changes,
    /// The time-stamp counter when the last request was done.
    ticks: u64,
}

impl<'a> Turn<'a> {
    /// Reads the clocks for a new batch.
    pub(crate) fn new(
        server: &'static Server,
        no_touch: bool,
        random: &'a mut Rng,
        evictor: &'a mut Evictor,
        counters: &'a mut Counters,
        stats: &'a WorkerStats,
    ) -> Self {
        let circumstances = server.circumstances(no_touch);
        Self {
            server,
            circumstances,
            random,
            evictor,
            counters,
            stats,
            limits: server.limits(),
            changes: Changes::default(),
            ticks: server.ticks.raw(),
        }
    }

    /// The whole server.
    pub(crate) fn server(&self) -> &'static Server {
        self.server
    }

    /// Counts a command and what it did.
    fn account(&mut self) {
        self.counters.commands += 1;
        self.counters
            .count(&std::mem::take(&mut self.changes.tally));
        if !self.changes.garbage.is_empty() {
            self.server.lazy_free.discard(&mut self.changes.garbage);
        }
    }

    fn lap(&mut self) -> u64 {
        let now = self.server.ticks.raw();
        let nanos = self.server.ticks.delta_as_nanos(self.ticks, now);
        self.ticks = now;
        nanos
    }
}

impl Planned<'_> {
    /// True when there is no such command.
    pub(crate) fn is_unknown(&self) -> bool {
        self.command.is_none()
    }
}

/// Looks the command up and finds its keys.
pub(crate) fn plan<'a>(server: &'static Server, argv: &[&'a [u8]]) -> Planned<'a> {
    let (command, refusal) = match server.registry.resolve(argv) {
        None => (None, Some(CommandError::unknown_command(argv))),
        Some(Err(container)) => (
            None,
            Some(CommandError::unknown_subcommand(
                argv[1],
                &container.full_name,
            )),
        ),
        Some(Ok(command)) if !command.description.arity.accepts(argv.len()) => {
            (Some(command), Some(CommandError::arity(&command.full_name)))
        }
        Some(Ok(command)) => (Some(command), None),
    };
    let keys = match (command, &refusal) {
        (Some(command), None) => {
            call::find_keys(&server.keyspace, command.description, argv).unwrap_or_default()
        }
        _ => CallKeys::new(),
    };
    Planned {
        command,
        refusal,
        keys,
    }
}

/// Runs one request and writes its reply.
pub(crate) fn execute(
    turn: &mut Turn<'_>,
    session: &mut Session,
    argv: &[&[u8]],
    planned: &Planned<'_>,
    output: &mut Vec<u8>,
) -> Flow {
    let start = output.len();
    let flow = match admit(turn, session, planned) {
        Err(_) if planned.command.is_none() && is_of_browser(argv) => {
            tracing::warn!(
                "Possible SECURITY ATTACK detected: a web browser or the like sends {} to this port, maybe on behalf \
                 of a web page that wants to reach the data. Connection aborted.",
                String::from_utf8_lossy(argv[0])
            );
            return Flow::Close;
        }
        Err(error) => {
            refuse(turn, session, planned, &error, output);
            Flow::Next
        }
        Ok(command)
            if turn
                .server
                .pause
                .holds(command.description.flags, turn.circumstances.now_ms) =>
        {
            return Flow::Paused;
        }
        Ok(command) => perform(turn, session, argv, command, planned, output),
    };
    if session.reply_mode != ReplyMode::On {
        silence(session, output, start);
        session
            .write_replies
            .retain(|reply| reply.end <= output.len());
    }
    if session.closing { Flow::Close } else { flow }
}

/// True of the lines by which an HTTP request is known.
fn is_of_browser(argv: &[&[u8]]) -> bool {
    let is = |word: &[u8]| argv[0].eq_ignore_ascii_case(word);
    is(b"POST") || is(b"Host:")
}

/// Decides whether the command may run now.
fn admit<'a>(
    turn: &mut Turn<'_>,
    session: &Session,
    planned: &Planned<'a>,
) -> CommandResult<&'a Registered<Handler>> {
    let command = match (&planned.refusal, planned.command) {
        (None, Some(command)) => command,
        (Some(refusal), _) => return Err(refusal.clone()),
        (None, None) => unreachable!("a request without a command is refused"),
    };
    let flags = command.description.flags;
    if !session.authenticated && !flags.contains(Flags::NO_AUTH) {
        return Err(CommandError::fixed("NOAUTH Authentication required."));
    }
    let server = turn.server;
    if session.replays {
        return Ok(command);
    }
    evict::make_room(
        turn.server,
        flags,
        &mut evict::Means {
            evictor: turn.evictor,
            random: turn.random,
            changes: &mut turn.changes,
            circumstances: turn.circumstances,
        },
    )?;
    if let Some(refusal) = server.persistence.refusal(&server.config)
        // PING tells monitors of the trouble.
        && (flags.contains(Flags::WRITE) || command.full_name.as_ref() == "ping")
    {
        return Err(refusal);
    }
    if !flags.contains(Flags::LOADING) && server.persistence.loading.is_on() {
        return Err(CommandError::LOADING);
    }
    Ok(command)
}

#[cold]
fn refuse(
    turn: &mut Turn<'_>,
    session: &Session,
    planned: &Planned<'_>,
    error: &CommandError,
    output: &mut Vec<u8>,
) {
    if let Some(command) = planned.command {
        turn.stats.count_rejected(command.id);
    }
    reply_error(turn, session, error, output);
}

fn reply_error(turn: &mut Turn<'_>, session: &Session, error: &CommandError, output: &mut Vec<u8>) {
    turn.counters.errors += 1;
    turn.server.stats.count_error(error.code());
    Encoder::new(output, session.protocol).error(error.text().as_bytes());
}

fn perform(
    turn: &mut Turn<'_>,
    session: &mut Session,
    argv: &[&[u8]],
    command: &Registered<Handler>,
    planned: &Planned<'_>,
    output: &mut Vec<u8>,
) -> Flow {
    session
        .handle
        .vitals
        .command
        .store(command.id.0 + 1, Relaxed);
    Vitals::add(&session.handle.vitals.commands, 1);
    let start = output.len();
    if let Handler::Data(DataHandler::Steps(function)) = command.handler {
        turn.counters.commands += 1;
        return Flow::Steps(Box::new(Steps::new(command, function, argv)));
    }
    let guarded = AssertUnwindSafe(|| match command.handler {
        Handler::Data(handler) => {
            let mut reply = Encoder::new(output, session.protocol);
            let keyspace = &turn.server.keyspace;
            let mut scope = Scope::of(keyspace, handler, &planned.keys, &mut turn.changes);
            let environment = Environment {
                database: session.database,
                circumstances: turn.circumstances,
                interests: turn.server.interests(),
                limits: &turn.limits,
                random: turn.random,
            };
            let outcome = scope.run(
                environment,
                handler,
                &command.full_name,
                argv,
                &planned.keys,
                &mut reply,
            );
            scope.finish(turn.server);
            outcome
        }
        Handler::Server(function) => {
            let mut reply = Encoder::new(output, session.protocol);
            let outcome = function(&mut ServerCall {
                server: turn.server,
                session,
                argv,
                reply: &mut reply,
                command,
                circumstances: turn.circumstances,
                random: turn.random,
            });
            // It may have been CONFIG SET.
            turn.limits = turn.server.limits();
            outcome
        }
    });
    let outcome = catch_unwind(guarded).unwrap_or_else(|_| {
        after_panic(command);
        Err(CommandError::INTERNAL)
    });
    let failed = match outcome {
        Ok(()) => false,
        Err(error) => {
            output.truncate(start);
            reply_error(turn, session, &error, output);
            true
        }
    };
    if turn.changes.logged != 0 {
        session.logged = std::mem::take(&mut turn.changes.logged);
        session.write_replies.push(start..output.len());
    }
    turn.account();
    if session.replays {
        return Flow::Next;
    }
    let nanos = turn.lap();
    turn.stats.count_call(
        command.id,
        nanos,
        failed,
        turn.server.config.logging.latency_tracking.get(),
    );
    let reply_bytes = output.len() - start;
    let run = Run {
        command,
        argv,
        nanos,
        reply_bytes,
    };
    observe::note(turn.server, session, &run);
    match session.waits.take() {
        Some(wait) => Flow::Wait(wait),
        None => Flow::Next,
    }
}

/// Takes a reply back that the client does not want.
fn silence(session: &mut Session, output: &mut Vec<u8>, start: usize) {
    match session.reply_mode {
        ReplyMode::On => {}
        ReplyMode::Off => output.truncate(start),
        ReplyMode::SkipNext => session.reply_mode = ReplyMode::Skip,
        ReplyMode::Skip => {
            output.truncate(start);
            session.reply_mode = ReplyMode::On;
        }
    }
}
