//! From the command line to a running server, and back down.

use std::io::{self, Write as _};
use std::process::ExitCode;
use std::sync::atomic::Ordering::Relaxed;
use std::time::Duration;

use anyhow::Context as _;
use tokio::runtime;
use tokio::signal::unix::{SignalKind, signal};

use crate::config::value::ShutdownMode;
use crate::config::{Arguments, Config, Sources};
use crate::persistence::last_words::{self, LastSave};
use crate::persistence::load;
use crate::process::PidFile;
use crate::server::Server;
use crate::{allocator, cron, effects, logging, network, process};

/// How often it is looked whether background work is no longer paused.
const PAUSED_CRON_PERIOD: Duration = Duration::from_millis(10);

/// Runs the server until it is told to stop.
pub fn main() -> ExitCode {
    let mut arguments = std::env::args_os();
    let program = arguments.next().unwrap_or_default();
    match Arguments::parse(&program.to_string_lossy(), arguments) {
        Arguments::Serve(sources) => start(&sources),
        Arguments::Print(text) => {
            // There is nobody to tell when the text itself cannot be written.
            let _ = io::stdout().write_all(text.as_bytes());
            ExitCode::SUCCESS
        }
        Arguments::Refuse(text) => {
            let _ = io::stderr().write_all(text.as_bytes());
            ExitCode::FAILURE
        }
    }
}

fn start(sources: &Sources) -> ExitCode {
    let config = match Config::load(sources, &mut io::stdin()) {
        Ok(config) => config,
        Err(error) => {
            // The log is not open yet, and where it is to be is part of what could not be read.
            let _ = writeln!(io::stderr(), "{error}");
            return ExitCode::FAILURE;
        }
    };
    match run(config) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            tracing::error!("{error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(config: Config) -> anyhow::Result<()> {
    if config.process.daemonize.get() {
        process::daemonize()?;
    }
    logging::start(&config.logging.logfile.to_string_lossy())?;
    logging::set_level(config.logging.loglevel.get());
    greet(&config);
    fit_client_limit(&config);
    let pid_file = pid_file(&config);
    // The server lives as long as the process: whoever serves a client may keep it without counting references.
    let server: &'static Server = Box::leak(Box::new(Server::new(config)?));
    if let Err(error) = server.kill_score.apply(&server.config) {
        tracing::warn!("{error:#}");
    }
    let runtime = runtime::Builder::new_multi_thread()
        .worker_threads(server.config.network.io_threads.get())
        .thread_name("ferrous-worker")
        .enable_all()
        .build()
        .context("starting the worker threads")?;
    if server.config.network.io_threads.get() > 1 {
        server.lookout.start(runtime.handle().clone())?;
    }
    let outcome = runtime.block_on(serve(server));
    runtime.shutdown_background();
    drop(pid_file);
    outcome
}

/// Says who is starting.
fn greet(config: &Config) {
    let version = env!("CARGO_PKG_VERSION");
    let bits = usize::BITS;
    tracing::info!("oO0OoO0OoO0Oo Ferrous is starting oO0OoO0OoO0Oo");
    tracing::info!(
        "Ferrous version={version}, bits={bits}, pid={}, just started",
        std::process::id()
    );
    if let Some(path) = config.file() {
        tracing::info!("Configuration loaded from {}", path.display());
    } else {
        tracing::warn!(
            "Warning: no config file specified, using the default config. In order to specify a config file use \
             ferrous-server /path/to/ferrous.conf"
        );
    }
}

/// Makes room for as many open files as there may be clients, or allows fewer clients.
fn fit_client_limit(config: &Config) {
    let wanted = u64::from(config.clients.maxclients.get());
    let possible = effects::raise_descriptor_limit(wanted);
    if possible < wanted {
        tracing::warn!(
            "The limit of open files allows {possible} clients, not the {wanted} of maxclients"
        );
        config.clients.maxclients.lower(possible.max(1) as u32);
    }
}

/// Writes the process's number where the configuration says; a daemon has a place for it by default.
fn pid_file(config: &Config) -> Option<PidFile> {
    const DEFAULT: &str = "/var/run/ferrous.pid";
    match &*config.process.pidfile.to_string_lossy() {
        "" if config.process.daemonize.get() => PidFile::write(DEFAULT),
        "" => None,
        path => PidFile::write(path),
    }
}

async fn serve(server: &'static Server) -> anyhow::Result<()> {
    server.persistence.loading.begin(0);
    network::listen(server)?;
    cron::start(server);
    let startup_bytes = allocator::used_bytes() as u64;
    server.stats.startup_memory.store(startup_bytes, Relaxed);
    tracing::info!("Server initialized, PID: {}", std::process::id());
    let mut terminate = signal(SignalKind::terminate()).context("listening for SIGTERM")?;
    let mut interrupt = signal(SignalKind::interrupt()).context("listening for SIGINT")?;
    // A file that may not grow is to be an error of the write, like a full disk, and not the end of the process.
    let _oversize = signal(SignalKind::from_raw(libc::SIGXFSZ)).context("listening for SIGXFSZ")?;
    let loading = tokio::task::spawn_blocking(move || load::at_start(server));
    tokio::select! {
        loaded = loading => loaded.context("loading the data set")??,
        _ = terminate.recv() => return Ok(()),
        _ = interrupt.recv() => return Ok(()),
        () = server.shutdown.notified() => return Ok(()),
    }
    if server.config.network.port.get() != 0 {
        tracing::info!("Ready to accept connections tcp");
    }
    let path = server.config.network.unixsocket.to_string_lossy();
    if !path.is_empty() {
        tracing::info!("Ready to accept connections unix");
    }
    loop {
        let wishes = tokio::select! {
            _ = terminate.recv() => {
                tracing::info!("Received SIGTERM scheduling shutdown...");
                &server.config.process.shutdown_on_sigterm
            }
            _ = interrupt.recv() => {
                tracing::info!("Received SIGINT scheduling shutdown...");
                &server.config.process.shutdown_on_sigint
            }
            () = server.shutdown.notified() => break,
        };
        let save = match (
            wishes.contains(ShutdownMode::Save),
            wishes.contains(ShutdownMode::NoSave),
        ) {
            (true, _) => LastSave::Always,
            (_, true) => LastSave::Never,
            _ => LastSave::WithSavePoints,
        };
        let force = wishes.contains(ShutdownMode::Force);
        last_words::schedule(server);
        while server.cron_paused.load(Relaxed) && last_words::is_scheduled(server) {
            tokio::time::sleep(PAUSED_CRON_PERIOD).await;
        }
        if !last_words::is_scheduled(server) {
            continue;
        }
        let prepared =
            tokio::task::spawn_blocking(move || last_words::prepare(server, save, force));
        let ready = tokio::select! {
            ready = prepared => ready.unwrap_or(true),
            _ = interrupt.recv() => last_words::insist(),
        };
        if ready {
            break;
        }
        tracing::warn!(
            "Errors trying to shut down the server, check the logs for more information"
        );
    }
    server.listeners.lock().close();
    if !path.is_empty() {
        tracing::info!("Removing the unix socket file.");
        // Somebody may have removed it already.
        let _ = std::fs::remove_file(&*path);
    }
    tracing::warn!("Ferrous is now ready to exit, bye bye...");
    Ok(())
}
