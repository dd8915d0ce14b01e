//! The server as a process of the operating system.

use super::Effect;
use super::table::section;
use super::value::{Choice, Flag, INT_MAX, Number, OomScores, ShutdownFlags, Text, choices};

choices! {
    /// Who supervises the process.
    Supervisor { Upstart = "upstart", Systemd = "systemd", Auto = "auto", Nobody = "no" }

    /// How the kernel's score for killing the process is set.
    OomScoreAdjust { No = "no", Yes = "yes", Relative = "relative", Absolute = "absolute" }
}

const LEFT_TO_KERNEL: &str = "the kernel places threads; taskset limits them to some cores";
const NOT_IN_TITLE: &str = "the process keeps the title it was started with";

section! {
    /// The server as a process of the operating system.
    Process at process;

    /// Number of databases.
    databases: Number<usize> = ("databases", "16").range(1, INT_MAX).immutable();

    /// Runs in the background.
    daemonize: Flag = ("daemonize", "no").immutable();

    /// File with the process's id; `/var/run/ferrous.pid` for a server in the background unless set.
    pidfile: Text = ("pidfile", "").immutable();

    /// Tells a supervisor when the server is ready.
    supervised: Choice<Supervisor> = ("supervised", "no").immutable().planned("supervision");

    /// How often background work is done, in hertz.
    hz: Number<u32> = ("hz", "10").range(0, INT_MAX)
        .without_effect("each kind of background work has a period of its own");

    /// Does background work more often with many clients.
    dynamic_hz: Flag = ("dynamic-hz", "yes")
        .without_effect("each kind of background work has a period of its own");

    /// Seconds that a shutdown waits for replicas.
    shutdown_timeout: Number<u32> = ("shutdown-timeout", "10").range(0, INT_MAX).awaits("replication");

    /// How to shut down on SIGINT.
    shutdown_on_sigint: ShutdownFlags = ("shutdown-on-sigint", "default").many();

    /// How to shut down on SIGTERM.
    shutdown_on_sigterm: ShutdownFlags = ("shutdown-on-sigterm", "default").many();

    /// Shows what the server does in the process's title.
    set_proc_title: Flag = ("set-proc-title", "yes").immutable().without_effect(NOT_IN_TITLE);

    /// Form of that title.
    proc_title_template: Text = ("proc-title-template", "{title} {listen-addr} {server-mode}")
        .check(title_template).without_effect(NOT_IN_TITLE);

    /// Whether the kernel's score for killing the process is set.
    oom_score_adj: Choice<OomScoreAdjust> = ("oom-score-adj", "no").effect(Effect::KillScore);

    /// That score for a primary, a replica and a child process; of the last there are none.
    oom_score_adj_values: OomScores = ("oom-score-adj-values", "0 200 800").many()
        .effect(Effect::KillScore);

    /// Cores for the server's threads.
    server_cpulist: Text = ("server-cpulist", "").alias("server_cpulist").immutable()
        .without_effect(LEFT_TO_KERNEL);

    /// Cores for background threads.
    bio_cpulist: Text = ("bio-cpulist", "").alias("bio_cpulist").immutable()
        .without_effect(LEFT_TO_KERNEL);

    /// Cores for the rewriting of append-only files.
    aof_rewrite_cpulist: Text = ("aof-rewrite-cpulist", "").alias("aof_rewrite_cpulist").immutable()
        .without_effect(LEFT_TO_KERNEL);

    /// Cores for snapshots.
    bgsave_cpulist: Text = ("bgsave-cpulist", "").alias("bgsave_cpulist").immutable()
        .without_effect(LEFT_TO_KERNEL);

    /// Rules of sorting text.
    locale_collate: Text = ("locale-collate", "").planned("sorting by the rules of a language");

    /// Seed of the hash that places keys, at random unless set.
    hash_seed: Text = ("hash-seed", "").immutable().planned("a fixed hash seed");

    /// Exits rather than aborts on a broken invariant, for tests.
    use_exit_on_panic: Flag = ("use-exit-on-panic", "no").hidden()
        .without_effect("a panic ends the command; the process ends only when data may be inconsistent");

    /// Checks invariants that are costly to check.
    enable_debug_assert: Flag = ("enable-debug-assert", "no").immutable().hidden()
        .without_effect("such checks are chosen when the server is built");

    /// Note that goes into the report of a crash.
    debug_context: Text = ("debug-context", "").hidden()
        .without_effect("reports name the command instead");
}

const TITLE_VARIABLES: [&str; 8] = [
    "title",
    "listen-addr",
    "server-mode",
    "port",
    "tls-port",
    "unixsocket",
    "config-file",
    "cluster-enabled",
];

/// Text with known variables in braces.
fn title_template(template: &[u8]) -> Result<(), &'static str> {
    let is_valid = std::str::from_utf8(template).is_ok_and(|template| {
        let mut parts = template.split('{');
        !template.trim().is_empty()
            && parts.next().is_some()
            && parts.all(|part| {
                part.split_once('}')
                    .is_some_and(|(name, _)| TITLE_VARIABLES.contains(&name))
            })
    });
    if is_valid {
        Ok(())
    } else {
        Err("template format is invalid or contains unknown variables")
    }
}
