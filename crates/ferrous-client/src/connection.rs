//! A connection: commands out, replies in, pushes kept apart.

use std::io::{self, Read, Write};
use std::os::fd::{AsFd, BorrowedFd};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use ferrous_resp::encode_command;
use rustix::event::{PollFd, PollFlags, poll};

use crate::error::checked;
use crate::inbox::Inbox;
use crate::stream::Stream;
use crate::{Address, ClientError, Credentials, Target, Value, handshake};

/// An open connection. Blocking; replies come in the order of the commands.
#[derive(Debug)]
pub struct Connection {
    target: Target,
    stream: Stream,
    output: Vec<u8>,
    inbox: Inbox,
    interrupt: Option<Arc<AtomicBool>>,
}

impl Connection {
    /// Connects, and does with AUTH, HELLO and SELECT what `target` asks for.
    pub fn connect(target: &Target) -> Result<Self, ClientError> {
        let mut connection = Self::open(target)?;
        connection.shake_hands()?;
        Ok(connection)
    }

    /// Connects anew to the same server, AUTH, HELLO and SELECT included.
    ///
    /// What was queued, and everything the server kept for the old connection (a transaction, subscriptions,
    /// another database), is gone. On failure the old connection stays as it was.
    pub fn reconnect(&mut self) -> Result<(), ClientError> {
        let interrupt = self.interrupt.take();
        let fresh = Self::connect(&self.target);
        if let Ok(fresh) = fresh {
            *self = fresh;
            self.interrupt = interrupt;
            return Ok(());
        }
        self.interrupt = interrupt;
        fresh.map(drop)
    }

    /// Sends all steps of the handshake at once, then looks at the answers in order.
    fn shake_hands(&mut self) -> Result<(), ClientError> {
        let steps = handshake::steps(&self.target);
        for step in &steps {
            self.queue(&step.command);
        }
        let mut replies = Vec::with_capacity(steps.len());
        for _ in &steps {
            replies.push(self.reply()?);
        }
        handshake::judge(&steps, replies)
    }

    /// Connects without sending anything.
    pub fn open(target: &Target) -> Result<Self, ClientError> {
        let stream = Stream::open(target)?;
        stream.set_read_timeout(target.read_timeout)?;
        Ok(Self {
            target: target.clone(),
            stream,
            output: Vec::new(),
            inbox: Inbox::default(),
            interrupt: None,
        })
    }

    /// Where this connection goes.
    pub fn address(&self) -> &Address {
        &self.target.address
    }

    /// While `flag` is up, a wait for the server ends with [`ClientError::Interrupted`]; the reply can be
    /// waited for again.
    pub fn interrupt_on(&mut self, flag: Arc<AtomicBool>) {
        self.interrupt = Some(flag);
    }

    /// Sets how long a read may wait; `None` waits for ever.
    pub fn set_read_timeout(&self, timeout: Option<Duration>) -> Result<(), ClientError> {
        Ok(self.stream.set_read_timeout(timeout)?)
    }

    /// Sends a command and returns its reply; an error reply is a value like any other.
    pub fn call<I>(&mut self, args: I) -> Result<Value, ClientError>
    where
        I: IntoIterator<IntoIter: ExactSizeIterator, Item: AsRef<[u8]>>,
    {
        self.queue(args);
        self.reply()
    }

    /// As [`Connection::call`], with an error reply as `Err`.
    pub fn run<I>(&mut self, args: I) -> Result<Value, ClientError>
    where
        I: IntoIterator<IntoIter: ExactSizeIterator, Item: AsRef<[u8]>>,
    {
        checked(self.call(args)?)
    }

    /// Appends a command to those that the next flush sends.
    pub fn queue<I>(&mut self, args: I)
    where
        I: IntoIterator<IntoIter: ExactSizeIterator, Item: AsRef<[u8]>>,
    {
        encode_command(&mut self.output, args);
    }

    /// Sends everything queued.
    pub fn flush(&mut self) -> Result<(), ClientError> {
        if !self.output.is_empty() {
            self.stream.write_all(&self.output)?;
            self.output.clear();
        }
        Ok(self.stream.flush()?)
    }

    /// The next reply, after sending what is queued; pushes that come first are kept for [`Connection::take_push`].
    pub fn reply(&mut self) -> Result<Value, ClientError> {
        loop {
            match self.receive()? {
                push @ Value::Push(_) => self.inbox.pushes.push_back(push),
                value => return Ok(value),
            }
        }
    }

    /// The next message of the server, push or reply, after sending what is queued.
    pub fn receive(&mut self) -> Result<Value, ClientError> {
        self.flush()?;
        loop {
            if let Some(value) = self.inbox.next()? {
                return Ok(value);
            }
            self.fill()?;
        }
    }

    /// The oldest push that came between replies.
    pub fn take_push(&mut self) -> Option<Value> {
        self.inbox.pushes.pop_front()
    }

    /// Waits at most `timeout` for the next message: `None` when none came.
    pub fn receive_within(&mut self, timeout: Duration) -> Result<Option<Value>, ClientError> {
        self.flush()?;
        let deadline = Instant::now() + timeout;
        loop {
            if let Some(value) = self.inbox.next()? {
                return Ok(Some(value));
            }
            if !self.wait_readable(Some(deadline.saturating_duration_since(Instant::now())))? {
                return Ok(None);
            }
            self.fill()?;
        }
    }

    /// Waits until bytes can be read; false when `timeout` passed first.
    fn wait_readable(&mut self, timeout: Option<Duration>) -> Result<bool, ClientError> {
        if self.stream.has_decrypted() {
            return Ok(true);
        }
        let timeout = timeout.map(|timeout| {
            // Saturates at 290 years, which no caller waits for.
            timeout.try_into().unwrap_or(rustix::time::Timespec {
                tv_sec: i64::MAX,
                tv_nsec: 0,
            })
        });
        match poll(
            &mut [PollFd::new(&self.stream, PollFlags::IN)],
            timeout.as_ref(),
        ) {
            Ok(ready) => Ok(ready > 0),
            Err(rustix::io::Errno::INTR) => {
                self.check_interrupt()?;
                Ok(false)
            }
            Err(error) => Err(ClientError::Io(error.into())),
        }
    }

    fn check_interrupt(&self) -> Result<(), ClientError> {
        match &self.interrupt {
            Some(flag) if flag.load(Ordering::Relaxed) => Err(ClientError::Interrupted),
            _ => Ok(()),
        }
    }

    /// Reads once, at least one byte.
    fn fill(&mut self) -> Result<(), ClientError> {
        if self.interrupt.is_some() {
            self.check_interrupt()?;
            while !self.wait_readable(None)? {}
        }
        let stream = &mut self.stream;
        let read = self.inbox.fill(|space| {
            loop {
                match stream.read(space) {
                    Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                    result => break result,
                }
            }
        });
        match read {
            Ok(0) => Err(ClientError::Closed),
            Ok(_) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }

    /// With `true`, [`Read`] and [`Write`] of this connection return `WouldBlock` instead of waiting.
    pub fn set_nonblocking(&self, nonblocking: bool) -> Result<(), ClientError> {
        Ok(self.stream.set_nonblocking(nonblocking)?)
    }

    /// The credentials' AUTH, answered by the server.
    pub fn auth(&mut self, credentials: &Credentials) -> Result<Value, ClientError> {
        self.call(handshake::auth_command(credentials))
    }
}

/// The raw stream, for replication and mass insertion: first what was received but not parsed, then the socket.
impl Read for Connection {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self.inbox.take_bytes(buffer) {
            0 => self.stream.read(buffer),
            length => Ok(length),
        }
    }
}

impl Write for Connection {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.stream.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.stream.flush()
    }
}

impl AsFd for Connection {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.stream.as_fd()
    }
}
