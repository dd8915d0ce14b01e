//! What changed parameters ask of the running server.

use anyhow::Context as _;
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

use crate::config::Effect;
use crate::persistence::aof;
use crate::server::Server;
use crate::{client, logging, network};

/// Descriptors that are not for clients: files, listening sockets, the runtime's own.
const RESERVED_DESCRIPTORS: u64 = 32;

/// Does what a change of parameters asks for. Call it on a thread of the runtime.
///
/// # Errors
/// With a text for the client, when it cannot be done; everything is as it was then.
pub(crate) fn carry_out(server: &'static Server, effect: Effect) -> anyhow::Result<()> {
    match effect {
        Effect::Directory => {
            let path = server.config.persistence.dir.load();
            std::env::set_current_dir(&**path)
                .with_context(|| format!("Changing directory to {}", path.display()))
        }
        Effect::Bind => network::listen(server).context("Failed to bind to specified addresses."),
        Effect::Listen => {
            network::listen(server).context("Unable to listen on this port. Check server logs.")
        }
        Effect::ClientLimit => {
            let wanted = u64::from(server.config.clients.maxclients.get());
            let possible = raise_descriptor_limit(wanted);
            anyhow::ensure!(
                possible >= wanted,
                "The operating system is not able to handle the specified number of clients, try with {possible}"
            );
            Ok(())
        }
        Effect::AppendOnly if server.config.persistence.appendonly.get() => aof::turn_on(server)
            .map_err(|error| {
                tracing::warn!("Can't turn on the append-only file: {error:#}");
                anyhow::anyhow!("Unable to turn on AOF. Check server logs.")
            }),
        Effect::AppendOnly => {
            aof::turn_off(server);
            Ok(())
        }
        Effect::KillScore => server.kill_score.apply(&server.config).map_err(|error| {
            tracing::warn!("{error:#}");
            anyhow::anyhow!("Failed to set current oom_score_adj. Check server logs.")
        }),
        Effect::LogLevel => {
            logging::set_level(server.config.logging.loglevel.get());
            Ok(())
        }
        Effect::MemoryLimit => {
            lower_memory(server);
            Ok(())
        }
        Effect::ClientMemoryLimit => {
            client::enforce_limit(server);
            Ok(())
        }
        // Read anew with every batch of commands, and the encodings with every command.
        Effect::AccessClock | Effect::Encodings => Ok(()),
    }
}

/// Has memory brought below its limit when that is a new one, and says so.
fn lower_memory(server: &Server) {
    let (max, used) = (
        server.config.memory.maxmemory.get(),
        crate::allocator::used_bytes() as u64,
    );
    if max != 0 && used > max {
        tracing::warn!(
            "WARNING: the new maxmemory value set via CONFIG SET ({max}) is smaller than the current memory usage \
             ({used}). This will result in key eviction and/or the inability to accept new write commands depending \
             on the maxmemory-policy."
        );
        server.eviction.notify_one();
    }
}

/// Raises the limit of open files so that `clients` fit, as far as the system allows, and returns how many do.
pub(crate) fn raise_descriptor_limit(clients: u64) -> u64 {
    let wanted = clients + RESERVED_DESCRIPTORS;
    let limit = getrlimit(Resource::Nofile);
    let Some(current) = limit.current.filter(|current| *current < wanted) else {
        return clients;
    };
    let maximum = limit.maximum.map(|maximum| maximum.max(wanted));
    let reachable = limit.maximum.unwrap_or(wanted).min(wanted);
    // Only a privileged process may raise the upper limit; another goes as far as that.
    let raised = setrlimit(
        Resource::Nofile,
        Rlimit {
            current: Some(wanted),
            maximum,
        },
    )
    .map(|()| wanted);
    let raised = raised.or_else(|_| {
        setrlimit(
            Resource::Nofile,
            Rlimit {
                current: Some(reachable),
                maximum: limit.maximum,
            },
        )
        .map(|()| reachable)
    });
    raised
        .unwrap_or(current)
        .saturating_sub(RESERVED_DESCRIPTORS)
}
