//! The primary that this server replicates.

use std::sync::Arc;

use arc_swap::{ArcSwapOption, Guard};

use super::{Assign, Refusal, Staged, Value, integer};
use crate::config::Parameter;

/// Where a primary is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PrimaryAddress {
    /// A name or an IP address.
    pub host: String,
    /// Its port.
    pub port: u16,
}

/// A live address of the primary, if there is one.
#[derive(Debug, Default)]
pub struct PrimaryCell(ArcSwapOption<PrimaryAddress>);

impl PrimaryCell {
    /// The address; `None` when this server is itself a primary.
    pub fn load(&self) -> Guard<Option<Arc<PrimaryAddress>>> {
        self.0.load()
    }
}

impl Value for PrimaryCell {
    fn stage(&self, _: &Parameter, words: &[&[u8]], _: Assign) -> Result<Staged<'_>, Refusal> {
        let primary = match words {
            [] => None,
            [no, one] if no.eq_ignore_ascii_case(b"no") && one.eq_ignore_ascii_case(b"one") => None,
            [host, port] => {
                let port = integer(port)
                    .and_then(|port| u16::try_from(port).ok())
                    .ok_or("Invalid primary port")?;
                Some(Arc::new(PrimaryAddress {
                    host: String::from_utf8_lossy(host).into_owned(),
                    port,
                }))
            }
            _ => return Err("wrong number of arguments".into()),
        };
        Ok(Box::new(move || self.0.store(primary)))
    }

    fn show(&self) -> Vec<u8> {
        let primary = self.load();
        primary.as_ref().map_or_else(Vec::new, |primary| {
            format!("{} {}", primary.host, primary.port).into_bytes()
        })
    }

    fn lines(&self) -> Vec<Vec<u8>> {
        let line = self.show();
        if line.is_empty() {
            Vec::new()
        } else {
            vec![line]
        }
    }
}
