//! Where a cluster node sends us instead of answering.

use crate::Address;

/// A MOVED or ASK error, read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Redirect {
    /// The slot of the keys.
    pub slot: u16,
    /// The node that serves it.
    pub address: Address,
    /// True for ASK: send ASKING, and only this once.
    pub ask: bool,
}

impl Redirect {
    /// Reads `MOVED slot host:port` or `ASK slot host:port`; other errors are no redirections.
    ///
    /// A node that does not know its own host name leaves it out: then `here` is kept with the new port.
    pub fn parse(error: &[u8], here: &Address) -> Option<Self> {
        let text = std::str::from_utf8(error).ok()?;
        let mut words = text.split(' ');
        let ask = match words.next()? {
            "MOVED" => false,
            "ASK" => true,
            _ => return None,
        };
        let slot = words.next()?.parse().ok()?;
        let (host, port) = words.next()?.rsplit_once(':')?;
        let port = port.parse().ok()?;
        let address = match (host, here) {
            ("", Address::Tcp { host, .. }) => Address::tcp(host, port),
            _ => Address::tcp(host, port),
        };
        Some(Self { slot, address, ask })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_both_kinds() {
        let here = Address::tcp("here", 1);
        let moved = Redirect::parse(b"MOVED 12182 10.0.0.2:7001", &here).unwrap();
        assert_eq!(
            (moved.slot, moved.address, moved.ask),
            (12182, Address::tcp("10.0.0.2", 7001), false)
        );
        let ask = Redirect::parse(b"ASK 5 ::1:7001", &here).unwrap();
        assert_eq!(
            (ask.slot, ask.address, ask.ask),
            (5, Address::tcp("::1", 7001), true)
        );
        let nameless = Redirect::parse(b"MOVED 5 :7001", &here).unwrap();
        assert_eq!(nameless.address, Address::tcp("here", 7001));
        assert_eq!(Redirect::parse(b"ERR MOVED 5 h:1", &here), None);
        assert_eq!(Redirect::parse(b"MOVED x h:1", &here), None);
    }
}
