//! From the command line to a running server, and back down.

use std::process::ExitCode;
use std::sync::Arc;

use anyhow::Context as _;
use tokio::runtime;
use tokio::signal::unix::{SignalKind, signal};

use crate::config::Config;
use crate::server::Server;
use crate::{cron, logging, network};

/// Runs the server until it is told to stop.
pub fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            tracing::error!("{error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run() -> anyhow::Result<()> {
    let args: Vec<String> = std::env::args().collect();
    let config = Config::from_args(&args);
    logging::start("")?;
    let server = Arc::new(Server::new(config)?);
    let runtime = runtime::Builder::new_multi_thread()
        .worker_threads(server.config.io_threads())
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
