//! The way of replies to the socket: at once, in turn with those to others, or when the writes that they answer are durable.

use std::future::poll_fn;
use std::io;
use std::pin::pin;
use std::task::{Context, Poll};

use ferrous_resp::Encoder;

use super::{Connection, Ended, Held};
use crate::client::Vitals;
use crate::persistence;
use crate::stats::Counters;
use crate::steps::LongReply;
use crate::worker::Worker;

/// More replies than this are sent at once.
const READY_BYTES: usize = 16 << 10;

/// A socket is given no more than this at once.
const PIECE_BYTES: usize = 256 << 10;

/// A client that takes so much gets the rest when others had their turn.
const TURN_BYTES: usize = 4 * PIECE_BYTES;

impl Connection {
    /// Has the worker's replies sent, unless they answer writes that are to be durable first.
    pub(super) fn hold_or_send(&mut self, worker: &mut Worker) -> Result<(), Ended> {
        if self.session.write_replies.is_empty() {
            return self.send_soon(worker);
        }
        let aof = &self.server.persistence.aof;
        if !aof.holds_back(self.server, self.session.logged) {
            self.session.write_replies.clear();
            return self.send_soon(worker);
        }
        let writes = std::mem::take(&mut self.session.write_replies);
        // What is ready goes before what is held.
        self.output.append(&mut std::mem::take(&mut self.ready));
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
    pub(super) async fn release_replies(&mut self) -> Result<(), Ended> {
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

    /// Keeps the worker's replies for [`Connection::send_ready`], unless there is a reason to send them at once.
    fn send_soon(&mut self, worker: &mut Worker) -> Result<(), Ended> {
        let at_once = worker.output.len() > READY_BYTES || !self.output.is_empty();
        if at_once && self.ready.is_empty() {
            return self.send(&worker.output, &mut worker.counters);
        }
        if self.ready.capacity() == 0 {
            self.ready = worker.lend_buffer();
        }
        self.ready.extend_from_slice(&worker.output);
        Ok(())
    }

    /// Sends the replies that are ready, after the other clients who have sent something had their turn.
    ///
    /// To send to a peer that sleeps on this machine is to wake it, which costs several times what sending does. When all
    /// who have sent something are served first and answered then, the first answer wakes a peer with many connections
    /// and the others find it awake.
    pub(super) async fn send_ready(&mut self) -> Result<(), Ended> {
        if self.ready.is_empty() {
            return Ok(());
        }
        let mut waited = false;
        poll_fn(|context| {
            if waited {
                return Poll::Ready(());
            }
            waited = true;
            context.waker().wake_by_ref();
            Poll::Pending
        })
        .await;
        let (server, ready) = (self.server, std::mem::take(&mut self.ready));
        Worker::with(server, |worker| {
            let sent = self.send(&ready, &mut worker.counters);
            worker.take_buffer_back(ready);
            sent
        })?;
        if !self.output.is_empty() {
            self.note_buffers();
            self.check_output();
        }
        Ok(())
    }

    /// Sends replies, after those still owed; keeps what the socket does not take.
    pub(super) fn send(&mut self, replies: &[u8], counters: &mut Counters) -> Result<(), Ended> {
        if self.handle().is_killed() {
            return Err(Ended::ByServer);
        }
        if !self.output.is_empty() {
            self.output.extend_from_slice(replies);
            return Ok(());
        }
        let mut rest = replies;
        while !rest.is_empty() && replies.len() - rest.len() < TURN_BYTES {
            match self.stream.try_write(&rest[..rest.len().min(PIECE_BYTES)]) {
                Ok(taken) => {
                    counters.writes += 1;
                    counters.bytes_out += taken as u64;
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

    /// Sends a long reply, after those still owed, in pieces between which others have their turn.
    pub(super) fn owe(&mut self, reply: LongReply) -> Result<(), Ended> {
        if self.output.is_empty() {
            self.output = reply.bytes;
            self.written = reply.start;
        } else {
            self.output.extend_from_slice(&reply.bytes[reply.start..]);
        }
        self.write_owed()?;
        self.check_output();
        Ok(())
    }

    /// Writes what is owed, as far as the socket takes it, unless the connection is to end.
    pub(super) fn poll_owed(&mut self, context: &mut Context<'_>) -> Result<(), Ended> {
        if let Poll::Ready(ended) = self.poll_killed(context) {
            return Err(ended);
        }
        self.take_mail();
        self.poll_write(context)
    }

    pub(super) fn take_mail(&mut self) {
        if let Some(mail) = self.handle().take_mail() {
            if self.output.is_empty() {
                self.output = mail;
            } else {
                self.output.extend_from_slice(&mail);
            }
            self.note_buffers();
        }
    }

    pub(super) fn poll_write(&mut self, context: &mut Context<'_>) -> Result<(), Ended> {
        let mut taken = 0;
        while self.written < self.output.len() {
            if taken >= TURN_BYTES {
                // To be woken at once would be to come before those whose requests nobody has noticed yet.
                let _ = pin!(tokio::task::yield_now()).poll(context);
                break;
            }
            match self.stream.poll_writable(context)? {
                Poll::Ready(()) => taken += self.write_some()?,
                Poll::Pending => break,
            }
        }
        Ok(())
    }

    /// Writes replies that the socket did not take at once, as many as it takes now and one piece at most.
    pub(super) fn write_owed(&mut self) -> Result<(), Ended> {
        self.write_some().map(drop)
    }

    /// As [`Connection::write_owed`]; returns how many bytes that were.
    fn write_some(&mut self) -> Result<usize, Ended> {
        let owed = &self.output[self.written..];
        if owed.is_empty() {
            return Ok(0);
        }
        match self.stream.try_write(&owed[..owed.len().min(PIECE_BYTES)]) {
            Ok(taken) => {
                self.written += taken;
                Worker::with(self.server, |worker| {
                    worker.counters.writes += 1;
                    worker.counters.bytes_out += taken as u64;
                });
                Vitals::add(&self.session.handle.vitals.sent, taken as u64);
                if self.written == self.output.len() {
                    self.output = Vec::new();
                    self.written = 0;
                }
                self.note_buffers();
                Ok(taken)
            }
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => Ok(0),
            Err(error) => Err(error.into()),
        }
    }
}
