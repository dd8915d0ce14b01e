//! One call: run by the engine or the server, counted, timed and told to those who watch.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::Ordering::Relaxed;

use ferrous_engine::call::{DataHandler, Request};
use ferrous_engine::command::{Flags, Registered};
use ferrous_engine::error::{CommandError, CommandResult};
use ferrous_engine::keyspace::{Circumstances, Environment, Host as _, Key};
use ferrous_engine::scope::Scope;
use ferrous_engine::wait::{Caller, Patience};
use ferrous_resp::Encoder;

use super::{Done, Handler, ServerCall, ServerFn, Turn, reply_error};
use crate::blocked::{self, Parked};
use crate::client::{Session, Vitals};
use crate::observe::{self, Run};
use crate::server::after_panic;

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

pub(super) fn begin(turn: &mut Turn<'_>, session: &Session, command: &Registered<Handler>) {
    let vitals = &session.handle.vitals;
    vitals.command.store(command.id.0 + 1, Relaxed);
    Vitals::add(&vitals.commands, 1);
    if matches!(command.handler, Handler::Data(DataHandler::Steps(_))) {
        turn.counters.commands += 1;
    }
}

/// Runs a call and writes its reply, unless the client is to wait for it.
pub(super) fn perform(
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
