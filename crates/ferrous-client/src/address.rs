//! Where a server listens.

use std::fmt;
use std::path::PathBuf;

/// The place a connection goes to.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Address {
    /// A host name or IP address (without brackets) and a port.
    Tcp {
        /// Name or address, resolved anew at each connect.
        host: String,
        /// TCP port.
        port: u16,
    },
    /// A Unix domain socket.
    Unix(PathBuf),
}

impl Address {
    /// The address of `host` and `port` over TCP.
    pub fn tcp(host: impl Into<String>, port: u16) -> Self {
        Self::Tcp {
            host: host.into(),
            port,
        }
    }

    /// Reads `host:port`, `[v6]:port` or `v6:port`, and nothing else; a trailing `@bus-port`, as the cluster
    /// writes it, is dropped.
    pub fn parse_tcp(text: &str) -> Option<Self> {
        let text = text.split('@').next()?;
        let (host, port) = text.rsplit_once(':')?;
        let host = host
            .strip_prefix('[')
            .and_then(|rest| rest.strip_suffix(']'))
            .unwrap_or(host);
        if host.is_empty() {
            return None;
        }
        Some(Self::tcp(host, port.parse().ok()?))
    }
}

impl Default for Address {
    fn default() -> Self {
        Self::tcp("127.0.0.1", 6379)
    }
}

impl fmt::Display for Address {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Tcp { host, port } => write!(out, "{host}:{port}"),
            Self::Unix(path) => write!(out, "{}", path.display()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_the_spellings_of_the_cluster() {
        assert_eq!(
            Address::parse_tcp("10.0.0.1:7000"),
            Some(Address::tcp("10.0.0.1", 7000))
        );
        assert_eq!(
            Address::parse_tcp("10.0.0.1:7000@17000"),
            Some(Address::tcp("10.0.0.1", 7000))
        );
        assert_eq!(
            Address::parse_tcp("[::1]:7000"),
            Some(Address::tcp("::1", 7000))
        );
        assert_eq!(
            Address::parse_tcp("::1:7000"),
            Some(Address::tcp("::1", 7000))
        );
        for wrong in ["", "host", ":7000", "host:", "host:x", "host:70000"] {
            assert_eq!(Address::parse_tcp(wrong), None, "{wrong}");
        }
    }
}
