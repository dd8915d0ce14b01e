//! The one door: every command, whoever calls it, is looked up, checked, run and counted here.

mod admission;
mod plan;
mod server_call;
mod turn;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::Ordering::Relaxed;

use ferrous_engine::call::{DataHandler, Request};
use ferrous_engine::command::{Flags, Registered};
use ferrous_engine::error::{CommandError, CommandResult};
use ferrous_engine::keyspace::{Circumstances, Environment, Host as _, Key};
use ferrous_engine::scope::Scope;
use ferrous_engine::wait::{Caller, Patience};
use ferrous_resp::Encoder;

use crate::blocked::{self, Parked};
use crate::client::{ClientFlags, DurableWait, ReplyMode, Session, Vitals};
use crate::observe::{self, Run};
use crate::scripting::{self, Verdict};
use crate::server::after_panic;
use crate::steps::Steps;
use crate::tracking;
use crate::transaction;

pub(crate) use plan::{Named, Planned, plan};
pub(crate) use server_call::{Command, ServerCall, ServerFn};
pub(crate) use turn::Turn;

/// What runs a command.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Handler {
    /// The engine, on the keyspace.
    Data(DataHandler),
    /// The server.
    Server(ServerFn),
}

/// What the client's connection does next.
pub(crate) enum Flow {
    /// The next request.
    Next,
    /// Nothing more: it is to be closed.
    Close,
    /// The rest of this command, in steps.
    Steps(Box<Steps>),
    /// The reply to this command, which it waits for.
    Parked(Box<Parked>),
    /// This request again, once clients are no longer paused.
    Paused,
    /// The rest of the reply, once the client's writes are durable.
    Wait(DurableWait),
    /// This request again, in a moment: a script that takes long holds what it needs.
    Contended,
}

/// How far a call got.
pub(crate) enum Done {
    /// Its reply is written.
    Replied,
    /// Its reply is written, and is an error that is counted already.
    Failed,
    /// Its client waits for the reply.
    Parked(Box<Parked>),
    /// It did nothing: a script that takes long holds what it needs.
    Contended,
}

/// Runs one request and writes its reply.
pub(crate) fn execute(
    turn: &mut Turn<'_>,
    session: &mut Session,
    argv: &[&[u8]],
    planned: &Planned<'_>,
    output: &mut Vec<u8>,
) -> Flow {
    let admitted = admission::admit(turn, session, argv, planned);
    // What making room for it has sent to the client comes before its reply.
    if turn.server.tracking.is_on() {
        turn.server.tracking.shrink(turn.server);
        deliver_mail(session, output);
    }
    let start = output.len();
    let flow = match admitted {
        Err(_) if planned.command.is_none() && admission::is_of_browser(argv) => {
            admission::warn_of_browser(turn, argv[0]);
            // A web page learns nothing, not even from the replies to what came before.
            output.clear();
            session.write_replies.clear();
            return Flow::Close;
        }
        Err(error) => {
            refuse(turn, session, planned, &error, output);
            Flow::Next
        }
        Ok((command, flags)) => {
            let call = PlannedCall {
                command,
                argv,
                keys: planned.keys,
            };
            match hold_back(turn, session, &call, flags) {
                None => begin_call(turn, session, planned, &call, flags, output),
                Some(HeldBack::Until(flow)) => return flow,
                Some(HeldBack::Refused(error)) => {
                    refuse(turn, session, planned, &error, output);
                    Flow::Next
                }
            }
        }
    };
    end_request(turn, session, planned, flow, start, output)
}

/// Passes on what was sent to the client from elsewhere.
fn deliver_mail(session: &Session, output: &mut Vec<u8>) {
    if let Some(mail) = session.handle.take_mail() {
        output.extend_from_slice(&mail);
    }
}

/// Why a command that is admitted does not run now.
enum HeldBack {
    /// It comes again, when that is over which the flow says.
    Until(Flow),
    /// A script has gone on for too long.
    Refused(CommandError),
}

/// Decides whether a command has to wait for clients to be no longer paused, or for a script that takes long.
fn hold_back(
    turn: &Turn<'_>,
    session: &Session,
    call: &PlannedCall<'_>,
    flags: Flags,
) -> Option<HeldBack> {
    let server = turn.server;
    let now_ms = turn.circumstances.now_ms;
    if server.pause.holds(flags, now_ms) {
        let flags = scripting::declared_flags(server, call.command, call.argv, flags);
        if server.pause.holds(flags, now_ms) {
            return Some(HeldBack::Until(Flow::Paused));
        }
    }
    if server.scripting.running.any() {
        return match scripting::judge(server, session, call.command, call.keys) {
            Verdict::Run => None,
            Verdict::Wait => Some(HeldBack::Until(Flow::Contended)),
            Verdict::Refuse(error) => Some(HeldBack::Refused(error)),
        };
    }
    None
}

/// Queues a command, runs it, or begins with one that runs in steps.
fn begin_call(
    turn: &mut Turn<'_>,
    session: &mut Session,
    planned: &Planned<'_>,
    call: &PlannedCall<'_>,
    flags: Flags,
    output: &mut Vec<u8>,
) -> Flow {
    let PlannedCall { command, argv, .. } = *call;
    turn.see_due_keys(flags);
    if session.transaction.is_some() && !flags.contains(Flags::AT_ONCE) {
        let declared = command.description.flags;
        let declared = scripting::declared_flags(turn.server, command, argv, declared);
        transaction::queue(session, call, declared);
        output.extend_from_slice(b"+QUEUED\r\n");
        return Flow::Next;
    }
    if let Handler::Data(DataHandler::Steps(function)) = command.handler {
        begin(turn, session, command);
        return Flow::Steps(Box::new(Steps::new(command, function, argv)));
    }
    match perform(turn, session, call, None, output) {
        Done::Replied | Done::Failed => session.waits.take().map_or(Flow::Next, Flow::Wait),
        Done::Parked(parked) => Flow::Parked(parked),
        Done::Contended => match turn.server.scripting.running.busy() {
            None => Flow::Contended,
            Some(error) => {
                refuse(turn, session, planned, &error, output);
                Flow::Next
            }
        },
    }
}

/// Sees to what follows every request: replies that are not wanted, mail, the end of the connection.
fn end_request(
    turn: &Turn<'_>,
    session: &mut Session,
    planned: &Planned<'_>,
    flow: Flow,
    start: usize,
    output: &mut Vec<u8>,
) -> Flow {
    if session.reply_mode != ReplyMode::On && !planned.is_subscription() {
        silence(session, output, start);
        session
            .write_replies
            .retain(|reply| reply.end <= output.len());
    }
    if let Some(command) = planned.command {
        tracking::after_command(session, command);
    }
    // What its own commands have sent to the client comes right behind their replies.
    if matches!(flow, Flow::Next) {
        deliver_mail(session, output);
    }
    if session.closing {
        // Who learns that it is gone may rely on it.
        session.handle.vitals.set_flag(ClientFlags::CLOSING, true);
        turn.server.forget(session);
        return Flow::Close;
    }
    flow
}

#[cold]
fn refuse(
    turn: &mut Turn<'_>,
    session: &mut Session,
    planned: &Planned<'_>,
    error: &CommandError,
    output: &mut Vec<u8>,
) {
    if let Some(command) = planned.command {
        turn.stats.count_rejected(command.id);
    }
    session.comes_again = false;
    let error = transaction::after_refusal(turn.server, session, planned.command, error);
    reply_error(turn, session, &error, output);
}

fn reply_error(turn: &mut Turn<'_>, session: &Session, error: &CommandError, output: &mut Vec<u8>) {
    turn.counters.errors += 1;
    turn.server.stats.count_error(error.code());
    Encoder::new(output, session.protocol).error(error.bytes());
}

/// A call of a command whose keys are found.
pub(crate) struct PlannedCall<'a> {
    /// The command.
    pub(crate) command: &'static Registered<Handler>,
    /// The arguments, the name first.
    pub(crate) argv: &'a [&'a [u8]],
    /// The keys among them.
    pub(crate) keys: &'a [(u32, Key<'a>)],
}

/// Runs a call of a transaction or a script, in the partitions that are held for it, and writes its reply. Whether it
/// may run is decided already. It never waits: where it might, it answers that there is nothing.
pub(crate) fn within(
    turn: &mut Turn<'_>,
    session: &mut Session,
    call: &PlannedCall<'_>,
    scope: &mut Scope<'static, '_>,
    output: &mut Vec<u8>,
) {
    let done = perform(turn, session, call, Some(scope), output);
    debug_assert!(
        matches!(done, Done::Replied | Done::Failed),
        "nothing waits with partitions held"
    );
}

fn begin(turn: &mut Turn<'_>, session: &Session, command: &Registered<Handler>) {
    let vitals = &session.handle.vitals;
    vitals.command.store(command.id.0 + 1, Relaxed);
    Vitals::add(&vitals.commands, 1);
    if matches!(command.handler, Handler::Data(DataHandler::Steps(_))) {
        turn.counters.commands += 1;
    }
}

/// Runs a call and writes its reply, unless the client is to wait for it.
fn perform(
    turn: &mut Turn<'_>,
    session: &mut Session,
    call: &PlannedCall<'_>,
    scope: Option<&mut Scope<'static, '_>>,
    output: &mut Vec<u8>,
) -> Done {
    let PlannedCall { command, argv, .. } = *call;
    begin(turn, session, command);
    let (start, started) = (output.len(), turn.ticks);
    // Within a script or a transaction time stands still.
    let is_alone = scope.is_none();
    let guarded = AssertUnwindSafe(|| {
        let mut reply = Encoder::new(output, session.protocol);
        match command.handler {
            Handler::Data(handler) => data(turn, session, call, handler, scope, &mut reply),
            Handler::Server(function) => server(turn, session, call, function, scope, &mut reply),
        }
    });
    let outcome = catch_unwind(guarded).unwrap_or_else(|_| {
        after_panic(command);
        Err(CommandError::INTERNAL)
    });
    let failed = matches!(outcome, Err(_) | Ok(Done::Failed));
    match outcome {
        Ok(Done::Replied | Done::Failed) => {}
        Ok(Done::Contended) => return Done::Contended,
        Ok(Done::Parked(parked)) => {
            turn.account();
            turn.lap(started);
            observe::note_parked(turn.server, session, command, argv);
            return Done::Parked(parked);
        }
        Err(error) => {
            output.truncate(start);
            reply_error(turn, session, &error, output);
        }
    }
    if turn.changes.logged != 0 {
        session.logged = std::mem::take(&mut turn.changes.logged);
        session.write_replies.push(start..output.len());
    }
    turn.account();
    if session.replays {
        return Done::Replied;
    }
    let nanos = turn.lap(started);
    if is_alone {
        turn.age(nanos);
    }
    turn.stats.count_call(
        command.id,
        nanos,
        failed,
        turn.server.config.logging.latency_tracking.get(),
    );
    let run = Run {
        command,
        argv,
        nanos,
        reply_bytes: output.len() - start,
    };
    observe::note(turn.server, session, &run);
    Done::Replied
}

/// Runs a call of the engine's.
fn data(
    turn: &mut Turn<'_>,
    session: &Session,
    call: &PlannedCall<'_>,
    handler: DataHandler,
    scope: Option<&mut Scope<'static, '_>>,
    reply: &mut Encoder<'_>,
) -> CommandResult<Done> {
    let server = turn.server;
    let request = Request {
        handler,
        name: &call.command.full_name,
        argv: call.argv,
        keys: call.keys,
        patience: if scope.is_some() {
            Patience::None
        } else {
            Patience::Waits
        },
    };
    let circumstances = Circumstances {
        in_script: session.in_script,
        ..turn.circumstances
    };
    if let Some(scope) = scope {
        let environment = Environment {
            database: session.database,
            circumstances: &circumstances,
            interests: turn.interests(),
            limits: &turn.limits,
            random: turn.random,
        };
        let outcome = scope.run(environment, &request, reply);
        server
            .tracking
            .note_read(server, session, call.command, call.keys, scope);
        return outcome.map(|_| Done::Replied);
    }
    let scope = Scope::try_of(&server.keyspace, &request, &mut turn.changes);
    let Some(mut scope) = scope else {
        return Ok(Done::Contended);
    };
    // What is replayed cannot wait.
    if !session.replays && call.command.edits && !scope.prepare(session.database, call.keys) {
        return Ok(Done::Contended);
    }
    let mut environment = Environment {
        database: session.database,
        circumstances: &circumstances,
        // Who begins to listen to the log does so with every partition held, and a client that began to cache since
        // then may have read what is held now.
        interests: server.interests(),
        limits: &turn.limits,
        random: turn.random,
    };
    let outcome = scope.run(environment.on(session.database), &request, reply);
    server
        .tracking
        .note_read(server, session, call.command, call.keys, &mut scope);
    let done = outcome.map(|wait| {
        let Some(wait) = wait else {
            return Done::Replied;
        };
        let caller = Caller {
            client: session.handle.id,
            database: session.database,
            protocol: session.protocol,
            no_touch: session.no_touch,
        };
        let ends = (wait.timeout_ms, wait.nothing.after_waiting());
        let parked = scope.park(caller, &request, wait);
        Done::Parked(Box::new(Parked::call(call.command, parked, ends, session)))
    });
    blocked::conclude(server, scope, environment);
    done
}

/// Runs a call of the server's.
fn server(
    turn: &mut Turn<'_>,
    session: &mut Session,
    call: &PlannedCall<'_>,
    function: ServerFn,
    scope: Option<&mut Scope<'static, '_>>,
    reply: &mut Encoder<'_>,
) -> CommandResult<Done> {
    if !std::mem::take(&mut session.comes_again) {
        observe::note_begun(turn.server, session, call.command, call.argv);
    }
    let mut server_call = ServerCall {
        server: turn.server,
        session,
        argv: call.argv,
        keys: call.keys,
        reply,
        command: call.command,
        turn: &mut *turn,
        scope,
        done: Done::Replied,
    };
    function(&mut server_call)?;
    let done = server_call.done;
    session.comes_again = matches!(done, Done::Contended);
    if call.command.description.flags.contains(Flags::ADMIN) {
        // It may have been CONFIG SET.
        turn.limits = turn.server.limits();
    }
    Ok(done)
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
