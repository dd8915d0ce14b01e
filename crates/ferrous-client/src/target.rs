//! Everything needed to reach a server and be let in.

use std::net::SocketAddr;
use std::time::Duration;

use crate::{Address, TlsOptions};

/// Name and password for AUTH.
#[derive(Clone, PartialEq, Eq)]
pub struct Credentials {
    /// The ACL user; `None` means the default user, by the one-argument form of AUTH.
    pub user: Option<String>,
    /// The password.
    pub password: Vec<u8>,
}

impl std::fmt::Debug for Credentials {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("Credentials")
            .field("user", &self.user)
            .finish_non_exhaustive()
    }
}

/// Which protocol to ask for with HELLO.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Protocol {
    /// RESP2, which needs no HELLO.
    #[default]
    Resp2,
    /// RESP3, or RESP2 where the server refuses.
    PreferResp3,
    /// RESP3; a server that refuses is an error.
    Resp3,
}

/// Which family of addresses a host name may resolve to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum IpFamily {
    /// Whatever the resolver returns, in its order.
    #[default]
    Any,
    /// IPv4 only.
    V4,
    /// IPv6 only.
    V6,
}

impl IpFamily {
    /// True when an address that a name resolved to may be used.
    pub(crate) fn admits(self, address: &SocketAddr) -> bool {
        match self {
            Self::Any => true,
            Self::V4 => address.is_ipv4(),
            Self::V6 => address.is_ipv6(),
        }
    }
}

/// A server and how to talk to it.
#[derive(Clone, Debug, Default)]
pub struct Target {
    /// Where it listens.
    pub address: Address,
    /// TLS settings; `None` means plain text.
    pub tls: Option<TlsOptions>,
    /// Sent by AUTH right after connecting.
    pub credentials: Option<Credentials>,
    /// Database to select; negative numbers are sent as they are, and refused by the server.
    pub database: i64,
    /// Protocol to ask for.
    pub protocol: Protocol,
    /// Name for CLIENT SETNAME, when wanted.
    pub client_name: Option<String>,
    /// Longest time to establish the connection.
    pub connect_timeout: Option<Duration>,
    /// Longest silence while waiting for bytes; `None` waits for ever.
    pub read_timeout: Option<Duration>,
    /// Restricts name resolution.
    pub family: IpFamily,
    /// Where nodes of a cluster can be reached that announce an address from inside their own network: pairs of
    /// announced and reachable address.
    pub address_map: Vec<(Address, Address)>,
}

impl Target {
    /// The same settings for another server, by the address it announces.
    #[must_use]
    pub fn at(&self, announced: Address) -> Self {
        let reachable = self
            .address_map
            .iter()
            .find(|(inside, _)| *inside == announced);
        Self {
            address: reachable.map_or(announced, |(_, outside)| outside.clone()),
            ..self.clone()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn announced_addresses_are_translated() {
        let (inside, outside) = (Address::tcp("10.0.0.1", 6379), Address::tcp("gate", 7001));
        let target = Target {
            address_map: vec![(inside.clone(), outside.clone())],
            ..Target::default()
        };
        assert_eq!(target.at(inside).address, outside);
        let other = Address::tcp("10.0.0.2", 6379);
        assert_eq!(target.at(other.clone()).address, other);
    }
}
