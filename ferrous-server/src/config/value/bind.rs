//! The addresses to listen on.

use std::fmt;
use std::sync::Arc;

use arc_swap::{ArcSwap, Guard};

use super::{Assign, Refusal, Staged, Value, joined};
use crate::config::Parameter;

/// The most addresses there may be.
const ADDRESSES_MAX: usize = 16;

/// An address to listen on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BindAddress {
    /// A name or an IP address; `*` and `::*` stand for all of IPv4 and IPv6.
    pub host: Box<str>,
    /// Whether the server starts without it, when the machine has no such address.
    pub optional: bool,
}

impl BindAddress {
    fn parse(word: &[u8]) -> Self {
        let word = String::from_utf8_lossy(word);
        match word.strip_prefix('-') {
            Some(host) => Self {
                host: host.into(),
                optional: true,
            },
            None => Self {
                host: word.into(),
                optional: false,
            },
        }
    }
}

impl fmt::Display for BindAddress {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mark = if self.optional { "-" } else { "" };
        write!(formatter, "{mark}{}", self.host)
    }
}

/// A live list of addresses to listen on.
#[derive(Debug, Default)]
pub struct BindAddresses(ArcSwap<Vec<BindAddress>>);

impl BindAddresses {
    /// The addresses, in the order given.
    pub fn load(&self) -> Guard<Arc<Vec<BindAddress>>> {
        self.0.load()
    }
}

impl Value for BindAddresses {
    fn stage(&self, _: &Parameter, words: &[&[u8]], _: Assign) -> Result<Staged<'_>, Refusal> {
        if words.len() > ADDRESSES_MAX {
            return Err("Too many bind addresses specified.".into());
        }
        let addresses = words.iter().map(|word| BindAddress::parse(word)).collect();
        Ok(Box::new(move || self.0.store(Arc::new(addresses))))
    }

    fn show(&self) -> Vec<u8> {
        joined(self.load().iter())
    }

    fn lines(&self) -> Vec<Vec<u8>> {
        match self.show() {
            none if none.is_empty() => vec![b"\"\"".to_vec()],
            addresses => vec![addresses],
        }
    }
}
