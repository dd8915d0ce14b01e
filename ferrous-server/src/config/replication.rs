//! Replication, as a replica and as a primary.

use super::table::section;
use super::value::{Bytes, Choice, Flag, INT_MAX, LONG_MAX, Number, PrimaryCell, Text, choices};

choices! {
    /// How a replica loads what its primary sends without a file between.
    DisklessLoad {
        Disabled = "disabled",
        OnEmptyDatabase = "on-empty-db",
        SwapDatabase = "swapdb",
        FlushBeforeLoad = "flush-before-load",
    }

    /// What a command that fails on a replica leads to.
    PropagationError { Ignore = "ignore", Panic = "panic", PanicOnReplicas = "panic-on-replicas" }
}

const REPLICATION: &str = "replication";

section! {
    /// Replication, as a replica and as a primary.
    Replication at replication;

    /// Primary to replicate: host and port.
    replicaof: PrimaryCell = ("replicaof", "").alias("slaveof").many().immutable().planned(REPLICATION);

    /// Password to give to the primary.
    primaryauth: Text = ("primaryauth", "").alias("masterauth").sensitive().awaits(REPLICATION);

    /// User to be for the primary.
    primaryuser: Text = ("primaryuser", "").alias("masteruser").sensitive().awaits(REPLICATION);

    /// Address that connections to the primary come from.
    bind_source_addr: Text = ("bind-source-addr", "").awaits(REPLICATION);

    /// Replicas that must be connected for writes to be taken; 0 for any number.
    min_replicas_to_write: Number<u32> = ("min-replicas-to-write", "0").alias("min-slaves-to-write")
        .range(0, INT_MAX).planned(REPLICATION);

    /// Seconds of silence after which a replica no longer counts.
    min_replicas_max_lag: Number<u32> = ("min-replicas-max-lag", "10").alias("min-slaves-max-lag")
        .range(0, INT_MAX).awaits(REPLICATION);

    /// Bytes of the stream to replicas that are kept for those who come back.
    repl_backlog_size: Bytes = ("repl-backlog-size", "10485760").range(1, LONG_MAX).awaits(REPLICATION);

    /// Seconds without replicas after which the backlog is freed; 0 for never.
    repl_backlog_ttl: Number<u64> = ("repl-backlog-ttl", "3600").range(0, LONG_MAX).awaits(REPLICATION);

    /// Lets the kernel gather small packets to replicas.
    repl_disable_tcp_nodelay: Flag = ("repl-disable-tcp-nodelay", "no").awaits(REPLICATION);

    /// How a replica loads what its primary sends without a file between.
    repl_diskless_load: Choice<DisklessLoad> = ("repl-diskless-load", "disabled").not_while_loading()
        .awaits(REPLICATION);

    /// Sends the data set to replicas without a file between.
    repl_diskless_sync: Flag = ("repl-diskless-sync", "yes").awaits(REPLICATION);

    /// Seconds to wait for more replicas before the data set is sent.
    repl_diskless_sync_delay: Number<u32> = ("repl-diskless-sync-delay", "5").range(0, INT_MAX)
        .awaits(REPLICATION);

    /// Replicas at which the data set is sent at once; 0 to always wait.
    repl_diskless_sync_max_replicas: Number<u32> = ("repl-diskless-sync-max-replicas", "0")
        .range(0, INT_MAX).awaits(REPLICATION);

    /// Connects to the primary by Multipath TCP.
    repl_mptcp: Flag = ("repl-mptcp", "no").immutable().planned("Multipath TCP");

    /// Seconds between pings to replicas.
    repl_ping_replica_period: Number<u32> = ("repl-ping-replica-period", "10")
        .alias("repl-ping-slave-period").range(1, INT_MAX).awaits(REPLICATION);

    /// Seconds of silence after which the other side counts as gone.
    repl_timeout: Number<u32> = ("repl-timeout", "60").range(1, INT_MAX).awaits(REPLICATION);

    /// Sends the data set and the changes meanwhile over two connections.
    dual_channel_replication_enabled: Flag = ("dual-channel-replication-enabled", "no")
        .planned("replication over two connections");

    /// Address that a replica says it has.
    replica_announce_ip: Text = ("replica-announce-ip", "").alias("slave-announce-ip").awaits(REPLICATION);

    /// Port that a replica says it has; 0 for the real one.
    replica_announce_port: Number<u16> = ("replica-announce-port", "0").alias("slave-announce-port")
        .awaits(REPLICATION);

    /// Shows this replica to Sentinel.
    replica_announced: Flag = ("replica-announced", "yes").awaits(REPLICATION);

    /// Goes on replicating while the disk fails.
    replica_ignore_disk_write_errors: Flag = ("replica-ignore-disk-write-errors", "no")
        .awaits(REPLICATION);

    /// Leaves eviction to the primary.
    replica_ignore_maxmemory: Flag = ("replica-ignore-maxmemory", "yes").alias("slave-ignore-maxmemory")
        .awaits(REPLICATION);

    /// Frees the old data set in the background.
    replica_lazy_flush: Flag = ("replica-lazy-flush", "yes").alias("slave-lazy-flush")
        .awaits(REPLICATION);

    /// Rank in which Sentinel promotes replicas, lowest first; 0 for never.
    replica_priority: Number<u32> = ("replica-priority", "100").alias("slave-priority").range(0, INT_MAX)
        .awaits(REPLICATION);

    /// Refuses writes of clients while a replica.
    replica_read_only: Flag = ("replica-read-only", "yes").alias("slave-read-only").awaits(REPLICATION);

    /// Answers from old data while the primary is away.
    replica_serve_stale_data: Flag = ("replica-serve-stale-data", "yes").alias("slave-serve-stale-data")
        .awaits(REPLICATION);

    /// What a command that fails on a replica leads to.
    propagation_error_behavior: Choice<PropagationError> = ("propagation-error-behavior", "ignore")
        .awaits(REPLICATION);

    /// Takes in data from elsewhere and leaves expired keys alone.
    import_mode: Flag = ("import-mode", "no").planned("import mode");
}
