//! The log, in the form people know: `pid:role day month year time level message`.

use std::fmt::{self, Write as _};
use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::sync::atomic::{AtomicU8, Ordering::Relaxed};

use anyhow::Context as _;
use parking_lot::Mutex;
use tracing::field::{Field, Visit};
use tracing::{Event, Level, Metadata, Subscriber, span};

use crate::config::logging::LogLevel;

static LEVEL: AtomicU8 = AtomicU8::new(LogLevel::Notice as u8);

/// Changes how much is logged.
pub(crate) fn set_level(level: LogLevel) {
    LEVEL.store(level as u8, Relaxed);
}

/// Begins to log into `path`, or to standard output when it is empty.
///
/// # Errors
/// When the file cannot be opened for appending.
pub(crate) fn start(path: &str) -> anyhow::Result<()> {
    let file = match path {
        "" => None,
        path => Some(open(path).with_context(|| format!("Can't open the log file {path}"))?),
    };
    tracing::subscriber::set_global_default(Log {
        file: Mutex::new(file),
    })
    .context("a log is set up already")
}

fn open(path: &str) -> io::Result<File> {
    OpenOptions::new().append(true).create(true).open(path)
}

struct Log {
    file: Mutex<Option<File>>,
}

/// The level of a message and the mark that shows it.
fn severity(level: Level) -> (LogLevel, char) {
    match level {
        Level::ERROR | Level::WARN => (LogLevel::Warning, '#'),
        Level::INFO => (LogLevel::Notice, '*'),
        Level::DEBUG => (LogLevel::Verbose, '-'),
        Level::TRACE => (LogLevel::Debug, '.'),
    }
}

impl Subscriber for Log {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        severity(*metadata.level()).0 as u8 >= LEVEL.load(Relaxed)
            && metadata.target().starts_with("ferrous")
    }

    fn event(&self, event: &Event<'_>) {
        let mark = severity(*event.metadata().level()).1;
        let now =
            time::OffsetDateTime::now_local().unwrap_or_else(|_| time::OffsetDateTime::now_utc());
        let mut line = String::new();
        let month: &str = &now.month().to_string()[..3];
        // Writing to a string does not fail.
        let _ = write!(
            line,
            "{}:M {:02} {month} {} {:02}:{:02}:{:02}.{:03} {mark} ",
            std::process::id(),
            now.day(),
            now.year(),
            now.hour(),
            now.minute(),
            now.second(),
            now.millisecond(),
        );
        event.record(&mut Message(&mut line));
        line.push('\n');
        // There is nobody left to tell when the log itself cannot be written.
        let _ = match &mut *self.file.lock() {
            Some(file) => file.write_all(line.as_bytes()),
            None => io::stdout().lock().write_all(line.as_bytes()),
        };
    }

    fn new_span(&self, _: &span::Attributes<'_>) -> span::Id {
        span::Id::from_u64(1)
    }
    fn record(&self, _: &span::Id, _: &span::Record<'_>) {}
    fn record_follows_from(&self, _: &span::Id, _: &span::Id) {}
    fn enter(&self, _: &span::Id) {}
    fn exit(&self, _: &span::Id) {}
}

/// Puts an event's message into a line, and its other fields behind it.
struct Message<'a>(&'a mut String);

impl Visit for Message<'_> {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        let _ = match field.name() {
            "message" => write!(self.0, "{value:?}"),
            name => write!(self.0, " {name}={value:?}"),
        };
    }
}
