//! What a connection does while its command waits: for somebody else's write, for the disk, or for its turn.

use std::future::{Future as _, poll_fn};
use std::io;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use ferrous_engine::wait::Outcome;
use ferrous_resp::Encoder;
use tokio::time::sleep_until;

use super::{Connection, Ended, Next};
use crate::blocked::{Counted, Parked};
use crate::client::{ClientFlags, DurableWait};
use crate::lending;
use crate::observe;
use crate::server::now_ms;
use crate::worker::{READ_BYTES, Worker};

/// How much a client may send ahead while one of its commands waits; the rest stays in the socket.
const AHEAD_BYTES_MAX: usize = 1 << 20;

/// How long a request waits before it looks again whether a script still holds what it needs.
const CONTENDED_PERIOD: Duration = Duration::from_millis(1);

impl Connection {
    /// Waits until the client's writes are durable or the time is over, and replies to `WAITAOF`.
    pub(super) async fn wait_durable(&mut self, wait: DurableWait) -> Result<(), Ended> {
        let server = self.server;
        let aof = &server.persistence.aof;
        let left = wait.until_ms.map(|until_ms| until_ms - now_ms());
        let durable = async {
            match left {
                None => aof.durable(wait.offset).await,
                Some(left_ms) => {
                    let left = Duration::from_millis(left_ms.max(0) as u64);
                    // Whether it came in time is looked up below.
                    let _ = tokio::time::timeout(left, aof.durable(wait.offset)).await;
                }
            }
        };
        tokio::select! {
            () = durable => {}
            ended = poll_fn(|context| self.poll_ended(context)) => return Err(ended),
        }
        let mut reply = Encoder::new(&mut self.output, self.session.protocol);
        reply.array(2);
        reply.integer(i64::from(aof.is_durable(self.session.logged)));
        reply.integer(0);
        self.write_owed()
    }

    /// Waits until clients are no longer paused, then goes on with the request at hand.
    pub(super) async fn wait_paused(&mut self) -> Result<Next, Ended> {
        let server = self.server;
        self.handle().vitals.set_flag(ClientFlags::BLOCKED, true);
        tokio::select! {
            () = server.pause.over() => {}
            ended = poll_fn(|context| self.poll_ended(context)) => return Err(ended),
        }
        self.handle().vitals.set_flag(ClientFlags::BLOCKED, false);
        self.run(0)
    }

    /// Ready when the connection is to end, whatever it waits for; until then writes what is owed to earlier requests.
    fn poll_ended(&mut self, context: &mut Context<'_>) -> Poll<Ended> {
        if let Poll::Ready(ended) = self.poll_killed(context) {
            return Poll::Ready(ended);
        }
        match self.poll_write(context) {
            Ok(()) => Poll::Pending,
            Err(ended) => Poll::Ready(ended),
        }
    }

    /// Waits for a moment, then tries the request at hand again.
    pub(super) async fn wait_contended(&mut self) -> Result<Next, Ended> {
        tokio::select! {
            () = tokio::time::sleep(CONTENDED_PERIOD) => {}
            () = lending::release() => {}
            ended = poll_fn(|context| self.poll_ended(context)) => return Err(ended),
        }
        self.run(0)
    }

    /// Waits for the reply to a command, then goes on with the requests behind it.
    pub(super) async fn wait_parked(&mut self, parked: &Parked) -> Result<Next, Ended> {
        let server = self.server;
        let counted = parked.begin(server, &self.session);
        let outcome = self.outcome_of(parked, &counted).await;
        parked.end(server, &self.session);
        counted.leave();
        let outcome = outcome?;
        Worker::with(server, |worker| {
            parked.answer(server, worker, &mut self.session, outcome);
            self.hold_or_send(worker)
        })?;
        self.release_replies().await?;
        self.run(0)
    }

    /// Waits until a command has its outcome. The end of the connection ends the wait, too.
    async fn outcome_of(
        &mut self,
        parked: &Parked,
        counted: &Arc<Counted>,
    ) -> Result<Outcome, Ended> {
        let mut sleep = parked
            .deadline
            .map(|deadline| Box::pin(sleep_until(deadline.into())));
        self.lend_stream(parked, counted);
        let outcome = poll_fn(|context| {
            if let Poll::Ready(outcome) = parked.waiter.poll_over(context) {
                return Poll::Ready(Ok(outcome));
            }
            if let Some(sleep) = &mut sleep
                && sleep.as_mut().poll(context).is_ready()
            {
                // Whoever was faster has left its outcome.
                parked.waiter.end(Outcome::TimedOut);
                return parked.waiter.poll_over(context).map(Ok);
            }
            if let Poll::Ready(ended) = self.poll_killed(context) {
                return Poll::Ready(Err(ended));
            }
            // Nobody else may write in between. Where that was too late, the answer comes first.
            if self.handle().has_mail() && parked.waiter.take_back() {
                self.take_mail();
            }
            self.poll_write(context)?;
            self.poll_ahead(context).map(Err)
        })
        .await;
        if outcome.is_err() {
            parked.waiter.end(Outcome::Interrupted);
        }
        outcome
    }

    /// Has whoever answers the command write to the socket, unless something is owed that comes before the answer.
    fn lend_stream(&self, parked: &Parked, counted: &Arc<Counted>) {
        if parked.silent || !self.output.is_empty() {
            return;
        }
        let (server, stream) = (self.server, Arc::clone(&self.stream));
        let (counted, client) = (Arc::clone(counted), Arc::clone(&self.session.handle));
        parked.waiter.lend(Box::new(move |answer| {
            let aof = &server.persistence.aof;
            let held_back = answer.logged != 0 && aof.holds_back(server, answer.logged);
            // Who has an answer finds it counted as an error, and in the log of slow commands.
            if held_back || answer.error.is_some() || observe::is_slow(server, answer.nanos) {
                return 0;
            }
            counted.leave();
            client.vitals.set_flag(ClientFlags::BLOCKED, false);
            // What does not go now is left to the connection, and an error is for it to find.
            stream.try_write(&answer.reply).unwrap_or(0)
        }));
    }

    /// Reads what arrives while a command waits, to be run later. Ready when the connection has ended.
    fn poll_ahead(&mut self, context: &mut Context<'_>) -> Poll<Ended> {
        while self.input.len() < AHEAD_BYTES_MAX {
            match self.stream.poll_readable(context) {
                Poll::Pending => return Poll::Pending,
                Poll::Ready(Err(error)) => return Poll::Ready(error.into()),
                Poll::Ready(Ok(())) => {}
            }
            self.input.reserve(READ_BYTES / 4);
            match self.stream.try_read(&mut self.input) {
                Ok(0) => return Poll::Ready(Ended::ByPeer),
                Ok(received) => self.note_vitals(received),
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                Err(error) => return Poll::Ready(error.into()),
            }
        }
        Poll::Pending
    }
}
