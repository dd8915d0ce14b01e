//! The part of a client that its own task owns.

use std::ops::Range;
use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;

use ferrous_engine::keyspace::DatabaseKey;
use ferrous_resp::Protocol;
use smallvec::SmallVec;

use super::{ClientFlags, ClientHandle, Transaction};
use crate::pubsub::Subscriptions;

/// Which replies a client wants (`CLIENT REPLY`).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum ReplyMode {
    /// All.
    #[default]
    On,
    /// None.
    Off,
    /// All but the next.
    SkipNext,
    /// All but the current.
    Skip,
}

/// What `WAITAOF` waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct DurableWait {
    /// The offset of the log.
    pub(crate) offset: u64,
    /// Until then, in ms since the epoch; none for ever.
    pub(crate) until_ms: Option<i64>,
}

/// The state of one connection.
#[derive(Debug)]
#[allow(clippy::struct_excessive_bools, reason = "each is a state of its own")]
pub(crate) struct Session {
    /// What others see of it.
    pub(crate) handle: Arc<ClientHandle>,
    /// The selected database.
    pub(crate) database: usize,
    /// The protocol it speaks.
    pub(crate) protocol: Protocol,
    /// Whether it may do more than authenticate.
    pub(crate) authenticated: bool,
    /// Which replies it wants.
    pub(crate) reply_mode: ReplyMode,
    /// Its reads leave access times alone.
    pub(crate) no_touch: bool,
    /// The arguments of the running command that nobody else may see, by index.
    pub(crate) secret_args: SmallVec<[u32; 2]>,
    /// How far the log reached after the last write of this client.
    pub(crate) logged: u64,
    /// Where the replies to its writes are in the output of the batch. They may have to wait until the log is durable that
    /// far.
    pub(crate) write_replies: Vec<Range<usize>>,
    /// It waits for its writes to be durable.
    pub(crate) waits: Option<DurableWait>,
    /// The request at hand has come before, and did nothing: a script held what it needed.
    pub(crate) comes_again: bool,
    /// It replays the append-only file.
    pub(crate) replays: bool,
    /// The commands queued since `MULTI`.
    pub(crate) transaction: Option<Box<Transaction>>,
    /// The keys that `WATCH` named.
    pub(crate) watched: Vec<DatabaseKey>,
    /// What runs is a call of a script.
    pub(crate) in_script: bool,
    /// What it listens to.
    pub(crate) subscriptions: Subscriptions,
    /// `CLIENT CACHING` was given for the next command.
    pub(crate) caching: bool,
    /// The connection ends once the replies so far are written.
    pub(crate) closing: bool,
}

impl Session {
    /// The state of a new connection.
    pub(crate) fn new(handle: Arc<ClientHandle>, authenticated: bool) -> Self {
        Self {
            handle,
            database: 0,
            protocol: Protocol::Resp2,
            authenticated,
            reply_mode: ReplyMode::On,
            no_touch: false,
            secret_args: SmallVec::new(),
            logged: 0,
            write_replies: Vec::new(),
            waits: None,
            comes_again: false,
            replays: false,
            transaction: None,
            watched: Vec::new(),
            in_script: false,
            subscriptions: Subscriptions::default(),
            caching: false,
            closing: false,
        }
    }

    /// Keeps argument `index` of the running command from the eyes of operators.
    pub(crate) fn hide_arg(&mut self, index: usize) {
        self.secret_args.push(index as u32);
    }

    /// Selects a database.
    pub(crate) fn select(&mut self, database: usize) {
        self.database = database;
        self.handle.vitals.database.store(database as u32, Relaxed);
    }

    /// Switches the protocol of the replies from now on; returns what was posted in the one before.
    pub(crate) fn speak(&mut self, protocol: Protocol) -> Option<Vec<u8>> {
        self.protocol = protocol;
        self.handle.speak(protocol)
    }

    /// Begins a transaction, or ends it and returns what was queued.
    pub(crate) fn set_transaction(
        &mut self,
        transaction: Option<Box<Transaction>>,
    ) -> Option<Box<Transaction>> {
        let before = std::mem::replace(&mut self.transaction, transaction);
        self.show_transaction();
        before
    }

    /// Shows others how far the transaction has come.
    pub(crate) fn show_transaction(&self) {
        let vitals = &self.handle.vitals;
        vitals.set_flag(ClientFlags::TRANSACTION, self.transaction.is_some());
        let (len, bytes) = match &self.transaction {
            Some(transaction) => (transaction.len() as u64, transaction.heap_bytes() as u64),
            None => (0, 0),
        };
        vitals.queued.store(len, Relaxed);
        vitals.queued_bytes.store(bytes, Relaxed);
    }

    /// Shows others how many keys are watched.
    pub(crate) fn show_watched(&self) {
        self.handle
            .vitals
            .watched
            .store(self.watched.len() as u64, Relaxed);
    }

    /// True when it can do nothing but listen: without pushes, a client could not tell messages from replies.
    pub(crate) fn only_listens(&self) -> bool {
        self.protocol == Protocol::Resp2 && self.handle.vitals.has(ClientFlags::PUBSUB)
    }

    /// Back to the state of a new connection (`RESET`), but for the protocol and what the server knows of it.
    pub(crate) fn reset(&mut self, authenticated: bool) {
        self.select(0);
        self.caching = false;
        self.authenticated = authenticated;
        self.reply_mode = ReplyMode::On;
        self.set_no_touch(false);
        self.handle.vitals.set_flag(ClientFlags::NO_EVICT, false);
        self.handle.vitals.set_flag(ClientFlags::MONITOR, false);
        self.handle.identity.lock().name = Box::default();
    }

    /// Whether reads leave access times alone.
    pub(crate) fn set_no_touch(&mut self, on: bool) {
        self.no_touch = on;
        self.handle.vitals.set_flag(ClientFlags::NO_TOUCH, on);
    }
}
