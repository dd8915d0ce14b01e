//! The server as every thread shares it.

use std::sync::atomic::{AtomicBool, AtomicI64, AtomicU64, AtomicUsize, Ordering::Relaxed};
use std::time::{Instant, SystemTime, UNIX_EPOCH};

use anyhow::Context as _;
use ferrous_engine::call::DataHandler;
use ferrous_engine::command::{Flags, Registered, Registry};
use ferrous_engine::keyspace::{
    AccessClock, Changes, Circumstances, DueKeys, EventClasses, Host, Interests, Keyspace,
};
use ferrous_engine::limits::{LazyFree as LazyFreeing, Limits};
use ferrous_types::hash::Seed;
use parking_lot::Mutex;
use tokio::sync::Notify;

use crate::blocked::Blocked;
use crate::client::{Clients, Session};
use crate::commands;
use crate::config::{ClientClass, Config, RenamedCommand};
use crate::execute::Handler;
use crate::lazy_free::LazyFree;
use crate::lending::{lend, tell_of_release};
use crate::lookout::Lookout;
use crate::network::Listeners;
use crate::observe::Observers;
use crate::pause::Pause;
use crate::persistence::Persistence;
use crate::process::KillScore;
use crate::pubsub::PubSub;
use crate::scripting::Scripting;
use crate::stats::Stats;
use crate::tracking::Tracking;

/// Everything the threads of a server share.
pub(crate) struct Server {
    /// The configuration, as it stands now.
    pub(crate) config: Config,
    /// All keys.
    pub(crate) keyspace: Keyspace,
    /// Every command.
    pub(crate) registry: Registry<Handler>,
    /// The connected clients.
    pub(crate) clients: Clients,
    /// What is counted.
    pub(crate) stats: Stats,
    /// Those who watch what the server does.
    pub(crate) observers: Observers,
    /// The data set on disk.
    pub(crate) persistence: Persistence,
    /// The clients that wait.
    pub(crate) blocked: Blocked,
    /// Whether clients are paused.
    pub(crate) pause: Pause,
    /// Who listens to which channel.
    pub(crate) pubsub: PubSub,
    /// Who is told when keys change.
    pub(crate) tracking: Tracking,
    /// Reads the time-stamp counter.
    pub(crate) ticks: quanta::Clock,
    /// When the server started.
    pub(crate) started: Instant,
    /// 40 hexadecimal digits that differ with every start.
    pub(crate) run_id: String,
    /// 40 hexadecimal digits that name the history of this data set among replicas.
    pub(crate) replication_id: Mutex<String>,
    /// Expired keys are removed in the background (`DEBUG SET-ACTIVE-EXPIRE`).
    pub(crate) active_expire: AtomicBool,
    /// The list elements that get a node of their own, in bytes, as `DEBUG QUICKLIST-PACKED-THRESHOLD` set it.
    pub(crate) plain_element_bytes: AtomicUsize,
    /// Nothing is done in the background (`DEBUG PAUSE-CRON`).
    pub(crate) cron_paused: AtomicBool,
    /// How willing the kernel is to kill the process.
    pub(crate) kill_score: KillScore,
    /// When the log was last told that a browser sent something, in ms since the epoch.
    pub(crate) warned_of_browser_ms: AtomicI64,
    /// Has keys removed in the background until memory is below its limit.
    pub(crate) eviction: Notify,
    /// Scripts and functions.
    pub(crate) scripting: Scripting,
    /// Frees in the background.
    pub(crate) lazy_free: LazyFree,
    /// Looks after workers that are long at work.
    pub(crate) lookout: Lookout,
    /// Tells the main thread to end the process.
    pub(crate) shutdown: Notify,
    /// The sockets it listens on.
    pub(crate) listeners: Mutex<Listeners>,
    seeds: AtomicU64,
}

impl Server {
    /// A server with an empty keyspace.
    pub(crate) fn new(config: Config) -> anyhow::Result<Self> {
        let seed = Seed::random().context("reading randomness from the operating system")?;
        let seeds = Seed::random().context("reading randomness from the operating system")?;
        let now_ms = now_ms();
        let partitions = Keyspace::partitions_for(config.network.io_threads.get());
        let keyspace = Keyspace::new(partitions, config.process.databases.get(), seed, now_ms);
        keyspace.lend_threads(lend);
        keyspace.tell_of_release(tell_of_release);
        let mut registry = Registry::new();
        registry.add(ferrous_engine::commands::ALL, |handler| match handler {
            DataHandler::Help => Handler::Server(commands::help),
            handler => Handler::Data(handler),
        });
        registry.add(commands::ALL, Handler::Server);
        rename_commands(&mut registry, &config.renamed)?;
        Ok(Self {
            keyspace,
            registry,
            clients: Clients::default(),
            stats: Stats::default(),
            observers: Observers::default(),
            persistence: Persistence::default(),
            blocked: Blocked::default(),
            pause: Pause::default(),
            pubsub: PubSub::default(),
            tracking: Tracking::default(),
            ticks: quanta::Clock::new(),
            started: Instant::now(),
            run_id: hex_id(&seeds),
            replication_id: Mutex::new(new_id()?),
            active_expire: AtomicBool::new(true),
            plain_element_bytes: AtomicUsize::new(usize::MAX),
            cron_paused: AtomicBool::new(false),
            kill_score: KillScore::default(),
            warned_of_browser_ms: AtomicI64::new(0),
            scripting: Scripting::default(),
            lookout: Lookout::default(),
            lazy_free: LazyFree::start().context("starting the thread that frees")?,
            eviction: Notify::new(),
            shutdown: Notify::new(),
            listeners: Mutex::default(),
            seeds: AtomicU64::new(seeds.hash(b"workers")),
            config,
        })
    }

    /// A seed that no other thread has.
    pub(crate) fn fresh_seed(&self) -> u64 {
        self.seeds.fetch_add(0x9e37_79b9_7f4a_7c15, Relaxed)
    }

    /// The clocks, read now.
    pub(crate) fn circumstances(&self, no_touch: bool) -> Circumstances {
        let now_ms = now_ms();
        let access = match self.config.memory.lfu() {
            None => AccessClock::lru(now_ms),
            Some((log_factor, decay_minutes)) => {
                AccessClock::lfu(now_ms, log_factor, decay_minutes)
            }
        };
        Circumstances {
            now_ms,
            access,
            no_touch,
            due_keys: if self.pause.is_on(now_ms) {
                DueKeys::Hidden
            } else {
                DueKeys::Removed
            },
            in_script: false,
        }
    }

    /// The limits that data commands obey.
    pub(crate) fn limits(&self) -> Limits {
        let memory = &self.config.memory;
        let mut limits = self.config.encodings.limits();
        limits.list.plain_bytes = self.plain_element_bytes.load(Relaxed);
        limits.string_bytes_max = self.config.clients.proto_max_bulk_len.get() as usize;
        limits.lazy_free = LazyFreeing {
            deleted: memory.lazyfree_lazy_user_del.get(),
            overwritten: memory.lazyfree_lazy_server_del.get(),
            expired: memory.lazyfree_lazy_expire.get(),
            flushed: memory.lazyfree_lazy_user_flush.get(),
        };
        limits.payload = self.config.persistence.payload_rules();
        limits.payload.checksum = !self.persistence.skips_checksums.load(Relaxed);
        let owed = self
            .config
            .clients
            .client_output_buffer_limit
            .of(ClientClass::Normal);
        if owed.hard_bytes > 0 {
            limits.reply_bytes_max = owed.hard_bytes as usize;
        }
        limits
    }

    /// Forgets what a client asked to be sent: channels, keys that change, commands of others.
    pub(crate) fn forget(&self, session: &mut Session) {
        let client = &session.handle;
        session.subscriptions.clear(&self.pubsub, client);
        self.tracking.end(client);
        self.observers.monitors.remove(client);
    }
}

impl Host for Server {
    fn commit(&self, changes: &mut Changes) {
        if !changes.effects.is_empty() {
            changes.logged = self.persistence.log.append(&changes.effects);
        }
        changes.effects.clear();
        let clients = &self.config.clients;
        let wanted = clients.notify_keyspace_events.get();
        for event in changes.events.drain(..) {
            self.pubsub
                .announce(&event, wanted, &clients.client_output_buffer_limit);
        }
        if !changes.modified.is_empty() {
            self.tracking.invalidate(self, changes);
            changes.modified.clear();
            changes.told = 0;
        }
        if std::mem::take(&mut changes.flushed) {
            self.tracking.invalidate_all(self);
        }
    }

    fn interests(&self) -> Interests {
        let events = if self.pubsub.is_idle() {
            EventClasses::default()
        } else {
            self.config.clients.notify_keyspace_events.get()
        };
        Interests {
            events,
            modified: self.tracking.is_on(),
            // What is loaded is on disk already.
            effects: self.persistence.log.is_wanted() && !self.persistence.loading.is_on(),
        }
    }
}

/// Gives commands the names that the configuration has for them.
fn rename_commands(
    registry: &mut Registry<Handler>,
    renamed: &[RenamedCommand],
) -> anyhow::Result<()> {
    for RenamedCommand { command, name } in renamed {
        anyhow::ensure!(
            name.is_empty() || registry.find(name.as_bytes()).is_none(),
            "rename-command '{name}': Target command name already exists"
        );
        anyhow::ensure!(
            registry.rename(command, name),
            "rename-command '{}': No such command in rename-command",
            String::from_utf8_lossy(command)
        );
    }
    Ok(())
}

/// Deals with a panic that was caught while `command` ran. What a writer left behind may be inconsistent, so the
/// process ends rather than serve it.
#[cold]
pub(crate) fn after_panic(command: &Registered<Handler>) {
    tracing::error!(
        "panic while running '{}'; this is a bug in Ferrous, please report it",
        command.full_name
    );
    if command.description.flags.contains(Flags::WRITE) {
        tracing::error!("the command may have left its keys half changed: stopping");
        std::process::abort();
    }
}

/// Milliseconds since the epoch.
pub(crate) fn now_ms() -> i64 {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .map_or(0, |elapsed| elapsed.as_millis() as i64)
}

/// 40 random hexadecimal digits.
///
/// # Errors
/// When the operating system gives no randomness.
pub(crate) fn new_id() -> anyhow::Result<String> {
    let seed = Seed::random().context("reading randomness from the operating system")?;
    Ok(hex_id(&seed))
}

fn hex_id(seed: &Seed) -> String {
    let [a, b, c] = [0_u8, 1, 2].map(|word| seed.hash(&[word]));
    format!("{a:016x}{b:016x}{:08x}", c as u32)
}
