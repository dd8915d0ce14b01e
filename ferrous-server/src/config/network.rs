//! Where the server listens, and with how many threads it serves.

use super::Effect;
use super::table::section;
use super::value::{BindAddresses, Flag, INT_MAX, Number, Octal, Text};

section! {
    /// Where the server listens, and with how many threads it serves.
    Network at network;

    /// Addresses to listen on; `*` is all of IPv4, `::*` all of IPv6, and a leading `-` makes an address optional.
    bind: BindAddresses = ("bind", "* -::*").many().effect(Effect::Bind);

    /// TCP port to listen on; 0 for none.
    port: Number<u16> = ("port", "6379").effect(Effect::Listen);

    /// Connections that may wait to be accepted.
    tcp_backlog: Number<i32> = ("tcp-backlog", "511").range(0, INT_MAX).immutable();

    /// Path of a Unix socket to listen on.
    unixsocket: Text = ("unixsocket", "").immutable();

    /// Group that owns the Unix socket.
    unixsocketgroup: Text = ("unixsocketgroup", "").immutable();

    /// Permissions of the Unix socket, in octal; 0 leaves them to the umask.
    unixsocketperm: Octal = ("unixsocketperm", "0").immutable();

    /// Seconds between probes of idle connections for dead peers; 0 for none.
    tcp_keepalive: Number<u32> = ("tcp-keepalive", "300").range(0, INT_MAX);

    /// Threads that serve clients, each of them all commands; one for each core unless set.
    io_threads: Number<usize> = ("io-threads", "1").computed(cores).range(1, 256).immutable();

    /// Lets threads of input and output run without load.
    io_threads_always_active: Flag = ("io-threads-always-active", "no").hidden()
        .without_effect("threads that have nothing to do sleep");

    /// Lets threads of input and output parse, too.
    io_threads_do_reads: Flag = ("io-threads-do-reads", "no")
        .without_effect("every thread reads, runs and replies");

    /// Threads from which on long replies are sent without a copy.
    min_io_threads_avoid_copy_reply: Number<u32> = ("min-io-threads-avoid-copy-reply", "7")
        .range(0, INT_MAX).hidden().without_effect("replies are written once, where they are sent from");

    /// Length from which on a reply is sent without a copy.
    min_string_size_avoid_copy_reply: Number<u32> = ("min-string-size-avoid-copy-reply", "16384")
        .range(0, INT_MAX).hidden().without_effect("replies are written once, where they are sent from");

    /// The same with several threads.
    min_string_size_avoid_copy_reply_threaded: Number<u32> =
        ("min-string-size-avoid-copy-reply-threaded", "65536")
        .range(0, INT_MAX).hidden().without_effect("replies are written once, where they are sent from");

    /// Commands whose keys are fetched from memory ahead of their turn.
    prefetch_batch_max_size: Number<u32> = ("prefetch-batch-max-size", "16").range(0, 128)
        .without_effect("the batch is what arrived together");

    /// Connections accepted before clients are served again.
    max_new_connections_per_cycle: Number<u32> = ("max-new-connections-per-cycle", "10").range(1, 1000)
        .without_effect("accepting is a task of its own and holds nobody up");

    /// TLS connections accepted before clients are served again.
    max_new_tls_connections_per_cycle: Number<u32> = ("max-new-tls-connections-per-cycle", "1")
        .range(1, 1000).without_effect("accepting is a task of its own and holds nobody up");

    /// Mark that the kernel puts on the server's packets.
    socket_mark_id: Number<u32> = ("socket-mark-id", "0").immutable().planned("socket marks");

    /// Accepts connections by Multipath TCP.
    mptcp: Flag = ("mptcp", "no").immutable().planned("Multipath TCP");

    /// Addresses to listen on with RDMA.
    rdma_bind: BindAddresses = ("rdma-bind", "").many().planned("RDMA");

    /// Port to listen on with RDMA; 0 for none.
    rdma_port: Number<u16> = ("rdma-port", "0").planned("RDMA");

    /// Bytes of the receive buffer of an RDMA connection.
    rdma_rx_size: Number<u32> = ("rdma-rx-size", "1048576").range(64 << 10, 16 << 20).immutable()
        .awaits("RDMA");

    /// Completion vector of RDMA connections; -1 for any.
    rdma_completion_vector: Number<i32> = ("rdma-completion-vector", "-1").range(-1, 1024).immutable()
        .awaits("RDMA");
}

fn cores() -> Vec<u8> {
    let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    cores.min(256).to_string().into_bytes()
}
