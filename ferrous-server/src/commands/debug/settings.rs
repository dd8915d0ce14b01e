//! Switches that tests turn, and looks at the server's inner figures.

use std::io;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::thread;
use std::time::Duration;

use ferrous_engine::error::{CommandError, CommandResult};
use ferrous_engine::keyspace::ObjectEntry;
use ferrous_types::number::{parse_canonical_int, parse_f64};

use super::{Action, MANY};
use crate::allocator;
use crate::client::{ClientHandle, Session};
use crate::config::{Extent, parse_bytes};
use crate::execute::ServerCall;
use crate::server;

/// A sleep longer than this is one too long for any test.
const SLEEP_MAX_S: f64 = 3600.0 * 24.0;

pub(super) const ACTIONS: &[Action] = &[
    Action::new("aof-flush-sleep", "<microseconds>", 3..=3, log_flush_sleep)
        .help("Wait that long before every write to the append-only file."),
    Action::new("change-repl-id", "", 2..=2, change_replication_id)
        .help("Take another replication ID, as if the data set had another history."),
    Action::new("config-rewrite-force-all", "", 2..=2, rewrite_all)
        .help("Write every parameter into the configuration file, those at their default as well."),
    Action::new("log", "<message>", 3..=3, log).help("Write <message> to the server's log."),
    Action::new("mallctl", "<key>", 3..=3, mallctl).help("Return the number behind <key> in jemalloc's controls."),
    Action::new("mallctl-str", "<key>", 3..=3, mallctl_text)
        .help("Return the text behind <key> in jemalloc's controls."),
    Action::new("pause-cron", "<0|1>", 3..=3, pause_cron).help("1 stops background work, 0 lets it go on."),
    Action::new("quicklist-packed-threshold", "<size>", 3..=3, set_plain_element_bytes)
        .help("Give list elements of <size> or more a node of their own; 0 restores the default."),
    Action::new("set-active-expire", "<0|1>", 3..=3, set_active_expire)
        .help("0 leaves expired keys alone until somebody looks them up, 1 removes them in the background."),
    Action::new("set-skip-checksum-validation", "<0|1>", 3..=3, skip_checksums)
        .help("1 takes snapshots and payloads whose checksum is wrong, 0 refuses them."),
    Action::new("set-disable-deny-scripts", "<0|1>", 3..=3, set_disable_deny_scripts)
        .help("1 lets scripts call what they otherwise may not, 0 forbids it again."),
    Action::new("sleep", "<seconds>", 3..=3, sleep).help("Stop the whole server for <seconds>. Decimals allowed."),
    Action::new("structsize", "", 2..=MANY, struct_size).help("Return the sizes of some structures of the server."),
];

fn change_replication_id(call: &mut ServerCall) -> CommandResult {
    tracing::info!("Changing replication IDs after receiving change-repl-id");
    *call.server.replication_id.lock() =
        server::new_id().map_err(|error| CommandError::new(format!("ERR {error:#}")))?;
    call.reply.ok();
    Ok(())
}

fn log_flush_sleep(call: &mut ServerCall) -> CommandResult {
    let micros = parse_canonical_int(call.argv[2]).ok_or(CommandError::NOT_INTEGER)?;
    let status = &call.server.persistence.aof.status;
    status.sleep_us.store(micros.max(0) as u64, Relaxed);
    call.reply.ok();
    Ok(())
}

fn rewrite_all(call: &mut ServerCall) -> CommandResult {
    let outcome = call.server.config.rewrite(Extent::All);
    outcome.map_err(|error| CommandError::new(format!("ERR {error}")))?;
    call.reply.ok();
    Ok(())
}

fn log(call: &mut ServerCall) -> CommandResult {
    tracing::warn!("DEBUG LOG: {}", String::from_utf8_lossy(call.argv[2]));
    call.reply.ok();
    Ok(())
}

fn mallctl(call: &mut ServerCall) -> CommandResult {
    let number = allocator::control(call.argv[2]).map_err(|error| allocator_refusal(&error))?;
    call.reply.integer(number as i64);
    Ok(())
}

fn mallctl_text(call: &mut ServerCall) -> CommandResult {
    let text = allocator::control_text(call.argv[2]).map_err(|error| allocator_refusal(&error))?;
    call.reply.bulk(text.as_bytes());
    Ok(())
}

/// jemalloc answers with the numbers of C; their texts are what clients know.
fn allocator_refusal(error: &io::Error) -> CommandError {
    CommandError::fixed(match error.raw_os_error() {
        Some(libc::ENOENT) => "ERR No such file or directory",
        _ => "ERR Invalid argument",
    })
}

fn pause_cron(call: &mut ServerCall) -> CommandResult {
    turn(call, |server| &server.cron_paused)
}

fn set_plain_element_bytes(call: &mut ServerCall) -> CommandResult {
    let bytes = parse_bytes(call.argv[2]).filter(|bytes| *bytes < 1 << 32);
    let bytes = bytes.ok_or(CommandError::fixed(
        "ERR argument must be a memory value bigger than 1 and smaller than 4gb",
    ))?;
    let bytes = if bytes == 0 {
        usize::MAX
    } else {
        bytes as usize
    };
    call.server.plain_element_bytes.store(bytes, Relaxed);
    call.reply.ok();
    Ok(())
}

fn set_active_expire(call: &mut ServerCall) -> CommandResult {
    turn(call, |server| &server.active_expire)
}

fn skip_checksums(call: &mut ServerCall) -> CommandResult {
    turn(call, |server| &server.persistence.skips_checksums)
}

fn set_disable_deny_scripts(call: &mut ServerCall) -> CommandResult {
    turn(call, |server| &server.scripting.allows_all)
}

/// Sets a switch to what the argument says: `0`, or anything else that is a number.
fn turn(call: &mut ServerCall, switch: fn(&server::Server) -> &AtomicBool) -> CommandResult {
    let digits = call.argv[2];
    let on = !digits.iter().all(|digit| *digit == b'0');
    switch(call.server).store(on, Relaxed);
    call.reply.ok();
    Ok(())
}

/// Sleeps with every partition locked, so that whoever wants a key sleeps as well.
fn sleep(call: &mut ServerCall) -> CommandResult {
    let seconds = parse_f64(call.argv[2])
        .unwrap_or(0.0)
        .clamp(0.0, SLEEP_MAX_S);
    call.with_everything(|_| thread::sleep(Duration::from_secs_f64(seconds)));
    call.reply.ok();
    Ok(())
}

fn struct_size(call: &mut ServerCall) -> CommandResult {
    let sizes = format!(
        "bits:{} entry:{} client:{} session:{}",
        usize::BITS,
        size_of::<ObjectEntry>(),
        size_of::<ClientHandle>(),
        size_of::<Session>()
    );
    call.reply.simple(sizes.as_bytes());
    Ok(())
}
