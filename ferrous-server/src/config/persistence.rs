//! How the data set is kept on disk.

use ferrous_engine::codec::PayloadRules;
use ferrous_persist::rdb::{Validation, Version};

use super::Effect;
use super::table::section;
use super::value::{
    Bytes, Choice, Directory, Flag, INT_MAX, INT_MIN, Number, SavePoints, Text, choices,
};

choices! {
    /// The format of a snapshot.
    RdbFormat {
        Auto = "auto", Redis5 = "9", Redis70 = "10", Redis72 = "11", Redis74 = "12", Valkey9 = "80",
    }

    /// When the append-only file is flushed to disk.
    FsyncPolicy { EverySecond = "everysec", Always = "always", Never = "no" }

    /// How a file of a newer format is met.
    RdbVersionCheck { Strict = "strict", Relaxed = "relaxed" }

    /// The format that payloads of `DUMP` are in, by the first servers that read it: Redis 5, 7.0, 7.2, 7.4, Valkey 9.
    DumpVersion { Redis72 = "11", Redis5 = "9", Redis70 = "10", Redis74 = "12", Valkey9 = "80" }

    /// Whose payloads are checked in full.
    Sanitize { Nobody = "no", Everybody = "yes", Clients = "clients" }
}

const REPLICATION: &str = "replication";
const NO_INCREMENTAL: &str = "files are flushed as they are written";

section! {
    /// How the data set is kept on disk.
    Persistence at persistence;

    /// Working directory, which all files are relative to; the one the server is started in unless set.
    dir: Directory = ("dir", "").computed(working_directory).protected().not_while_loading()
        .always_written().effect(Effect::Directory);

    /// When to take a snapshot: pairs of the seconds passed and the changes made since the last one.
    save: SavePoints = ("save", "3600 1 300 100 60 10000").many();

    /// File of the snapshot.
    dbfilename: Text = ("dbfilename", "dump.rdb").protected().check(snapshot_name);

    /// Compresses strings in snapshots.
    rdbcompression: Flag = ("rdbcompression", "yes");

    /// Ends a snapshot with a checksum, and verifies it.
    rdbchecksum: Flag = ("rdbchecksum", "yes").immutable();

    /// Format of snapshots: an RDB version, which refuses what it has no place for, or `auto`: version 11, which Redis 7.2
    /// and Valkey 8 read, unless there are hash fields that expire, which take version 80.
    rdb_version: Choice<RdbFormat> = ("rdb-version", "auto");

    /// Flushes a snapshot to disk while it is written.
    rdb_save_incremental_fsync: Flag = ("rdb-save-incremental-fsync", "yes")
        .without_effect(NO_INCREMENTAL);

    /// Removes snapshots that only replication needed.
    rdb_del_sync_files: Flag = ("rdb-del-sync-files", "no").awaits(REPLICATION);

    /// Whether a snapshot of an unknown version is refused.
    rdb_version_check: Choice<RdbVersionCheck> = ("rdb-version-check", "strict");

    /// RDB version of what DUMP returns. A version 10 payload can be restored by Redis 7.0, a version 11 one by Redis 7.2,
    /// Valkey 7.2 and all later ones; fields that expire take version 80 if a lower one than 12 is asked for.
    dump_rdb_version: Choice<DumpVersion> = ("dump-rdb-version", "11");

    /// Whether RESTORE also checks what no command relies on, such as the order of members.
    sanitize_dump_payload: Choice<Sanitize> = ("sanitize-dump-payload", "no");

    /// Refuses writes while snapshots fail.
    stop_writes_on_bgsave_error: Flag = ("stop-writes-on-bgsave-error", "yes");

    /// Microseconds to wait after each key that is saved, for tests.
    rdb_key_save_delay: Number<i32> = ("rdb-key-save-delay", "0").range(INT_MIN, INT_MAX).hidden()
        ;

    /// Microseconds to wait after each key that is loaded, for tests.
    key_load_delay: Number<i32> = ("key-load-delay", "0").range(INT_MIN, INT_MAX).hidden()
        ;

    /// Bytes loaded before clients are served again.
    loading_process_events_interval_bytes: Number<u32> = ("loading-process-events-interval-bytes", "2097152")
        .range(1024, INT_MAX).hidden().without_effect("loading is a task of its own and holds nobody up");

    /// Logs every write to an append-only file.
    appendonly: Flag = ("appendonly", "no").not_while_loading().effect(Effect::AppendOnly);

    /// Directory of the append-only files.
    appenddirname: Text = ("appenddirname", "appendonlydir").immutable().check(append_directory_name);

    /// Name that those of the append-only files begin with.
    appendfilename: Text = ("appendfilename", "appendonly.aof").immutable().check(append_name);

    /// When the append-only file is flushed to disk.
    appendfsync: Choice<FsyncPolicy> = ("appendfsync", "everysec");

    /// Leaves the append-only file unflushed during a snapshot.
    no_appendfsync_on_rewrite: Flag = ("no-appendfsync-on-rewrite", "no");

    /// Growth in percent at which the append-only file is rewritten; 0 for never.
    auto_aof_rewrite_percentage: Number<u32> = ("auto-aof-rewrite-percentage", "100").range(0, INT_MAX);

    /// Size from which on the append-only file is rewritten.
    auto_aof_rewrite_min_size: Bytes = ("auto-aof-rewrite-min-size", "67108864");

    /// Starts from an append-only file whose end is missing.
    aof_load_truncated: Flag = ("aof-load-truncated", "yes");

    /// Begins a rewritten append-only file with a snapshot.
    aof_use_rdb_preamble: Flag = ("aof-use-rdb-preamble", "yes");

    /// Notes times in the append-only file.
    aof_timestamp_enabled: Flag = ("aof-timestamp-enabled", "no");

    /// Flushes a rewritten append-only file to disk while it is written.
    aof_rewrite_incremental_fsync: Flag = ("aof-rewrite-incremental-fsync", "yes")
        .without_effect(NO_INCREMENTAL);

    /// Keeps append-only files that are no longer needed.
    aof_disable_auto_gc: Flag = ("aof-disable-auto-gc", "no").hidden();
}

impl Persistence {
    /// How DUMP writes and RESTORE reads.
    pub fn payload_rules(&self) -> PayloadRules {
        PayloadRules {
            version: match self.dump_rdb_version.get() {
                DumpVersion::Redis5 => Version::REDIS_5,
                DumpVersion::Redis70 => Version::REDIS_7_0,
                DumpVersion::Redis72 => Version::REDIS_7_2,
                DumpVersion::Redis74 => Version::REDIS_7_4,
                DumpVersion::Valkey9 => Version::VALKEY_9,
            },
            compress: self.rdbcompression.get(),
            checksum: true,
            validation: match self.sanitize_dump_payload.get() {
                Sanitize::Nobody => Validation::Structure,
                // RESTORE is a client's command: those of a primary have been checked by it.
                Sanitize::Everybody | Sanitize::Clients => Validation::Full,
            },
        }
    }
}

fn working_directory() -> Vec<u8> {
    use std::os::unix::ffi::OsStringExt as _;
    std::env::current_dir().map_or_else(|_| b"/".to_vec(), |path| path.into_os_string().into_vec())
}

fn snapshot_name(name: &[u8]) -> Result<(), &'static str> {
    no_path(name, "dbfilename can't be a path, just a filename")
}

fn append_name(name: &[u8]) -> Result<(), &'static str> {
    not_empty(name, "appendfilename can't be empty")?;
    no_path(name, "appendfilename can't be a path, just a filename")
}

fn append_directory_name(name: &[u8]) -> Result<(), &'static str> {
    not_empty(name, "appenddirname can't be empty")?;
    no_path(name, "appenddirname can't be a path, just a dirname")
}

fn not_empty(name: &[u8], refusal: &'static str) -> Result<(), &'static str> {
    if name.is_empty() {
        Err(refusal)
    } else {
        Ok(())
    }
}

fn no_path(name: &[u8], refusal: &'static str) -> Result<(), &'static str> {
    if name.contains(&b'/') {
        Err(refusal)
    } else {
        Ok(())
    }
}
