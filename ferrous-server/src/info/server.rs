//! `# Server`: the program, the machine, the process.

use std::env::consts::{ARCH, OS};
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::time::{SystemTime, UNIX_EPOCH};

use super::{Field, Report, View};

const DAY_S: u64 = 24 * 60 * 60;
/// The LRU clock counts seconds in this many bits.
const LRU_CLOCK_BITS: u32 = 24;
/// How often background work that has no period of its own is done.
const HZ: u64 = 10;

const MONOTONIC_CLOCK: &str = if cfg!(target_arch = "x86_64") {
    "X86 TSC"
} else {
    "POSIX clock_gettime"
};
const MULTIPLEXING: &str = if cfg!(target_os = "linux") {
    "epoll"
} else {
    "kqueue"
};

pub(super) const FIELDS: &[Field] = &[
    Field("redis_version", |_| crate::REDIS_VERSION.into()),
    Field("server_name", |_| "ferrous".into()),
    Field("ferrous_version", |_| env!("CARGO_PKG_VERSION").into()),
    Field("redis_git_sha1", |_| "00000000".into()),
    Field("redis_git_dirty", |_| false.into()),
    Field("redis_build_id", |_| build_id().into()),
    Field("redis_mode", |_| "standalone".into()),
    Field("server_mode", |_| "standalone".into()),
    Field("os", |_| operating_system().into()),
    Field("arch_bits", |_| u64::from(usize::BITS).into()),
    Field("monotonic_clock", |_| MONOTONIC_CLOCK.into()),
    Field("multiplexing_api", |_| MULTIPLEXING.into()),
    // As released servers say when another compiler than GCC made them.
    Field("gcc_version", |_| "0.0.0".into()),
    Field("process_id", |_| u64::from(std::process::id()).into()),
    Field("process_supervised", |_| "no".into()),
    Field("run_id", |view| view.server.run_id.clone().into()),
    Field("tcp_port", |view| {
        u64::from(view.server.config.network.port.get()).into()
    }),
    Field("server_time_usec", |_| now_us().into()),
    Field("uptime_in_seconds", |view| uptime_s(view).into()),
    Field("uptime_in_days", |view| (uptime_s(view) / DAY_S).into()),
    Field("hz", |_| HZ.into()),
    Field("configured_hz", |_| HZ.into()),
    Field("lru_clock", |view| lru_clock(view).into()),
    Field("executable", |_| executable().into()),
    Field("config_file", |view| config_file(view).into()),
    Field("io_threads_active", |view| {
        (view.server.config.network.io_threads.get() > 1).into()
    }),
];

fn operating_system() -> String {
    let uname = rustix::system::uname();
    let parts = [uname.sysname(), uname.release(), uname.machine()];
    parts.map(|part| part.to_string_lossy()).join(" ")
}

/// Differs between builds of different releases, and for different machines.
fn build_id() -> String {
    let mut hasher = DefaultHasher::new();
    (env!("CARGO_PKG_VERSION"), ARCH, OS, cfg!(debug_assertions)).hash(&mut hasher);
    format!("{:016x}", hasher.finish())
}

fn now_us() -> u64 {
    let elapsed = SystemTime::now().duration_since(UNIX_EPOCH);
    elapsed.map_or(0, |elapsed| elapsed.as_micros() as u64)
}

fn uptime_s(view: &View<'_>) -> u64 {
    view.server.started.elapsed().as_secs()
}

fn lru_clock(view: &View<'_>) -> i64 {
    view.now_ms / 1000 % (1 << LRU_CLOCK_BITS)
}

fn executable() -> String {
    std::env::current_exe().map_or_else(|_| String::new(), |path| path.display().to_string())
}

/// The absolute path of the configuration file, or nothing.
fn config_file(view: &View<'_>) -> String {
    let file = view.server.config.file();
    file.map_or_else(String::new, |path| path.display().to_string())
}

/// One line per kind of listening socket.
pub(super) fn listeners(view: &View<'_>, report: &mut Report) {
    let network = &view.server.config.network;
    let mut kinds = Vec::new();
    if network.port.get() != 0 {
        let mut parts = vec!["name=tcp".to_owned()];
        let addresses = network.bind.load();
        parts.extend(addresses.iter().map(|address| format!("bind={address}")));
        parts.push(format!("port={}", network.port.get()));
        kinds.push(parts.join(","));
    }
    if !network.unixsocket.is_empty() {
        kinds.push(format!(
            "name=unix,bind={}",
            network.unixsocket.to_string_lossy()
        ));
    }
    for (index, kind) in kinds.iter().enumerate() {
        report.line(format_args!("listener{index}"), kind);
    }
}
