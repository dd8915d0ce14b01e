//! What operators watch: commands that were slow or large, spikes of latency, everything as it happens.
//!
//! After every command [`note`] asks whether anybody wants to know of it: a few loads of settings that seldom change,
//! and comparisons that nearly always fail. What is then told goes to a [`CommandLog`], the [`LatencyMonitor`] or the
//! [`Monitors`].

mod command_log;
mod latency;
mod monitor;

use ferrous_engine::command::{Flags, Registered};

pub(crate) use command_log::{CommandLog, LogKind};
pub(crate) use latency::{Event, History, LatencyMonitor, Sample};
pub(crate) use monitor::Monitors;

use crate::client::Session;
use crate::execute::Handler;
use crate::server::Server;

const NANOS_PER_MILLI: u64 = 1_000_000;

/// Those who watch, and what they saw.
#[derive(Default)]
pub(crate) struct Observers {
    /// Commands that took long.
    pub(crate) slow: CommandLog,
    /// Commands with many bytes of arguments.
    pub(crate) large_requests: CommandLog,
    /// Commands with many bytes of reply.
    pub(crate) large_replies: CommandLog,
    /// Spikes of latency.
    pub(crate) latency: LatencyMonitor,
    /// Clients that see every command.
    pub(crate) monitors: Monitors,
}

impl Observers {
    /// The log of one kind.
    pub(crate) fn log(&self, kind: LogKind) -> &CommandLog {
        match kind {
            LogKind::Slow => &self.slow,
            LogKind::LargeRequest => &self.large_requests,
            LogKind::LargeReply => &self.large_replies,
        }
    }
}

/// One run of a command, when it is over.
pub(crate) struct Run<'a> {
    /// The row that ran.
    pub(crate) command: &'a Registered<Handler>,
    /// Its arguments, the name first.
    pub(crate) argv: &'a [&'a [u8]],
    /// How long it took.
    pub(crate) nanos: u64,
    /// The size of its reply.
    pub(crate) reply_bytes: usize,
}

/// True when a log or the latency monitor wants to know of a run.
#[inline]
fn is_remarkable(server: &Server, run: &Run<'_>) -> bool {
    let remembered = |kind: LogKind| kind.measure(run) >= kind.threshold(&server.config);
    remembered(LogKind::Slow)
        || remembered(LogKind::LargeRequest)
        || remembered(LogKind::LargeReply)
        || is_spike(server, run.nanos)
}

/// Tells those who watch of a run, and forgets which of its arguments were secret.
#[inline]
pub(crate) fn note(server: &Server, session: &mut Session, run: &Run<'_>) {
    if is_remarkable(server, run) {
        remember(server, session, run);
    }
    if server.observers.monitors.any() {
        let argv = shown(session, run.argv);
        show(server, session, run.command.description.flags, &argv);
    }
    if !session.secret_args.is_empty() {
        session.secret_args.clear();
    }
}

/// Shows a command to monitors before it runs, when that is what its row asks for: a script stands before the calls that
/// it makes.
pub(crate) fn note_begun(
    server: &Server,
    session: &Session,
    command: &Registered<Handler>,
    argv: &[&[u8]],
) {
    let first = command.description.flags.contains(Flags::SKIP_MONITOR) && !session.replays;
    if first && server.observers.monitors.any() {
        feed_monitors(server, session, argv);
    }
}

/// Shows a command to monitors that has begun and waits: they see commands in the order in which they came.
pub(crate) fn note_parked(
    server: &Server,
    session: &mut Session,
    command: &Registered<Handler>,
    argv: &[&[u8]],
) {
    if server.observers.monitors.any() {
        let argv = shown(session, argv);
        show(server, session, command.description.flags, &argv);
    }
    session.secret_args.clear();
}

/// True when a run of so many nanoseconds is to be found in the log of slow commands.
pub(crate) fn is_slow(server: &Server, nanos: u64) -> bool {
    command_log::micros(nanos) >= LogKind::Slow.threshold(&server.config)
}

/// Tells those who watch of the run that a waiting command was answered by.
pub(crate) fn note_answered(server: &Server, session: &Session, run: &Run<'_>) {
    if is_remarkable(server, run) {
        remember(server, session, run);
    }
}

fn show(server: &Server, session: &Session, flags: Flags, argv: &[&[u8]]) {
    if !flags.intersects(Flags::SKIP_MONITOR | Flags::ADMIN) {
        feed_monitors(server, session, argv);
    }
}

fn feed_monitors(server: &Server, session: &Session, argv: &[&[u8]]) {
    let limits = &server.config.clients.client_output_buffer_limit;
    server.observers.monitors.feed(session, argv, limits);
}

#[cold]
fn remember(server: &Server, session: &Session, run: &Run<'_>) {
    let flags = run.command.description.flags;
    let observers = &server.observers;
    if !flags.contains(Flags::SKIP_SLOWLOG) {
        let argv = shown(session, run.argv);
        for kind in LogKind::ALL {
            let measure = kind.measure(run);
            if measure >= kind.threshold(&server.config) {
                let keep = kind.max_len(&server.config);
                observers
                    .log(kind)
                    .add(keep, measure, &argv, &session.handle);
            }
        }
    }
    if is_spike(server, run.nanos) {
        let fast = flags.contains(Flags::FAST);
        let event = if fast {
            Event::FastCommand
        } else {
            Event::Command
        };
        observers.latency.add(event, run.nanos / NANOS_PER_MILLI);
    }
}

/// Tells of an event that is no command, when it took so long that it counts as a spike.
pub(crate) fn note_event(server: &Server, event: Event, nanos: u64) {
    if is_spike(server, nanos) {
        server.observers.latency.add(event, nanos / NANOS_PER_MILLI);
    }
}

#[inline]
fn is_spike(server: &Server, nanos: u64) -> bool {
    let threshold_millis = server.config.logging.latency_monitor_threshold.get();
    threshold_millis != 0 && nanos >= threshold_millis.saturating_mul(NANOS_PER_MILLI)
}

/// The arguments as others may see them.
fn shown<'a>(session: &Session, argv: &[&'a [u8]]) -> Vec<&'a [u8]> {
    let secret = |index: usize| session.secret_args.contains(&(index as u32));
    let arg = |(index, arg): (usize, &&'a [u8])| {
        if secret(index) {
            b"(redacted)".as_slice()
        } else {
            *arg
        }
    };
    argv.iter().enumerate().map(arg).collect()
}
