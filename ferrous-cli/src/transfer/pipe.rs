//! `--pipe`: standard input goes to the server as it is, replies are only counted.
//!
//! Writing and reading go on at the same time, since a server that cannot get rid of its replies stops reading.
//! After the last byte an ECHO with a random text follows: its reply is the last one.

use std::io::{self, IsTerminal, Read, Write};
use std::process::ExitCode;
use std::time::{Duration, Instant, SystemTime};

use anyhow::{anyhow, bail};
use ferrous_client::{ClientError, Connection, Value};
use indicatif::{ProgressBar, ProgressStyle};
use rustix::event::{PollFd, PollFlags, poll};

use crate::options::Options;
use crate::session::{Session, Source};
use crate::{print_line, talk};

/// Bytes read from standard input at a time.
const CHUNK_BYTES: usize = 256 << 10;

struct Pipe {
    connection: Connection,
    /// Bytes that the server has not taken yet start at `sent`.
    pending: Vec<u8>,
    sent: usize,
    input_ended: bool,
    mark: String,
    replies: u64,
    errors: u64,
    last_activity: Instant,
}

/// Sends standard input.
pub(crate) fn run(options: Options) -> anyhow::Result<ExitCode> {
    let timeout = (!options.pipe_timeout.is_zero()).then_some(options.pipe_timeout);
    let mut session = Session::new(options, Source::Lines);
    if session.connect_or_fail().is_err() {
        return Ok(ExitCode::FAILURE);
    }
    let connection = session.connection.ok_or_else(|| anyhow!("not connected"))?;
    connection.set_nonblocking(true)?;
    let mut pipe = Pipe {
        connection,
        pending: Vec::with_capacity(CHUNK_BYTES),
        sent: 0,
        input_ended: false,
        mark: random_mark(),
        replies: 0,
        errors: 0,
        last_activity: Instant::now(),
    };
    pipe.transfer(timeout)?;
    print_line!("errors: {}, replies: {}", pipe.errors, pipe.replies);
    Ok(if pipe.errors > 0 {
        ExitCode::FAILURE
    } else {
        ExitCode::SUCCESS
    })
}

impl Pipe {
    fn transfer(&mut self, timeout: Option<Duration>) -> anyhow::Result<()> {
        let bar = progress();
        loop {
            if self.take_replies()? {
                bar.finish_and_clear();
                print_line!("Last reply received from server.");
                return Ok(());
            }
            if self.sent == self.pending.len() && !self.input_ended {
                bar.inc(self.read_input()? as u64);
            }
            let blocked = self.send()?;
            self.wait(blocked)?;
            if let Some(timeout) = timeout
                && self.input_ended
                && self.last_activity.elapsed() > timeout
            {
                bar.finish_and_clear();
                talk!("No replies for {} seconds: exiting.", timeout.as_secs());
                self.errors += 1;
                return Ok(());
            }
        }
    }

    /// Counts the replies that have arrived; true when the last one was among them.
    fn take_replies(&mut self) -> anyhow::Result<bool> {
        loop {
            match self.connection.receive() {
                Ok(reply) => {
                    self.last_activity = Instant::now();
                    match reply {
                        Value::Error(message) => {
                            talk!("{}", String::from_utf8_lossy(&message));
                            self.errors += 1;
                        }
                        Value::Bulk(text) if self.input_ended && text == self.mark.as_bytes() => {
                            return Ok(true);
                        }
                        _ => {}
                    }
                    self.replies += 1;
                }
                Err(ClientError::Io(error)) if error.kind() == io::ErrorKind::WouldBlock => {
                    return Ok(false);
                }
                Err(error) => bail!("Error reading from the server: {error}"),
            }
        }
    }

    /// Fills the empty buffer from standard input; at its end, with the mark.
    fn read_input(&mut self) -> anyhow::Result<usize> {
        self.pending.resize(CHUNK_BYTES, 0);
        self.sent = 0;
        let read = io::stdin().lock().read(&mut self.pending);
        self.pending.truncate(*read.as_ref().unwrap_or(&0));
        let read = read.map_err(|error| anyhow!("Error reading from stdin: {error}"))?;
        if read == 0 {
            self.input_ended = true;
            self.last_activity = Instant::now();
            // The line end before it finishes a line that the input left open.
            self.pending = format!("\r\n*2\r\n$4\r\nECHO\r\n$20\r\n{}\r\n", self.mark).into_bytes();
            print_line!("All data transferred. Waiting for the last reply...");
        }
        Ok(read)
    }

    /// Sends what the server takes; true when it takes no more for now.
    fn send(&mut self) -> anyhow::Result<bool> {
        while self.sent < self.pending.len() {
            match self.connection.write(&self.pending[self.sent..]) {
                Ok(sent) => self.sent += sent,
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Ok(true),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => bail!(
                    "Error writing to the server: {}",
                    ferrous_client::os_text(&error)
                ),
            }
        }
        Ok(false)
    }

    /// Waits for the server when there is nothing else to do.
    fn wait(&mut self, blocked: bool) -> anyhow::Result<()> {
        if !blocked && !self.input_ended {
            return Ok(());
        }
        let mut events = PollFlags::IN;
        if blocked {
            events |= PollFlags::OUT;
        }
        let second = rustix::time::Timespec {
            tv_sec: 1,
            tv_nsec: 0,
        };
        match poll(&mut [PollFd::new(&self.connection, events)], Some(&second)) {
            Ok(_) | Err(rustix::io::Errno::INTR) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }
}

/// Bytes and rate on standard error, when that is a terminal and the input is not.
fn progress() -> ProgressBar {
    if io::stdin().is_terminal() || !io::stderr().is_terminal() {
        return ProgressBar::hidden();
    }
    let bar = ProgressBar::no_length();
    if let Ok(style) = ProgressStyle::with_template("{spinner} {bytes} sent, {bytes_per_sec}") {
        bar.set_style(style);
    }
    bar
}

/// Twenty letters that no reply is likely to be.
fn random_mark() -> String {
    let mut state = SystemTime::now()
        .duration_since(SystemTime::UNIX_EPOCH)
        .map_or(1, |time| time.as_nanos() as u64)
        ^ u64::from(std::process::id()) << 32;
    let mut letter = || {
        // A step of SplitMix64.
        state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (state ^ state >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        char::from(b'a' + ((mixed >> 40) % 26) as u8)
    };
    (0..20).map(|_| letter()).collect()
}
