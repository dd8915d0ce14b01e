//! Cluster mode.

use super::table::section;
use super::value::{
    Bytes, BytesOrUnlimited, Choice, Flag, INT_MAX, LONG_MAX, Number, Text, choices,
};

choices! {
    /// What of a node clients are told first.
    EndpointType { Ip = "ip", Hostname = "hostname", Unknown = "unknown-endpoint" }

    /// What happens when a change of the cluster cannot be written to disk.
    ConfigSave { Sync = "sync", BestEffort = "best-effort" }
}

const CLUSTER: &str = "cluster mode";
const HOSTNAME_MAX: usize = 256;

section! {
    /// Cluster mode.
    Cluster at cluster;

    /// Makes this server a node of a cluster.
    cluster_enabled: Flag = ("cluster-enabled", "no").immutable().planned(CLUSTER);

    /// File in which a node keeps what it knows of the cluster.
    cluster_config_file: Text = ("cluster-config-file", "nodes.conf").immutable().awaits(CLUSTER);

    /// What happens when that file cannot be written.
    cluster_config_save_behavior: Choice<ConfigSave> = ("cluster-config-save-behavior", "sync")
        .awaits(CLUSTER);

    /// Databases of a node.
    cluster_databases: Number<u32> = ("cluster-databases", "1").range(1, INT_MAX).immutable()
        .awaits(CLUSTER);

    /// Port for other nodes; 0 for the client port and 10000.
    cluster_port: Number<u16> = ("cluster-port", "0").immutable().awaits(CLUSTER);

    /// Milliseconds of silence after which a node may be down.
    cluster_node_timeout: Number<u64> = ("cluster-node-timeout", "15000").range(0, LONG_MAX)
        .awaits(CLUSTER);

    /// Milliseconds between pings of nodes.
    cluster_ping_interval: Number<u64> = ("cluster-ping-interval", "0").range(0, LONG_MAX).hidden()
        .awaits(CLUSTER);

    /// Nodes that one message tells about, in percent.
    cluster_message_gossip_perc: Number<u32> = ("cluster-message-gossip-perc", "10").range(1, 100)
        .hidden().awaits(CLUSTER);

    /// Seconds for which a forgotten node is not met again.
    cluster_blacklist_ttl: Number<u64> = ("cluster-blacklist-ttl", "60").awaits(CLUSTER);

    /// Answers only while every slot is served.
    cluster_require_full_coverage: Flag = ("cluster-require-full-coverage", "yes").awaits(CLUSTER);

    /// Answers reads while the cluster is down.
    cluster_allow_reads_when_down: Flag = ("cluster-allow-reads-when-down", "no").awaits(CLUSTER);

    /// Serves sharded channels while the cluster is down.
    cluster_allow_pubsubshard_when_down: Flag = ("cluster-allow-pubsubshard-when-down", "yes")
        .awaits(CLUSTER);

    /// Lets replicas move to primaries that have none.
    cluster_allow_replica_migration: Flag = ("cluster-allow-replica-migration", "yes").awaits(CLUSTER);

    /// Replicas that a primary keeps when one moves away.
    cluster_migration_barrier: Number<u32> = ("cluster-migration-barrier", "1").range(0, INT_MAX)
        .awaits(CLUSTER);

    /// Never takes the primary's place by itself.
    cluster_replica_no_failover: Flag = ("cluster-replica-no-failover", "no")
        .alias("cluster-slave-no-failover").awaits(CLUSTER);

    /// How old a replica's data may be for it to take the primary's place; 0 for any age.
    cluster_replica_validity_factor: Number<u32> = ("cluster-replica-validity-factor", "10")
        .alias("cluster-slave-validity-factor").range(0, INT_MAX).awaits(CLUSTER);

    /// Milliseconds that a failover on request may take.
    cluster_manual_failover_timeout: Number<u32> = ("cluster-manual-failover-timeout", "5000")
        .range(1, INT_MAX).awaits(CLUSTER);

    /// Memory that waiting messages to one node may take; 0 for any.
    cluster_link_sendbuf_limit: Bytes = ("cluster-link-sendbuf-limit", "0").range(0, u64::MAX as i128)
        .awaits(CLUSTER);

    /// What of a node clients are told first.
    cluster_preferred_endpoint_type: Choice<EndpointType> = ("cluster-preferred-endpoint-type", "ip")
        .awaits(CLUSTER);

    /// Address that a node says it has.
    cluster_announce_ip: Text = ("cluster-announce-ip", "").awaits(CLUSTER);

    /// Port that a node says it has; 0 for the real one.
    cluster_announce_port: Number<u16> = ("cluster-announce-port", "0").awaits(CLUSTER);

    /// TLS port that a node says it has; 0 for the real one.
    cluster_announce_tls_port: Number<u16> = ("cluster-announce-tls-port", "0").awaits(CLUSTER);

    /// Port for other nodes that a node says it has; 0 for the real one.
    cluster_announce_bus_port: Number<u16> = ("cluster-announce-bus-port", "0").awaits(CLUSTER);

    /// IPv4 address that clients are told.
    cluster_announce_client_ipv4: Text = ("cluster-announce-client-ipv4", "").check(ipv4).awaits(CLUSTER);

    /// IPv6 address that clients are told.
    cluster_announce_client_ipv6: Text = ("cluster-announce-client-ipv6", "").check(ipv6).awaits(CLUSTER);

    /// Port that clients are told; 0 for the real one.
    cluster_announce_client_port: Number<u16> = ("cluster-announce-client-port", "0").awaits(CLUSTER);

    /// TLS port that clients are told; 0 for the real one.
    cluster_announce_client_tls_port: Number<u16> = ("cluster-announce-client-tls-port", "0")
        .awaits(CLUSTER);

    /// Host name that a node says it has.
    cluster_announce_hostname: Text = ("cluster-announce-hostname", "").check(hostname).awaits(CLUSTER);

    /// Name of a node for people.
    cluster_announce_human_nodename: Text = ("cluster-announce-human-nodename", "").check(node_name)
        .awaits(CLUSTER);

    /// Counts the keys, the traffic and the processor time of every slot.
    cluster_slot_stats_enabled: Flag = ("cluster-slot-stats-enabled", "no").awaits(CLUSTER);

    /// Migrations of slots that are remembered.
    cluster_slot_migration_log_max_len: Number<u64> = ("cluster-slot-migration-log-max-len", "1000")
        .range(0, LONG_MAX).awaits(CLUSTER);

    /// Unsent changes at which a migrating slot is handed over; -1 for any.
    slot_migration_max_failover_repl_bytes: BytesOrUnlimited =
        ("slot-migration-max-failover-repl-bytes", "0").awaits(CLUSTER);
}

fn ipv4(text: &[u8]) -> Result<(), &'static str> {
    address::<std::net::Ipv4Addr>(text).ok_or("Invalid IPv4 address")
}

fn ipv6(text: &[u8]) -> Result<(), &'static str> {
    address::<std::net::Ipv6Addr>(text).ok_or("Invalid IPv6 address")
}

fn address<A: std::str::FromStr>(text: &[u8]) -> Option<()> {
    let is_address = std::str::from_utf8(text).is_ok_and(|text| text.parse::<A>().is_ok());
    (text.is_empty() || is_address).then_some(())
}

fn hostname(text: &[u8]) -> Result<(), &'static str> {
    if text.len() >= HOSTNAME_MAX {
        return Err("Hostnames must be less than 256 characters");
    }
    if text
        .iter()
        .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.'))
    {
        return Ok(());
    }
    Err("Hostnames may only contain alphanumeric characters, hyphens or dots")
}

fn node_name(text: &[u8]) -> Result<(), &'static str> {
    // The list of nodes is a line each, with blanks, commas and other marks between its parts.
    let is_safe =
        |byte: &u8| byte.is_ascii_graphic() && !b"!#$%&()*+:;<>?@[]{|}~\"'/\\^`=,".contains(byte);
    if text.iter().all(is_safe) {
        Ok(())
    } else {
        Err("Announced human node name contained invalid character")
    }
}
