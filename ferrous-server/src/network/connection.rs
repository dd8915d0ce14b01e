//! One client's connection: read what came, run it, write the replies, wait for more.
//!
//! A connection is one task. It waits without holding a buffer; when its socket is readable it reads into its thread's
//! buffer, runs every whole request in it, and writes all their replies at once, when others had their turn. What is left
//! over, part of a request or replies the socket did not take, it keeps for itself.

mod limits;
mod replies;
mod waits;

use std::future::poll_fn;
use std::io;
use std::ops::Range;
use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;
use std::task::{Context, Poll};

use ferrous_resp::RequestParser;

use super::Stream;
use crate::batch::{self, Progress};
use crate::blocked::Parked;
use crate::client::{self, ClientHandle, DurableWait, Session, Vitals};
use crate::server::Server;
use crate::steps::Steps;
use crate::transaction;
use crate::worker::{READ_BYTES, Worker};

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
    /// Replies to be sent as soon as others had their turn; they come before those in `output`.
    ready: Vec<u8>,
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
            ready: Vec::new(),
            output: Vec::new(),
            written: 0,
            hold: None,
        }
    }

    /// Serves the client until it leaves or is sent away.
    #[allow(
        clippy::manual_async_fn,
        reason = "an `async fn` keeps room for what it is given twice, and there are many idle connections"
    )]
    pub(crate) fn serve(mut self) -> impl Future<Output = ()> + Send {
        async move {
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
    }

    fn handle(&self) -> &ClientHandle {
        &self.session.handle
    }

    async fn turn(&mut self) -> Result<(), Ended> {
        self.wait_readable().await?;
        let mut next = self.receive()?;
        loop {
            self.send_ready().await?;
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

    /// Runs one step of a long command, after letting others have their turn.
    async fn step(&mut self, mut steps: Box<Steps>) -> Result<Next, Ended> {
        tokio::task::yield_now().await;
        if self.handle().is_killed() {
            return Err(Ended::ByServer);
        }
        let server = self.server;
        let reply = Worker::with(server, |worker| {
            steps.advance(server, worker, &mut self.session)
        });
        match reply {
            Some(reply) => {
                self.owe(reply)?;
                self.run(0)
            }
            None => Ok(Next::Step(steps)),
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

#[cfg(test)]
mod tests {
    use super::*;

    /// What is set aside for the future that `serve` returns.
    fn future_bytes<F>(_: impl Fn(Connection) -> F) -> usize {
        size_of::<F>()
    }

    #[test]
    fn an_idle_connection_is_small() {
        // With what the runtime adds it fits into a kibibyte.
        let bytes = future_bytes(Connection::serve);
        assert!(bytes <= 920, "{bytes} bytes");
    }
}
