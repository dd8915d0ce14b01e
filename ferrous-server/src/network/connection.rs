//! One client's connection: read what came, run it, write the replies, wait for more.
//!
//! A connection is one task. It waits without holding a buffer; when its socket is readable it reads into its thread's
//! buffer, runs every whole request in it, and writes all their replies at once. What is left over, part of a request
//! or replies the socket did not take, it keeps for itself.

mod limits;

use std::future::{Future as _, poll_fn};
use std::io;
use std::ops::Range;
use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;
use std::task::{Context, Poll};
use std::time::Duration;

use ferrous_engine::wait::Outcome;
use ferrous_resp::{Encoder, RequestParser};
use tokio::time::sleep_until;

use super::Stream;
use crate::batch::{self, Progress};
use crate::blocked::Parked;
use crate::client::{self, ClientFlags, ClientHandle, DurableWait, Session, Vitals};
use crate::observe;
use crate::persistence;
use crate::server::{Server, now_ms};
use crate::steps::Steps;
use crate::transaction;
use crate::worker::{READ_BYTES, Worker};

/// How much a client may send ahead while one of its commands waits; the rest stays in the socket.
const AHEAD_BYTES_MAX: usize = 1 << 20;

/// How long a request waits before it looks again whether a script still holds what it needs.
const CONTENDED_PERIOD: Duration = Duration::from_millis(1);

/// A client that sent at least this much at once may have sent more than one turn's worth.
const MUCH_BYTES: usize = READ_BYTES / 4;

/// Why a connection ends.
#[derive(Debug)]
pub(crate) enum Ended {
    /// The peer closed it.
    ByPeer,
    /// It was told to, and what it is owed is written.
    ByServer,
    /// The socket failed.
    Broken,
}

impl From<io::Error> for Ended {
    fn from(_: io::Error) -> Self {
        Self::Broken
    }
}

/// A connection and what it keeps while it waits.
pub(crate) struct Connection {
    server: &'static Server,
    /// Shared with whoever answers a command that waits.
    stream: Arc<Stream>,
    session: Session,
    parser: RequestParser,
    /// Bytes received that are not run yet; its first `start` bytes are done with.
    input: Vec<u8>,
    /// How much more the request at hand needs, as far as is known.
    wanted: usize,
    /// How much the last read brought.
    received: usize,
    /// Replies that the socket did not take yet.
    output: Vec<u8>,
    /// How much of `output` is written.
    written: usize,
    /// Replies in `output` that may not go yet.
    hold: Option<Held>,
}

/// Replies to writes that are to be durable before they are acknowledged.
struct Held {
    /// How far the log has to be durable.
    offset: u64,
    /// Where the replies of the batch begin in the output, and where in them those to writes are.
    base: usize,
    writes: Vec<Range<usize>>,
}

/// What to do after the requests at hand.
enum Next {
    /// Wait for more.
    Wait,
    /// Go on with a command that runs in steps.
    Step(Box<Steps>),
    /// Wait for the reply to a command, and go on.
    Parked(Box<Parked>),
    /// Wait until clients are no longer paused, and go on.
    Paused,
    /// Wait until the client's writes are durable, reply, and go on.
    Durable(DurableWait),
    /// Try the request at hand again in a moment.
    Contended,
}

impl Connection {
    /// A connection on `stream`.
    pub(crate) fn new(server: &'static Server, stream: Stream, session: Session) -> Self {
        Self {
            server,
            stream: Arc::new(stream),
            session,
            parser: RequestParser::default(),
            input: Vec::new(),
            wanted: 0,
            received: 0,
            output: Vec::new(),
            written: 0,
            hold: None,
        }
    }

    /// Serves the client until it leaves or is sent away.
    pub(crate) async fn serve(mut self) {
        let ended = loop {
            if let Err(ended) = self.turn().await {
                break ended;
            }
        };
        tracing::trace!(id = self.session.handle.id, ?ended, "connection ended");
        transaction::unwatch(self.server, &mut self.session);
        self.server.forget(&mut self.session);
        self.server.clients.remove(self.session.handle.id);
        if self.handle().is_slow() {
            self.note_slow();
        }
    }

    fn handle(&self) -> &ClientHandle {
        &self.session.handle
    }

    async fn turn(&mut self) -> Result<(), Ended> {
        self.wait_readable().await?;
        let mut next = self.receive()?;
        loop {
            self.release_replies().await?;
            next = match next {
                Next::Wait => return self.end_turn().await,
                Next::Durable(wait) => {
                    self.wait_durable(wait).await?;
                    self.run(0)?
                }
                Next::Step(steps) => self.step(steps).await?,
                Next::Parked(parked) => self.wait_parked(&parked).await?,
                Next::Paused => self.wait_paused().await?,
                Next::Contended => self.wait_contended().await?,
            }
        }
    }

    /// Lets others have their turn when this client may have more to run: whoever sends without end must not be served
    /// without end.
    async fn end_turn(&self) -> Result<(), Ended> {
        if self.received >= MUCH_BYTES {
            tokio::task::yield_now().await;
        }
        Ok(())
    }

    /// Sends the worker's replies, unless they answer writes that are to be durable first.
    fn hold_or_send(&mut self, worker: &mut Worker) -> Result<(), Ended> {
        if self.session.write_replies.is_empty() {
            return self.send(worker);
        }
        let aof = &self.server.persistence.aof;
        if !aof.holds_back(self.server, self.session.logged) {
            self.session.write_replies.clear();
            return self.send(worker);
        }
        let writes = std::mem::take(&mut self.session.write_replies);
        let base = self.output.len();
        self.output.extend_from_slice(&worker.output);
        self.hold = Some(Held {
            offset: self.session.logged,
            base,
            writes,
        });
        Ok(())
    }

    /// Waits until the replies that are held back may go, and sends them.
    async fn release_replies(&mut self) -> Result<(), Ended> {
        let Some(held) = self.hold.take() else {
            return Ok(());
        };
        let server = self.server;
        let outcome = tokio::select! {
            outcome = server.persistence.aof.release(server, held.offset) => outcome,
            killed = poll_fn(|context| self.poll_killed(context)) => return Err(killed),
        };
        if let Err(reason) = outcome {
            let error = persistence::log_failed(&reason);
            let replies = self.output.split_off(held.base);
            let mut sent = 0;
            for reply in held.writes {
                self.output.extend_from_slice(&replies[sent..reply.start]);
                Encoder::new(&mut self.output, self.session.protocol).error(error.bytes());
                sent = reply.end;
            }
            self.output.extend_from_slice(&replies[sent..]);
        }
        self.write_owed()
    }

    /// Waits until the client's writes are durable or the time is over, and replies to `WAITAOF`.
    async fn wait_durable(&mut self, wait: DurableWait) -> Result<(), Ended> {
        let aof = &self.server.persistence.aof;
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
            killed = poll_fn(|context| self.poll_killed(context)) => return Err(killed),
        }
        let mut reply = Encoder::new(&mut self.output, self.session.protocol);
        reply.array(2);
        reply.integer(i64::from(aof.is_durable(self.session.logged)));
        reply.integer(0);
        self.write_owed()
    }

    /// Waits until there is something to read; meanwhile writes what is owed.
    async fn wait_readable(&mut self) -> Result<(), Ended> {
        poll_fn(|context| {
            self.poll_owed(context)?;
            if self.session.closing {
                return if self.output.is_empty() {
                    Poll::Ready(Err(Ended::ByServer))
                } else {
                    Poll::Pending
                };
            }
            self.stream.poll_readable(context).map_err(Ended::from)
        })
        .await
    }

    /// Writes what is owed, as far as the socket takes it, unless the connection is to end.
    fn poll_owed(&mut self, context: &mut Context<'_>) -> Result<(), Ended> {
        if let Poll::Ready(ended) = self.poll_killed(context) {
            return Err(ended);
        }
        self.take_mail();
        self.poll_write(context)
    }

    fn take_mail(&mut self) {
        if let Some(mail) = self.handle().take_mail() {
            if self.output.is_empty() {
                self.output = mail;
            } else {
                self.output.extend_from_slice(&mail);
            }
            self.note_buffers();
        }
    }

    fn poll_write(&mut self, context: &mut Context<'_>) -> Result<(), Ended> {
        while self.written < self.output.len() {
            match self.stream.poll_writable(context)? {
                Poll::Ready(()) => self.write_owed()?,
                Poll::Pending => break,
            }
        }
        Ok(())
    }

    /// Waits until clients are no longer paused, then goes on with the request at hand.
    async fn wait_paused(&mut self) -> Result<Next, Ended> {
        let server = self.server;
        let vitals = &self.session.handle.vitals;
        vitals.set_flag(ClientFlags::BLOCKED, true);
        tokio::select! {
            () = server.pause.over() => {}
            killed = poll_fn(|context| self.poll_killed(context)) => return Err(killed),
        }
        vitals.set_flag(ClientFlags::BLOCKED, false);
        self.run(0)
    }

    /// Waits for a moment, then tries the request at hand again.
    async fn wait_contended(&mut self) -> Result<Next, Ended> {
        tokio::select! {
            () = tokio::time::sleep(CONTENDED_PERIOD) => {}
            killed = poll_fn(|context| self.poll_killed(context)) => return Err(killed),
        }
        self.run(0)
    }

    /// Waits for the reply to a command, then goes on with the requests behind it.
    async fn wait_parked(&mut self, parked: &Parked) -> Result<Next, Ended> {
        let server = self.server;
        let counted = parked.begin(server, &self.session);
        let outcome = self.outcome_of(parked).await;
        parked.end(server, &self.session);
        drop(counted);
        let outcome = outcome?;
        Worker::with(server, |worker| {
            parked.answer(server, worker, &mut self.session, outcome);
            self.hold_or_send(worker)
        })?;
        self.release_replies().await?;
        self.run(0)
    }

    /// Waits until a command has its outcome. The end of the connection ends the wait, too.
    async fn outcome_of(&mut self, parked: &Parked) -> Result<Outcome, Ended> {
        let mut sleep = parked
            .deadline
            .map(|deadline| Box::pin(sleep_until(deadline.into())));
        self.lend_stream(parked);
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
    fn lend_stream(&self, parked: &Parked) {
        if parked.silent || !self.output.is_empty() {
            return;
        }
        let (server, stream) = (self.server, Arc::clone(&self.stream));
        parked.waiter.lend(Box::new(move |answer| {
            let aof = &server.persistence.aof;
            let held_back = answer.logged != 0 && aof.holds_back(server, answer.logged);
            // Who has an answer finds it counted as an error, and in the log of slow commands.
            if held_back || answer.error.is_some() || observe::is_slow(server, answer.nanos) {
                return 0;
            }
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

    fn poll_killed(&self, context: &mut Context<'_>) -> Poll<Ended> {
        self.handle().register(context.waker());
        if self.handle().is_killed() {
            Poll::Ready(Ended::ByServer)
        } else {
            Poll::Pending
        }
    }

    /// Reads what has arrived and runs it.
    fn receive(&mut self) -> Result<Next, Ended> {
        let server = self.server;
        if self.input.is_empty() {
            return Worker::with(server, |worker| {
                let received = match self.stream.try_read(&mut worker.input) {
                    Ok(0) => return Err(Ended::ByPeer),
                    Ok(received) => received,
                    Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                        return Ok(Next::Wait);
                    }
                    Err(error) => return Err(error.into()),
                };
                self.run_with(worker, received)
            });
        }
        // As much again as has come, at most: who announces a long request pays for the room with its bytes.
        let room = self.wanted.min(self.input.len());
        self.input
            .reserve(room.clamp(READ_BYTES / 4, READ_BYTES * 16));
        match self.stream.try_read(&mut self.input) {
            Ok(0) => Err(Ended::ByPeer),
            Ok(received) => self.run(received),
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => Ok(Next::Wait),
            Err(error) => Err(error.into()),
        }
    }

    /// Runs the requests in this connection's own buffer.
    fn run(&mut self, received: usize) -> Result<Next, Ended> {
        let server = self.server;
        Worker::with(server, |worker| {
            std::mem::swap(&mut self.input, &mut worker.input);
            self.run_with(worker, received)
        })
    }

    /// Runs the requests in the worker's buffer and keeps what is left of it.
    fn run_with(&mut self, worker: &mut Worker, received: usize) -> Result<Next, Ended> {
        self.received = received;
        worker.counters.reads += u64::from(received > 0);
        worker.counters.bytes_in += received as u64;
        let (consumed, progress) =
            batch::run(self.server, worker, &mut self.session, &mut self.parser);
        self.keep_input(worker, consumed);
        self.check_input()?;
        let next = match progress {
            Progress::All { wanted } => {
                self.wanted = wanted;
                Next::Wait
            }
            Progress::Closing => {
                self.session.closing = true;
                Next::Wait
            }
            Progress::Steps(steps) => Next::Step(steps),
            Progress::Parked(parked) => Next::Parked(parked),
            Progress::Paused => Next::Paused,
            Progress::Wait(wait) => Next::Durable(wait),
            Progress::Contended => Next::Contended,
        };
        self.hold_or_send(worker)?;
        self.note_vitals(received);
        if !self.output.is_empty() {
            self.check_output();
        }
        Ok(next)
    }

    /// Keeps what is not consumed of the worker's buffer, which is left for others to use.
    fn keep_input(&mut self, worker: &mut Worker, consumed: usize) {
        let rest = &worker.input[consumed..];
        if consumed == 0 && rest.len() >= READ_BYTES {
            // A long request that is still arriving: the whole buffer moves, lest it be copied with every piece.
            self.input = std::mem::take(&mut worker.input);
        } else {
            self.input = rest.to_vec();
        }
    }

    /// Sends the worker's replies, after those still owed; keeps what the socket does not take.
    fn send(&mut self, worker: &mut Worker) -> Result<(), Ended> {
        if self.handle().is_killed() {
            return Err(Ended::ByServer);
        }
        if !self.output.is_empty() {
            self.output.extend_from_slice(&worker.output);
            return Ok(());
        }
        let mut rest = &worker.output[..];
        while !rest.is_empty() {
            match self.stream.try_write(rest) {
                Ok(taken) => {
                    worker.counters.writes += 1;
                    worker.counters.bytes_out += taken as u64;
                    Vitals::add(&self.session.handle.vitals.sent, taken as u64);
                    rest = &rest[taken..];
                }
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => break,
                Err(error) => return Err(error.into()),
            }
        }
        self.output.extend_from_slice(rest);
        Ok(())
    }

    /// Writes replies that the socket did not take at once.
    fn write_owed(&mut self) -> Result<(), Ended> {
        match self.stream.try_write(&self.output[self.written..]) {
            Ok(taken) => {
                self.written += taken;
                Vitals::add(&self.session.handle.vitals.sent, taken as u64);
                if self.written == self.output.len() {
                    self.output = Vec::new();
                    self.written = 0;
                }
                self.note_buffers();
                Ok(())
            }
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => Ok(()),
            Err(error) => Err(error.into()),
        }
    }

    /// Runs one step of a long command, after letting others have their turn.
    async fn step(&mut self, mut steps: Box<Steps>) -> Result<Next, Ended> {
        tokio::task::yield_now().await;
        if self.handle().is_killed() {
            return Err(Ended::ByServer);
        }
        let server = self.server;
        let done = Worker::with(server, |worker| {
            let done = steps.advance(server, worker, &mut self.session);
            self.send(worker).map(|()| done)
        })?;
        if done {
            self.run(0)
        } else {
            Ok(Next::Step(steps))
        }
    }

    fn note_vitals(&self, received: usize) {
        Vitals::add(&self.session.handle.vitals.received, received as u64);
        self.note_buffers();
    }

    /// Tells others how large this client's buffers are.
    fn note_buffers(&self) {
        let vitals = &self.session.handle.vitals;
        let before = vitals.buffer_bytes();
        vitals.query_bytes.store(self.input.len() as u64, Relaxed);
        vitals
            .query_capacity
            .store(self.input.capacity() as u64, Relaxed);
        vitals
            .output_bytes
            .store((self.output.len() - self.written) as u64, Relaxed);
        let after = vitals.buffer_bytes();
        self.server.clients.buffers_changed(before, after);
        if after > before {
            client::enforce_limit(self.server);
        }
    }
}
