//! The part of a client that other threads see.

use std::fmt;
use std::net::SocketAddr;
use std::os::fd::RawFd;
use std::sync::Arc;
use std::sync::atomic::{
    AtomicBool, AtomicI64, AtomicU16, AtomicU32, AtomicU64, Ordering::Relaxed, Ordering::SeqCst,
};

use atomic_waker::AtomicWaker;
use ferrous_engine::keyspace::Watcher;
use ferrous_engine::wait::Waiter;
use ferrous_resp::{Encoder, Protocol};
use parking_lot::Mutex;

use super::mailbox::Mailbox;
use super::output::SoftLimit;
use crate::config::{ClientClass, OutputLimits};
use crate::pubsub::Message;
use crate::tracking;

/// Where a connection comes from, or where it arrived.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Address {
    /// An IP address and port.
    Tcp(SocketAddr),
    /// The path of a Unix socket; shown with port 0.
    Unix(Box<str>),
}

impl Address {
    /// True when the peer is on this machine.
    pub(crate) fn is_local(&self) -> bool {
        match self {
            Self::Tcp(address) => address.ip().to_canonical().is_loopback(),
            Self::Unix(_) => true,
        }
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            // A dual-stack listener sees IPv4 peers as mapped IPv6 addresses; users know them by the former.
            Self::Tcp(address) => write!(
                f,
                "{}",
                SocketAddr::new(address.ip().to_canonical(), address.port())
            ),
            Self::Unix(path) => write!(f, "{path}:0"),
        }
    }
}

/// What a client says of itself, and who it authenticated as.
#[derive(Debug, Default, Clone)]
pub(crate) struct Identity {
    /// `CLIENT SETNAME`.
    pub(crate) name: Box<str>,
    /// `CLIENT SETINFO LIB-NAME`.
    pub(crate) library: Box<str>,
    /// `CLIENT SETINFO LIB-VER`.
    pub(crate) library_version: Box<str>,
}

/// States of a client that `CLIENT LIST` shows as letters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct ClientFlags(pub(crate) u32);

impl ClientFlags {
    /// Connected through a Unix socket.
    pub(crate) const UNIX_SOCKET: Self = Self(1);
    /// Exempt from eviction.
    pub(crate) const NO_EVICT: Self = Self(1 << 1);
    /// Reads leave access times alone.
    pub(crate) const NO_TOUCH: Self = Self(1 << 2);
    /// To be closed once its replies are written.
    pub(crate) const CLOSING: Self = Self(1 << 3);
    /// Sees every command.
    pub(crate) const MONITOR: Self = Self(1 << 4);
    /// Queues commands.
    pub(crate) const TRANSACTION: Self = Self(1 << 5);
    /// Waits for a key, for other servers, or for the end of a pause.
    pub(crate) const BLOCKED: Self = Self(1 << 6);
    /// Listens to channels.
    pub(crate) const PUBSUB: Self = Self(1 << 8);
    /// Is told when keys change.
    pub(crate) const TRACKING: Self = Self(1 << 9);
    /// Is told of every change, not only of what it read.
    pub(crate) const BROADCAST: Self = Self(1 << 10);
}

/// A client as other threads see it.
#[derive(Debug)]
pub(crate) struct ClientHandle {
    /// Unique for the life of the process.
    pub(crate) id: u64,
    /// The peer.
    pub(crate) peer: Address,
    /// The server's end.
    pub(crate) local: Address,
    /// The descriptor, for display.
    pub(crate) descriptor: RawFd,
    /// When it connected, in ms since the epoch.
    pub(crate) connected_ms: i64,
    /// What it says of itself.
    pub(crate) identity: Mutex<Identity>,
    /// Its activity.
    pub(crate) vitals: Vitals,
    /// Learns when a key changes that the client watches.
    pub(crate) watcher: Arc<Watcher>,
    /// What it waits for.
    pub(crate) waits: Mutex<Option<Arc<Waiter>>>,
    /// What it is told when keys change.
    pub(crate) tracking: tracking::State,
    mailbox: Mailbox,
    soft_limit: SoftLimit,
    slow: AtomicBool,
    killed: AtomicBool,
    waker: AtomicWaker,
}

/// What a client did last and what it holds: written by its own task, read by `CLIENT LIST`. Each field is a fact of
/// its own, so none needs more than relaxed order.
#[derive(Debug, Default)]
pub(crate) struct Vitals {
    /// The last time it sent something, in ms since the epoch.
    pub(crate) active_ms: AtomicI64,
    /// The last command's identifier plus one; 0 before the first.
    pub(crate) command: AtomicU16,
    /// The selected database.
    pub(crate) database: AtomicU32,
    /// 2 or 3.
    pub(crate) protocol: AtomicU16,
    /// [`ClientFlags`].
    pub(crate) flags: AtomicU32,
    /// Bytes received that are not a whole request yet.
    pub(crate) query_bytes: AtomicU64,
    /// Bytes allocated for them.
    pub(crate) query_capacity: AtomicU64,
    /// Bytes of replies that the socket has not taken yet.
    pub(crate) output_bytes: AtomicU64,
    /// Bytes received so far.
    pub(crate) received: AtomicU64,
    /// Bytes sent so far.
    pub(crate) sent: AtomicU64,
    /// Commands run so far.
    pub(crate) commands: AtomicU64,
    /// Commands queued in the transaction.
    pub(crate) queued: AtomicU64,
    /// Bytes allocated for them.
    pub(crate) queued_bytes: AtomicU64,
    /// Keys watched.
    pub(crate) watched: AtomicU64,
    /// Channels, patterns and channels of hash slots that it listens to.
    pub(crate) subscriptions: [AtomicU32; 3],
}

impl Vitals {
    /// Adds to a counter that this client's task alone writes: no read-modify-write needed.
    pub(crate) fn add(counter: &AtomicU64, amount: u64) {
        counter.store(counter.load(Relaxed).wrapping_add(amount), Relaxed);
    }

    /// Bytes of the buffers that it keeps.
    pub(crate) fn buffer_bytes(&self) -> u64 {
        self.query_capacity.load(Relaxed) + self.output_bytes.load(Relaxed)
    }

    /// Sets or clears `flag`. The client's own task does, and whoever answers it while it waits.
    pub(crate) fn set_flag(&self, flag: ClientFlags, on: bool) {
        if on {
            self.flags.fetch_or(flag.0, Relaxed);
        } else {
            self.flags.fetch_and(!flag.0, Relaxed);
        }
    }

    /// True when `flag` is set.
    pub(crate) fn has(&self, flag: ClientFlags) -> bool {
        self.flags.load(Relaxed) & flag.0 != 0
    }
}

impl ClientHandle {
    /// A client that just connected.
    pub(crate) fn new(
        id: u64,
        peer: Address,
        local: Address,
        descriptor: RawFd,
        now_ms: i64,
    ) -> Self {
        let vitals = Vitals::default();
        vitals.active_ms.store(now_ms, Relaxed);
        vitals.protocol.store(2, Relaxed);
        if matches!(peer, Address::Unix(_)) {
            vitals.set_flag(ClientFlags::UNIX_SOCKET, true);
        }
        Self {
            id,
            peer,
            local,
            descriptor,
            connected_ms: now_ms,
            identity: Mutex::default(),
            vitals,
            watcher: Arc::default(),
            waits: Mutex::default(),
            tracking: tracking::State::default(),
            mailbox: Mailbox::default(),
            soft_limit: SoftLimit::default(),
            slow: AtomicBool::new(false),
            killed: AtomicBool::new(false),
            waker: AtomicWaker::new(),
        }
    }

    /// Bytes that there are because of it.
    pub(crate) fn memory(&self) -> u64 {
        size_of::<Self>() as u64
            + self.vitals.buffer_bytes()
            + self.vitals.queued_bytes.load(Relaxed)
    }

    /// Has `bytes` sent to the client, behind the replies that it is owed. False, and the connection ends, when so much
    /// is waiting already that the client cannot be reading.
    pub(crate) fn post(&self, bytes: &[u8], limits: &OutputLimits) -> bool {
        !self.is_leaving() && {
            let waiting = self.mailbox.put(bytes);
            self.posted(waiting, limits)
        }
    }

    /// As [`post`](Self::post), a message in the client's protocol.
    pub(crate) fn post_message<F: Fn(&mut Encoder<'_>)>(
        &self,
        message: &Message<F>,
        limits: &OutputLimits,
    ) -> bool {
        !self.is_leaving() && {
            let bytes = || message.in_protocol(self.protocol());
            let waiting = self.mailbox.put_with(bytes);
            self.posted(waiting, limits)
        }
    }

    fn posted(&self, waiting: u64, limits: &OutputLimits) -> bool {
        let owed = waiting + self.vitals.output_bytes.load(Relaxed);
        if self.end_if_slow(owed, limits) {
            return false;
        }
        self.waker.wake();
        true
    }

    /// Ends the connection when the client is owed so many bytes, or that many for so long, that it has to; true when it
    /// has.
    pub(crate) fn end_if_slow(&self, owed: u64, limits: &OutputLimits) -> bool {
        let slow = self.soft_limit.is_exceeded(owed, limits.of(self.class()));
        if slow {
            self.end_as_slow();
        }
        slow
    }

    /// Ends the connection because the client does not read.
    pub(crate) fn end_as_slow(&self) {
        self.slow.store(true, SeqCst);
        self.kill();
    }

    /// True once its connection was ended because it did not read.
    pub(crate) fn is_slow(&self) -> bool {
        self.slow.load(SeqCst)
    }

    /// What it is owed in bytes: replies that its socket did not take, and mail.
    pub(crate) fn owed(&self) -> u64 {
        self.vitals.output_bytes.load(Relaxed) + self.mailbox.waiting()
    }

    /// The class of clients whose limits it has.
    pub(crate) fn class(&self) -> ClientClass {
        if self.vitals.has(ClientFlags::PUBSUB) {
            ClientClass::PubSub
        } else {
            ClientClass::Normal
        }
    }

    /// The protocol that it speaks.
    pub(crate) fn protocol(&self) -> Protocol {
        match self.vitals.protocol.load(SeqCst) {
            3 => Protocol::Resp3,
            _ => Protocol::Resp2,
        }
    }

    /// Has it speak `protocol` from now on; returns what was posted in the one before.
    pub(crate) fn speak(&self, protocol: Protocol) -> Option<Vec<u8>> {
        let number = match protocol {
            Protocol::Resp2 => 2,
            Protocol::Resp3 => 3,
        };
        self.mailbox
            .take_and(|| self.vitals.protocol.store(number, SeqCst))
    }

    /// The number of the client that is told of changed keys in its place, as clients see it: 0 when it is told itself,
    /// -1 when nobody is.
    pub(crate) fn shown_redirect(&self) -> i64 {
        if self.vitals.has(ClientFlags::TRACKING) {
            self.tracking.redirect() as i64
        } else {
            -1
        }
    }

    /// True when something was posted that is not taken yet.
    pub(crate) fn has_mail(&self) -> bool {
        self.mailbox.has_mail()
    }

    /// Takes what was posted since it was last taken.
    #[inline]
    pub(crate) fn take_mail(&self) -> Option<Vec<u8>> {
        self.mailbox.take()
    }

    /// How many keys it watches. Once one has changed, none of them counts any more.
    pub(crate) fn watched(&self) -> u64 {
        if self.watcher.is_touched() {
            0
        } else {
            self.vitals.watched.load(Relaxed)
        }
    }

    /// Ends the connection: its task sees it before it reads on.
    pub(crate) fn kill(&self) {
        self.killed.store(true, SeqCst);
        self.waker.wake();
    }

    /// True when it is to be closed, so that nothing reaches it any more.
    pub(crate) fn is_leaving(&self) -> bool {
        self.is_killed() || self.vitals.has(ClientFlags::CLOSING)
    }

    /// True once [`ClientHandle::kill`] was called.
    pub(crate) fn is_killed(&self) -> bool {
        self.killed.load(SeqCst)
    }

    /// Has the client's task woken by [`ClientHandle::kill`] and [`ClientHandle::post`].
    pub(crate) fn register(&self, waker: &std::task::Waker) {
        self.waker.register(waker);
    }
}
