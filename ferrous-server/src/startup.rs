//! From the command line to a running server, and back down.

use std::io::{self, Write as _};
use std::process::ExitCode;
use std::sync::Arc;

use anyhow::Context as _;
use tokio::runtime;
use tokio::signal::unix::{SignalKind, signal};

use crate::config::{Arguments, Config, Sources};
use crate::server::Server;
use crate::{cron, logging, network};

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
    logging::start(&config.logging.logfile.to_string_lossy())?;
    logging::set_level(config.logging.loglevel.get());
    let server = Arc::new(Server::new(config)?);
    let runtime = runtime::Builder::new_multi_thread()
        .worker_threads(server.config.network.io_threads.get())
        .thread_name("ferrous-worker")
        .enable_all()
        .build()
        .context("starting the worker threads")?;
    runtime.block_on(serve(server))?;
    runtime.shutdown_background();
    Ok(())
}

async fn serve(server: Arc<Server>) -> anyhow::Result<()> {
    let listeners = network::listen(&server)?;
    cron::start(&server);
    tracing::info!("Ready to accept connections tcp");
    let mut terminate = signal(SignalKind::terminate()).context("listening for SIGTERM")?;
    let mut interrupt = signal(SignalKind::interrupt()).context("listening for SIGINT")?;
    tokio::select! {
        _ = terminate.recv() => tracing::info!("Received SIGTERM scheduling shutdown..."),
        _ = interrupt.recv() => tracing::info!("Received SIGINT scheduling shutdown..."),
        () = server.shutdown.notified() => {}
    }
    drop(listeners);
    tracing::info!("Ferrous is now ready to exit, bye bye...");
    Ok(())
}
