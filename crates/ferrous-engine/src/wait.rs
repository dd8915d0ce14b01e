//! Calls that find nothing to answer with and wait for it, such as `BLPOP`.
//!
//! Such a call looks at its keys, finds nothing, and says with [`Call::wait`](crate::call::Call::wait) what it waits
//! for. The host makes a [`ParkedCall`] of it, which queues in the partitions of its keys, and has its client wait for
//! the [`Waiter`] within. Whoever makes one of the keys worth another look runs the call anew, with that key alone to
//! look at; time, the operator or the end of the connection may end the wait first. The waiter decides who was it.

use std::fmt;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

use ferrous_resp::{Encoder, Protocol};
use parking_lot::Mutex;
use smallvec::SmallVec;

use ferrous_types::number::{parse_canonical_int, parse_f64};

use crate::call::Request;
use crate::error::{CommandError, CommandResult};
use crate::keyspace::{Key, ObjectRef, PartitionIndex};

/// What a call does that finds nothing to answer with.
#[derive(Clone, Copy, Debug, Default)]
pub enum Patience<'a> {
    /// It answers that there is nothing: in a transaction or a script nobody waits.
    #[default]
    None,
    /// It waits.
    Waits,
    /// It goes on waiting; it was waiting already, and runs because of this key.
    Woken(Key<'a>),
}

impl Patience<'_> {
    /// True when `key` is to be looked at: a call that was waiting is answered from the key that became ready.
    pub fn looks_at(&self, key: &Key<'_>) -> bool {
        match self {
            Self::None | Self::Waits => true,
            Self::Woken(ready) => ready == key,
        }
    }
}

/// What a call waits for.
#[derive(Clone, Debug)]
pub struct Wait {
    /// What must be at one of its keys.
    pub awaited: Awaited,
    /// How many of its keys it awaits: the first ones that its row declares.
    pub keys: usize,
    /// How long it waits, in ms; 0 for as long as it takes.
    pub timeout_ms: u64,
    /// What it answers where it may not wait; see [`Nothing::after_waiting`] for when its time is up.
    pub nothing: Nothing,
    /// The arguments to go on with, when they are not those that it was called with.
    pub argv: Option<Vec<Box<[u8]>>>,
}

/// How long a call waits that is told in seconds, in ms; 0 for as long as it takes.
///
/// # Errors
/// When `text` is no number, or no time.
pub fn timeout_of_seconds(text: &[u8]) -> CommandResult<u64> {
    let seconds = parse_f64(text)
        .or_else(|| beyond_f64(text))
        .ok_or(CommandError::fixed(
            "ERR timeout is not a float or out of range",
        ))?;
    let ms = (seconds * 1000.0).ceil();
    match ms {
        ..0.0 => Err(TIMEOUT_NEGATIVE),
        _ if ms > TIMEOUT_MS_MAX as f64 => Err(TIMEOUT_OUT_OF_RANGE),
        _ => Ok(ms as u64),
    }
}

/// The number that is next to one which an `f64` is too small for, or too coarse: what is next to nothing is not nothing,
/// which would be to wait for as long as it takes.
fn beyond_f64(text: &[u8]) -> Option<f64> {
    let number: f64 = std::str::from_utf8(text).ok()?.parse().ok()?;
    let nearest = if number == 0.0 {
        f64::MIN_POSITIVE.copysign(number)
    } else {
        number
    };
    (!number.is_nan()).then_some(nearest)
}

/// How long a call waits that is told in milliseconds; 0 for as long as it takes.
///
/// # Errors
/// When `text` is no number, or no time.
pub fn timeout_of_ms(text: &[u8]) -> CommandResult<u64> {
    match parse_canonical_int(text) {
        None => Err(CommandError::fixed(
            "ERR timeout is not an integer or out of range",
        )),
        Some(..0) => Err(TIMEOUT_NEGATIVE),
        Some(ms) if ms as u64 > TIMEOUT_MS_MAX => Err(TIMEOUT_OUT_OF_RANGE),
        Some(ms) => Ok(ms as u64),
    }
}

const TIMEOUT_NEGATIVE: CommandError = CommandError::fixed("ERR timeout is negative");
const TIMEOUT_OUT_OF_RANGE: CommandError = CommandError::fixed("ERR timeout is out of range");
/// A later end could not be told in ms since the epoch.
const TIMEOUT_MS_MAX: u64 = i64::MAX as u64 / 2;

/// What must be at a key for a call to be answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Awaited {
    /// A list.
    List,
    /// A sorted set.
    SortedSet,
    /// A stream.
    Stream,
    /// A stream for a consumer group: it is told as well when there is none any more.
    Group,
}

impl Awaited {
    /// True when what is at the key now may answer the call.
    pub(crate) fn is_answered(self, object: Option<ObjectRef<'_>>) -> bool {
        match self {
            Self::List => matches!(object, Some(ObjectRef::List(_))),
            Self::SortedSet => matches!(object, Some(ObjectRef::SortedSet(_))),
            Self::Stream => matches!(object, Some(ObjectRef::Stream(_))),
            Self::Group => true,
        }
    }
}

/// How a call says that there was nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Nothing {
    /// As the absent string.
    Nil,
    /// As the absent array.
    NilArray,
    /// As this number.
    Integer(i64),
}

impl Nothing {
    /// Writes it.
    pub fn write(self, reply: &mut Encoder<'_>) {
        match self {
            Self::Nil => reply.nil(),
            Self::NilArray => reply.nil_array(),
            Self::Integer(number) => reply.integer(number),
        }
    }

    /// The same for a call that has waited: an absent array says so whatever would have been the answer.
    #[must_use]
    pub fn after_waiting(self) -> Self {
        match self {
            Self::Nil => Self::NilArray,
            same => same,
        }
    }
}

/// How a wait ended.
#[derive(Debug)]
pub enum Outcome {
    /// The call was run and answered.
    Answered(Answer),
    /// Its time was up.
    TimedOut,
    /// The operator ended it.
    Interrupted,
}

/// What a call that waited was answered.
#[derive(Debug, Default)]
pub struct Answer {
    /// The reply, an error too.
    pub reply: Vec<u8>,
    /// The error, when it is one.
    pub error: Option<CommandError>,
    /// How long the run took that gave it.
    pub nanos: u64,
    /// How far the host's log reached behind what it did; 0 when it did nothing to be logged.
    pub logged: u64,
    /// How much of the reply is sent already.
    pub sent: usize,
}

/// Sends an answer to the one who waits, as much of it as goes at once; returns how many bytes did.
pub type Outlet = Box<dyn Fn(&Answer) -> usize + Send>;

/// A wait. It ends once, whoever comes first.
#[derive(Default)]
pub struct Waiter(Mutex<State>);

#[derive(Default)]
struct State {
    outlet: Option<Outlet>,
    over: bool,
    outcome: Option<Outcome>,
    waker: Option<Waker>,
}

impl fmt::Debug for Waiter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Waiter")
            .field("over", &self.is_over())
            .finish_non_exhaustive()
    }
}

impl Waiter {
    /// Ends the wait; false when it is over already.
    pub fn end(&self, outcome: Outcome) -> bool {
        let ended = self.end_with(|| Some(outcome));
        self.wake();
        ended
    }

    /// Ends the wait unless `answer` gives nothing; false when it goes on or is over already. Nobody else can end it
    /// while `answer` runs. The one who waits is to be woken with [`Waiter::wake`].
    pub fn end_with(&self, answer: impl FnOnce() -> Option<Outcome>) -> bool {
        let mut state = self.0.lock();
        if state.over {
            return false;
        }
        state.outcome = answer();
        state.over = state.outcome.is_some();
        state.over
    }

    /// True when the wait is over.
    pub fn is_over(&self) -> bool {
        self.0.lock().over
    }

    /// Wakes the one who waits, who has its answer by then if it lent its outlet.
    pub fn wake(&self) {
        let mut state = self.0.lock();
        if let Some(outlet) = state.outlet.take()
            && let Some(Outcome::Answered(answer)) = &mut state.outcome
        {
            answer.sent = outlet(answer);
        }
        let waker = state.waker.take();
        drop(state);
        if let Some(waker) = waker {
            waker.wake();
        }
    }

    /// Has whoever answers send the answer through `outlet`, which saves the way over the one who waits.
    pub fn lend(&self, outlet: Outlet) {
        self.0.lock().outlet = Some(outlet);
    }

    /// Takes the outlet back; false when the wait is over, and some of the answer may have gone through it.
    pub fn take_back(&self) -> bool {
        let mut state = self.0.lock();
        if !state.over {
            state.outlet = None;
        }
        !state.over
    }

    /// Waits for the end. The outcome is given once.
    pub fn poll_over(&self, context: &mut Context<'_>) -> Poll<Outcome> {
        let mut state = self.0.lock();
        if let Some(outcome) = state.outcome.take() {
            return Poll::Ready(outcome);
        }
        state.waker = Some(context.waker().clone());
        Poll::Pending
    }
}

/// A key of a parked call.
#[derive(Debug)]
struct ParkedKey {
    argument: u32,
    hash: u64,
    partition: PartitionIndex,
}

/// A call that waits, with all it takes to run it again.
#[derive(Debug)]
pub struct ParkedCall {
    /// Calls that came later have higher ones.
    pub ticket: u64,
    /// The client.
    pub client: u64,
    /// Its selected database.
    pub database: usize,
    /// The protocol of the reply.
    pub protocol: Protocol,
    /// Its reads leave access times alone.
    pub no_touch: bool,
    /// What it waits for.
    pub awaited: Awaited,
    /// The wait.
    pub waiter: Arc<Waiter>,
    handler: crate::call::DataHandler,
    name: Box<str>,
    argv: Vec<Box<[u8]>>,
    keys: SmallVec<[ParkedKey; 2]>,
    awaited_keys: usize,
}

/// Who waits.
#[derive(Clone, Copy, Debug)]
pub struct Caller {
    /// The number of the client.
    pub client: u64,
    /// Its selected database.
    pub database: usize,
    /// The protocol it speaks.
    pub protocol: Protocol,
    /// Its reads leave access times alone.
    pub no_touch: bool,
}

impl ParkedCall {
    pub(crate) fn new(ticket: u64, caller: Caller, request: &Request<'_>, wait: Wait) -> Self {
        let boxed = || request.argv.iter().map(|arg| Box::from(*arg)).collect();
        let key = |(argument, key): &(u32, Key<'_>)| ParkedKey {
            argument: *argument,
            hash: key.hash,
            partition: key.partition,
        };
        Self {
            ticket,
            client: caller.client,
            database: caller.database,
            protocol: caller.protocol,
            no_touch: caller.no_touch,
            awaited: wait.awaited,
            waiter: Arc::default(),
            handler: request.handler,
            name: request.name.into(),
            argv: wait.argv.unwrap_or_else(boxed),
            keys: request.keys.iter().map(key).collect(),
            awaited_keys: wait.keys,
        }
    }

    /// Its arguments.
    pub fn argv(&self) -> SmallVec<[&[u8]; 8]> {
        self.argv.iter().map(|arg| &**arg).collect()
    }

    /// The keys that it awaits.
    pub fn awaited_keys(&self) -> impl Iterator<Item = Key<'_>> {
        self.keys
            .iter()
            .take(self.awaited_keys)
            .map(|key| self.key(key))
    }

    /// The partitions that it takes to run it when `ready` is the key to look at.
    pub fn partitions(&self, ready: &Key<'_>) -> impl Iterator<Item = PartitionIndex> {
        let others = self.keys.iter().skip(self.awaited_keys);
        let others = others.map(|key| key.partition);
        std::iter::once(ready.partition).chain(others)
    }

    /// Has `run` run it, with `ready` as the key to look at.
    pub fn with_request<T>(&self, ready: Key<'_>, run: impl FnOnce(&Request<'_>) -> T) -> T {
        let argv = self.argv();
        let keys: SmallVec<[(u32, Key<'_>); 2]> = self
            .keys
            .iter()
            .map(|key| (key.argument, self.key(key)))
            .collect();
        run(&Request {
            handler: self.handler,
            name: &self.name,
            argv: &argv,
            keys: &keys,
            patience: Patience::Woken(ready),
        })
    }

    fn key(&self, key: &ParkedKey) -> Key<'_> {
        Key {
            bytes: &self.argv[key.argument as usize],
            hash: key.hash,
            partition: key.partition,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn timeouts_that_no_double_tells_are_times_nevertheless() {
        assert_eq!(timeout_of_seconds(b"0"), Ok(0));
        assert_eq!(timeout_of_seconds(b"-0"), Ok(0));
        assert_eq!(timeout_of_seconds(b"1e-400"), Ok(1));
        assert_eq!(timeout_of_seconds(b"1e400"), Err(TIMEOUT_OUT_OF_RANGE));
        assert_eq!(timeout_of_seconds(b"-1e400"), Err(TIMEOUT_NEGATIVE));
        for text in [&b"nan"[..], b"x", b"", b" 1", b"1 "] {
            let error = timeout_of_seconds(text).unwrap_err();
            assert!(error.text().contains("is not a float"), "{error:?}");
        }
    }

    #[test]
    fn a_wait_ends_once() {
        let waiter = Waiter::default();
        assert!(!waiter.end_with(|| None));
        assert!(!waiter.is_over());
        assert!(waiter.end(Outcome::TimedOut));
        assert!(!waiter.end(Outcome::Interrupted));
        let mut context = Context::from_waker(Waker::noop());
        assert!(matches!(
            waiter.poll_over(&mut context),
            Poll::Ready(Outcome::TimedOut)
        ));
        assert!(waiter.poll_over(&mut context).is_pending());
    }
}
