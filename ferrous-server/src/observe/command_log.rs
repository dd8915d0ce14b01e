//! The last commands of some kind, with enough of their arguments to recognise them.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use parking_lot::Mutex;

use super::Run;
use crate::client::ClientHandle;
use crate::config::Config;
use crate::server::now_ms;

const NANOS_PER_MICRO: u64 = 1000;
/// Arguments that are kept of a command.
const ARGS_MAX: usize = 32;
/// Bytes that are kept of an argument.
const ARG_BYTES_MAX: usize = 128;

/// What makes a command worth remembering.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum LogKind {
    /// It took long.
    Slow,
    /// Its arguments are large.
    LargeRequest,
    /// Its reply is large.
    LargeReply,
}

/// A time as thresholds have it.
pub(super) fn micros(nanos: u64) -> u64 {
    nanos / NANOS_PER_MICRO
}

impl LogKind {
    /// Every kind.
    pub(super) const ALL: [Self; 3] = [Self::Slow, Self::LargeRequest, Self::LargeReply];

    /// The kind that `COMMANDLOG` knows by this name.
    pub(crate) fn by_name(name: &[u8]) -> Option<Self> {
        Self::ALL
            .into_iter()
            .find(|kind| name.eq_ignore_ascii_case(kind.name().as_bytes()))
    }

    const fn name(self) -> &'static str {
        match self {
            Self::Slow => "slow",
            Self::LargeRequest => "large-request",
            Self::LargeReply => "large-reply",
        }
    }

    /// What of a run counts: microseconds, or bytes of arguments or of the reply.
    #[inline]
    pub(super) fn measure(self, run: &Run<'_>) -> u64 {
        match self {
            Self::Slow => micros(run.nanos),
            Self::LargeRequest => run.argv.iter().map(|arg| arg.len() as u64).sum(),
            Self::LargeReply => run.reply_bytes as u64,
        }
    }

    /// The measure from which on a command of the kind is remembered.
    #[inline]
    pub(super) fn threshold(self, config: &Config) -> u64 {
        let logging = &config.logging;
        let threshold = match self {
            Self::Slow => &logging.commandlog_execution_slower_than,
            Self::LargeRequest => &logging.commandlog_request_larger_than,
            Self::LargeReply => &logging.commandlog_reply_larger_than,
        };
        // -1 stands for never, and without its sign it is the largest number there is.
        threshold.get() as u64
    }

    /// How many commands of the kind are remembered.
    pub(super) fn max_len(self, config: &Config) -> usize {
        let logging = &config.logging;
        let len = match self {
            Self::Slow => &logging.commandlog_slow_execution_max_len,
            Self::LargeRequest => &logging.commandlog_large_request_max_len,
            Self::LargeReply => &logging.commandlog_large_reply_max_len,
        };
        len.get() as usize
    }
}

/// A command that was worth remembering.
#[derive(Clone, Debug)]
pub(crate) struct LoggedCommand {
    /// Counts up, from 0, whatever is forgotten in between.
    pub(crate) id: u64,
    /// When it was over, in seconds since the epoch.
    pub(crate) time_s: i64,
    /// Microseconds that it took, or bytes.
    pub(crate) amount: u64,
    /// Its arguments, clipped.
    pub(crate) argv: Vec<Box<[u8]>>,
    /// The client's address.
    pub(crate) peer: String,
    /// The client's name.
    pub(crate) name: Box<str>,
}

/// The last commands of one kind.
#[derive(Debug, Default)]
pub(crate) struct CommandLog {
    /// The latest first.
    entries: Mutex<VecDeque<LoggedCommand>>,
    next_id: AtomicU64,
}

impl CommandLog {
    /// Remembers a command, and forgets the oldest beyond `keep`.
    pub(super) fn add(&self, keep: usize, amount: u64, argv: &[&[u8]], client: &ClientHandle) {
        let entry = LoggedCommand {
            id: self.next_id.fetch_add(1, Relaxed),
            time_s: now_ms() / 1000,
            amount,
            argv: clip(argv),
            peer: client.peer.to_string(),
            name: client.identity.lock().name.clone(),
        };
        let mut entries = self.entries.lock();
        entries.push_front(entry);
        entries.truncate(keep);
    }

    /// The latest `count`, the last one first.
    pub(crate) fn latest(&self, count: usize) -> Vec<LoggedCommand> {
        self.entries.lock().iter().take(count).cloned().collect()
    }

    /// How many are remembered.
    pub(crate) fn len(&self) -> usize {
        self.entries.lock().len()
    }

    /// Forgets all of them.
    pub(crate) fn clear(&self) {
        self.entries.lock().clear();
    }
}

/// What is kept of a command: its first arguments, each with its first bytes, and how much is missing.
fn clip(argv: &[&[u8]]) -> Vec<Box<[u8]>> {
    let clip_arg = |arg: &&[u8]| match arg.len().checked_sub(ARG_BYTES_MAX) {
        None | Some(0) => Box::from(*arg),
        Some(more) => {
            let note = format!("... ({more} more bytes)");
            [&arg[..ARG_BYTES_MAX], note.as_bytes()]
                .concat()
                .into_boxed_slice()
        }
    };
    if argv.len() <= ARGS_MAX {
        return argv.iter().map(clip_arg).collect();
    }
    let mut kept: Vec<_> = argv[..ARGS_MAX - 1].iter().map(clip_arg).collect();
    let note = format!("... ({} more arguments)", argv.len() - kept.len());
    kept.push(note.into_bytes().into_boxed_slice());
    kept
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_commands_are_clipped() {
        let long = [b'x'; 129];
        let exact = [b'y'; 128];
        let kept = clip(&[b"set", &exact, &long]);
        assert_eq!(&*kept[1], &exact);
        assert_eq!(&*kept[2], [&long[..128], b"... (1 more bytes)"].concat());
        assert_eq!(clip(&[b"a".as_slice(); 32]).len(), 32);
        let kept = clip(&[b"a".as_slice(); 33]);
        assert_eq!(kept.len(), 32);
        assert_eq!(&*kept[31], b"... (2 more arguments)");
    }

    #[test]
    fn kinds_go_by_name() {
        assert_eq!(LogKind::by_name(b"Large-Reply"), Some(LogKind::LargeReply));
        assert_eq!(LogKind::by_name(b"large"), None);
    }
}
