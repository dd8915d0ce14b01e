//! A client that waits for a reply.

use std::sync::Arc;
use std::time::{Duration, Instant};

use ferrous_engine::command::Registered;
use ferrous_engine::error::CommandError;
use ferrous_engine::keyspace::Changes;
use ferrous_engine::scope::Scope;
use ferrous_engine::wait::{Answer, Nothing, Outcome, ParkedCall, Waiter};
use ferrous_resp::Encoder;

use super::Counted;
use crate::client::{ClientFlags, ReplyMode, Session, Vitals};
use crate::execute::Handler;
use crate::observe::{self, Run};
use crate::server::Server;
use crate::worker::Worker;

/// How often it is tried to leave the queue of a key that a script holds.
const RETRY: Duration = Duration::from_millis(10);

const UNBLOCKED: CommandError =
    CommandError::fixed("UNBLOCKED client unblocked via CLIENT UNBLOCK");

/// A command whose client waits for its reply.
pub(crate) struct Parked {
    /// What ends the wait.
    pub(crate) waiter: Arc<Waiter>,
    /// When it ends by itself.
    pub(crate) deadline: Option<Instant>,
    /// What waits for keys; nothing when the wait is for something else.
    call: Option<Arc<ParkedCall>>,
    command: &'static Registered<Handler>,
    nothing: Nothing,
    /// The client does not want the reply.
    pub(crate) silent: bool,
}

/// Has a call whose wait is over queue no longer; false when a script holds its keys for long.
fn leave(server: &'static Server, call: &ParkedCall) -> bool {
    let partitions = call.awaited_keys().map(|key| key.partition);
    let mut changes = Changes::default();
    let scope = Scope::try_partitions(&server.keyspace, partitions, &mut changes);
    scope.map(|mut scope| scope.unpark(call)).is_some()
}

/// As [`leave`], as soon as it can be. Until then whoever finds the call in a queue sees that its wait is over.
async fn leave_later(server: &'static Server, call: Arc<ParkedCall>) {
    while !leave(server, &call) {
        tokio::time::sleep(RETRY).await;
    }
}

impl Parked {
    /// A call of `command` that waits for keys, for the longest time and with the answer then that `ends` gives.
    pub(crate) fn call(
        command: &'static Registered<Handler>,
        call: Arc<ParkedCall>,
        ends: (u64, Nothing),
        session: &Session,
    ) -> Self {
        let waiter = Arc::clone(&call.waiter);
        let mut parked = Self::on(command, waiter, ends, session);
        parked.call = Some(call);
        parked
    }

    /// A call of `command` that waits for whoever ends `waiter`.
    pub(crate) fn on(
        command: &'static Registered<Handler>,
        waiter: Arc<Waiter>,
        (timeout_ms, nothing): (u64, Nothing),
        session: &Session,
    ) -> Self {
        let timeout = (timeout_ms > 0).then(|| Duration::from_millis(timeout_ms));
        Self {
            waiter,
            // Later than the end of time is never.
            deadline: timeout.and_then(|timeout| Instant::now().checked_add(timeout)),
            call: None,
            command,
            nothing,
            silent: session.reply_mode != ReplyMode::On,
        }
    }

    /// Shows that the client waits, until the result is told that it leaves.
    pub(crate) fn begin(&self, server: &'static Server, session: &Session) -> Arc<Counted> {
        *session.handle.waits.lock() = Some(Arc::clone(&self.waiter));
        session.handle.vitals.set_flag(ClientFlags::BLOCKED, true);
        server.blocked.count(self.deadline.is_some())
    }

    /// The wait is over, or the connection is: others have the client wait for nothing any more.
    pub(crate) fn end(&self, server: &'static Server, session: &Session) {
        *session.handle.waits.lock() = None;
        session.handle.vitals.set_flag(ClientFlags::BLOCKED, false);
        if let Some(call) = &self.call
            && !leave(server, call)
        {
            tokio::spawn(leave_later(server, Arc::clone(call)));
        }
    }

    /// Writes the reply and counts the command.
    pub(crate) fn answer(
        &self,
        server: &'static Server,
        worker: &mut Worker,
        session: &mut Session,
        outcome: Outcome,
    ) {
        let answer = match outcome {
            Outcome::Answered(answer) => answer,
            Outcome::TimedOut => {
                let mut answer = Answer::default();
                self.nothing
                    .write(&mut Encoder::new(&mut answer.reply, session.protocol));
                answer
            }
            Outcome::Interrupted => {
                let mut answer = Answer::default();
                Encoder::new(&mut answer.reply, session.protocol).error(UNBLOCKED.bytes());
                answer.error = Some(UNBLOCKED);
                answer
            }
        };
        if let Some(error) = &answer.error {
            worker.counters.errors += 1;
            server.stats.count_error(error.code());
        }
        worker.stats.count_call(
            self.command.id,
            answer.nanos,
            answer.error.is_some(),
            server.config.logging.latency_tracking.get(),
        );
        let argv = self.call.as_ref().map(|call| call.argv());
        let run = Run {
            command: self.command,
            argv: argv.as_deref().unwrap_or_default(),
            nanos: answer.nanos,
            reply_bytes: answer.reply.len(),
        };
        observe::note_answered(server, session, &run);
        if answer.logged != 0 {
            session.logged = answer.logged;
        }
        if self.silent {
            return;
        }
        let start = worker.output.len();
        worker.counters.bytes_out += answer.sent as u64;
        Vitals::add(&session.handle.vitals.sent, answer.sent as u64);
        worker
            .output
            .extend_from_slice(&answer.reply[answer.sent..]);
        if answer.logged != 0 {
            session.write_replies.push(start..worker.output.len());
        }
    }
}
