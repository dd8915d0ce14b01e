//! The end of a server, on purpose and with a report.

use std::alloc::Layout;
use std::backtrace::Backtrace;

use ferrous_engine::error::{CommandError, CommandResult};
use rustix::process::{Signal, getpid, kill_process};

use super::{Action, MANY};
use crate::execute::ServerCall;

const NO_RESTART: CommandError =
    CommandError::fixed("ERR failed to restart the server. Check server logs.");

pub(super) const ACTIONS: &[Action] = &[
    Action::new("assert", "", 2..=2, assert).help("Crash by an assertion that fails."),
    Action::new("crash-and-recover", "[<milliseconds>]", 2..=MANY, restart)
        .help("Refused: this server does not start itself."),
    Action::new("oom", "", 2..=2, out_of_memory).help("Crash as if memory had run out."),
    Action::new("panic", "", 2..=MANY, panic).help("Crash by a panic."),
    Action::new("restart", "[<milliseconds>]", 2..=MANY, restart)
        .help("Refused: this server does not start itself."),
    Action::new("segfault", "", 2..=2, segfault).help("Crash by a segmentation fault."),
];

fn assert(_: &mut ServerCall) -> CommandResult {
    report("=== ASSERTION FAILED ===\n==> 'DEBUG ASSERT' is not true");
    std::process::abort();
}

fn panic(_: &mut ServerCall) -> CommandResult {
    report("Guru Meditation: 'DEBUG PANIC' called at Unix Time!");
    std::process::abort();
}

fn segfault(_: &mut ServerCall) -> CommandResult {
    report("Ferrous crashed by signal: 11, sent by 'DEBUG SEGFAULT'");
    // It does not come back from here; should the system refuse, the process ends all the same.
    let _ = kill_process(getpid(), Signal::SEGV);
    std::process::abort();
}

fn out_of_memory(_: &mut ServerCall) -> CommandResult {
    report("Out Of Memory allocating 9223372036854775807 bytes, by 'DEBUG OOM'");
    let layout = Layout::array::<u8>(isize::MAX as usize);
    std::alloc::handle_alloc_error(layout.expect("isize::MAX bytes are the largest layout"));
}

fn restart(_: &mut ServerCall) -> CommandResult {
    tracing::warn!("DEBUG RESTART was refused: start the server by what supervises it");
    Err(NO_RESTART)
}

/// Logs what a developer wants to know of a crash.
fn report(cause: &str) {
    tracing::error!("{cause}");
    tracing::error!(
        "ferrous-server {}, backtrace:\n{}",
        env!("CARGO_PKG_VERSION"),
        Backtrace::force_capture()
    );
}
