//! How many clients there may be, and what each may take.

use super::Effect;
use super::table::section;
use super::value::{
    Bytes, BytesOrPercent, Flag, INT_MAX, KeyspaceEventsCell, LONG_MAX, Number, OutputLimits, Text,
};

section! {
    /// How many clients there may be, and what each may take.
    Clients at clients;

    /// Connections at the same time; more are turned away.
    maxclients: Number<u32> = ("maxclients", "10000").range(1, u32::MAX as i128)
        .effect(Effect::ClientLimit);

    /// Seconds after which an idle client is closed; 0 for never.
    timeout: Number<u32> = ("timeout", "0").range(0, INT_MAX);

    /// Unsent output at which a client is closed, for each class of clients: at once (hard), or when it stays that much for
    /// some seconds (soft).
    client_output_buffer_limit: OutputLimits = (
        "client-output-buffer-limit", "normal 0 0 0 slave 268435456 67108864 60 pubsub 33554432 8388608 60").many();

    /// Unprocessed input at which a client is closed.
    client_query_buffer_limit: Bytes = ("client-query-buffer-limit", "1073741824")
        .range(1 << 20, LONG_MAX);

    /// Longest string, and longest argument of a command.
    proto_max_bulk_len: Bytes = ("proto-max-bulk-len", "536870912").range(1 << 20, LONG_MAX);

    /// Memory that all clients together may take, in bytes or in percent of `maxmemory`; 0 for any.
    maxmemory_clients: BytesOrPercent = ("maxmemory-clients", "0")
        .effect(Effect::ClientMemoryLimit);

    /// Keys that the server remembers to tell caching clients about.
    tracking_table_max_keys: Number<u64> = ("tracking-table-max-keys", "1000000").range(0, LONG_MAX);

    /// Classes of keyspace events to publish, and the channels to publish them to.
    notify_keyspace_events: KeyspaceEventsCell = ("notify-keyspace-events", "");

    /// Protocol that a connection speaks before HELLO.
    client_default_resp: Number<u8> = ("client-default-resp", "2").range(2, 3).immutable().hidden()
        .planned("another first protocol");

    /// Says that it is another product where that helps an application.
    extended_redis_compatibility: Flag = ("extended-redis-compatibility", "no")
        .without_effect("replies name the compatible version in any case");

    /// Zone of the data centre that the server is in, which HELLO tells clients.
    availability_zone: Text = ("availability-zone", "").awaits("its mention in HELLO");
}
