//! A whole cluster as one server: commands go to the node that serves their key.

mod node;
mod slots;

use std::collections::HashMap;

use crate::{Address, ClientError, Connection, Redirect, SLOTS, Target, Value, key_slot};
pub use node::NodeLine;
pub use slots::Slots;

/// Redirections of one command that are followed; more means that the nodes disagree.
const REDIRECTIONS_MAX: usize = 16;

/// Connections to the nodes of a cluster, made when they are first needed.
#[derive(Debug)]
pub struct Cluster {
    target: Target,
    connections: HashMap<Address, Connection>,
    /// The node of each slot, as far as it is known.
    owners: Vec<Option<Address>>,
    nodes: Vec<Member>,
}

/// A node of the cluster.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Member {
    /// Its ID.
    pub id: String,
    /// What it announces; [`Target::at`] knows where that can be reached.
    pub address: Address,
    /// It follows a primary.
    pub is_replica: bool,
    /// The others have given it up, or do not know where it is.
    pub is_down: bool,
}

impl Cluster {
    /// Connects to the node at `target` and learns the others from it.
    pub fn connect(target: &Target) -> Result<Self, ClientError> {
        let mut cluster = Self {
            target: target.clone(),
            connections: HashMap::new(),
            owners: Vec::new(),
            nodes: Vec::new(),
        };
        let connection = Connection::connect(target)?;
        cluster
            .connections
            .insert(target.address.clone(), connection);
        cluster.refresh()?;
        Ok(cluster)
    }

    /// Asks the entry node anew who serves what.
    pub fn refresh(&mut self) -> Result<(), ClientError> {
        let entry = self.target.address.clone();
        let reply = self.on(&entry)?.run(["CLUSTER", "NODES"])?;
        let (Value::Bulk(text) | Value::Verbatim { text, .. }) = &reply else {
            return Err(not_understood(reply));
        };
        let Ok(lines) = NodeLine::parse_all(&String::from_utf8_lossy(text)) else {
            return Err(not_understood(reply));
        };
        self.owners = vec![None; usize::from(SLOTS)];
        self.nodes.clear();
        for line in lines {
            // A node that has not been told its own address announces none: it is the one that was asked.
            let address = match Address::parse_tcp(&line.address) {
                Some(address) => address,
                None if line.has_flag("myself") => entry.clone(),
                None => continue,
            };
            for &slot in &line.slots.0 {
                self.owners[usize::from(slot)] = Some(address.clone());
            }
            self.nodes.push(Member {
                is_replica: line.has_flag("slave"),
                is_down: ["fail", "noaddr", "handshake"]
                    .iter()
                    .any(|flag| line.has_flag(flag)),
                id: line.id,
                address,
            });
        }
        Ok(())
    }

    /// The nodes, as the entry node knows them.
    pub fn nodes(&self) -> &[Member] {
        &self.nodes
    }

    /// The node that serves a slot, as far as it is known.
    pub fn owner(&self, slot: u16) -> Option<&Address> {
        self.owners.get(usize::from(slot))?.as_ref()
    }

    /// The connection to the node that announces this address.
    pub fn on(&mut self, address: &Address) -> Result<&mut Connection, ClientError> {
        if !self.connections.contains_key(address) {
            let connection = Connection::connect(&self.target.at(address.clone()))?;
            self.connections.insert(address.clone(), connection);
        }
        let connection = self.connections.get_mut(address);
        Ok(connection.expect("a missing connection was just inserted"))
    }

    /// Sends a command to the node that serves `key` (without one, to the entry node), and again to where
    /// MOVED and ASK point.
    pub fn call<A: AsRef<[u8]>>(
        &mut self,
        key: Option<&[u8]>,
        args: &[A],
    ) -> Result<Value, ClientError> {
        let owner = key.and_then(|key| self.owner(key_slot(key))).cloned();
        let mut address = owner.unwrap_or_else(|| self.target.address.clone());
        let mut ask = false;
        for _ in 0..REDIRECTIONS_MAX {
            let reply = self.call_on(&address, args, ask)?;
            let redirect = match &reply {
                Value::Error(error) => Redirect::parse(error, &address),
                _ => None,
            };
            let Some(redirect) = redirect else {
                return Ok(reply);
            };
            if !redirect.ask {
                self.owners[usize::from(redirect.slot % SLOTS)] = Some(redirect.address.clone());
            }
            (address, ask) = (redirect.address, redirect.ask);
        }
        Err(ClientError::Reply(format!(
            "Too many redirections, the last to {address}"
        )))
    }

    fn call_on<A: AsRef<[u8]>>(
        &mut self,
        address: &Address,
        args: &[A],
        ask: bool,
    ) -> Result<Value, ClientError> {
        let connection = self.on(address)?;
        if ask {
            connection.run(["ASKING"])?;
        }
        let reply = connection.call(args);
        if reply.as_ref().is_err_and(ClientError::is_disconnect) {
            // The next command may find the node up again.
            self.connections.remove(address);
        }
        reply
    }
}

fn not_understood(reply: Value) -> ClientError {
    ClientError::Unexpected {
        command: "CLUSTER NODES".to_owned(),
        reply: Box::new(reply),
    }
}
