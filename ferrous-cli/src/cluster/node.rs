//! One node: what is known about it, and the connection to it.

use std::collections::BTreeMap;

use anyhow::{Context, anyhow, bail};
use ferrous_client::{Address, Connection, NodeLine, Slots, Target, Value};

/// A node of a cluster.
pub(super) struct Node {
    pub(super) address: Address,
    pub(super) id: String,
    pub(super) is_replica: bool,
    pub(super) primary_id: Option<String>,
    pub(super) slots: Slots,
    /// Slots on their way out, and to which node.
    pub(super) migrating: BTreeMap<u16, String>,
    /// Slots on their way in, and from which node.
    pub(super) importing: BTreeMap<u16, String>,
    pub(super) config_epoch: u64,
    pub(super) connection: Connection,
}

impl Node {
    /// Connects to a node of a cluster and asks it about itself.
    pub(super) fn connect(target: &Target, address: Address) -> anyhow::Result<Self> {
        let mut connection = Connection::connect(&target.at(address.clone()))
            .with_context(|| format!("Could not connect to Redis at {address}"))?;
        let info = text_of(&mut connection, &["INFO"])
            .with_context(|| format!("Node {address} replied with error"))?;
        if !info.contains("cluster_enabled:1") {
            super::log::error(&format!(
                "[ERR] Node {address} is not configured as a cluster node."
            ));
            bail!("");
        }
        let lines = lines_of(&mut connection)?;
        let Some(line) = lines.into_iter().find(|line| line.has_flag("myself")) else {
            bail!("[ERR] Unable to load info for node {address}");
        };
        Ok(Self {
            address,
            is_replica: line.has_flag("slave"),
            id: line.id,
            primary_id: line.primary_id,
            slots: line.slots,
            migrating: line.migrating,
            importing: line.importing,
            config_epoch: line.config_epoch,
            connection,
        })
    }

    /// Runs a command; an error reply names the node.
    pub(super) fn run(&mut self, command: &[&str]) -> anyhow::Result<Value> {
        match self.connection.call(command)? {
            Value::Error(message) => {
                bail!(
                    "Node {} replied with error:\n{}",
                    self.address,
                    String::from_utf8_lossy(&message)
                )
            }
            reply => Ok(reply),
        }
    }

    /// The node as `--cluster check` shows it.
    pub(super) fn describe(&self, replicas: usize) -> String {
        let (letter, role) = if self.is_replica {
            ('S', "slave")
        } else {
            ('M', "master")
        };
        let mut text = format!(
            "{letter}: {} {}\n   slots:{} ({} slots) {role}\n",
            self.id,
            self.address,
            self.slots,
            self.slots.len()
        );
        if let Some(primary) = &self.primary_id {
            crate::append!(text, "   replicates {primary}\n");
        } else if replicas > 0 {
            crate::append!(text, "   {replicas} additional replica(s)\n");
        }
        text
    }

    /// The node as messages name it; with a port, as CLUSTER commands take it.
    pub(super) fn host_and_port(&self) -> (String, String) {
        match &self.address {
            Address::Tcp { host, port } => (host.clone(), port.to_string()),
            Address::Unix(path) => (path.display().to_string(), String::new()),
        }
    }

    /// Keys in the selected database, 0.
    pub(super) fn keys(&mut self) -> anyhow::Result<i64> {
        Ok(integer(&self.run(&["DBSIZE"])?))
    }
}

/// The number of an integer reply, 0 for others.
pub(super) fn integer(value: &Value) -> i64 {
    if let Value::Integer(number) = value {
        *number
    } else {
        0
    }
}

/// CLUSTER NODES, read.
pub(super) fn lines_of(connection: &mut Connection) -> anyhow::Result<Vec<NodeLine>> {
    let text = text_of(connection, &["CLUSTER", "NODES"])?;
    NodeLine::parse_all(&text).map_err(|line| anyhow!("CLUSTER NODES: not understood: {line}"))
}

fn text_of(connection: &mut Connection, command: &[&str]) -> anyhow::Result<String> {
    match connection.run(command)? {
        Value::Bulk(text) | Value::Verbatim { text, .. } => {
            Ok(String::from_utf8_lossy(&text).into_owned())
        }
        _ => bail!("unexpected reply to {}", command.join(" ")),
    }
}
