//! What the server does when a signal tells it to stop.

use std::sync::atomic::{AtomicU8, Ordering::Relaxed};

use super::choice::{choices, named, one_of};
use super::{Assign, Named, Refusal, Staged, Value};
use crate::config::Parameter;

choices! {
    /// A wish of how to shut down; several go together.
    ShutdownMode {
        Default = "default",
        Save = "save",
        NoSave = "nosave",
        Now = "now",
        Force = "force",
        Safe = "safe",
        Failover = "failover",
    }
}

impl ShutdownMode {
    /// The bit in [`ShutdownFlags`]; none for the default, which wishes for nothing.
    fn bit(self) -> u8 {
        1 << (self as u8) >> 1
    }
}

/// A live set of wishes of how to shut down.
#[derive(Debug, Default)]
pub struct ShutdownFlags(AtomicU8);

impl ShutdownFlags {
    /// Whether `mode` is wished for; the default is when nothing else is.
    pub fn contains(&self, mode: ShutdownMode) -> bool {
        match (self.0.load(Relaxed), mode.bit()) {
            (wishes, 0) => wishes == 0,
            (wishes, bit) => wishes & bit != 0,
        }
    }
}

impl Value for ShutdownFlags {
    fn stage(&self, _: &Parameter, words: &[&[u8]], _: Assign) -> Result<Staged<'_>, Refusal> {
        let modes = words
            .iter()
            .map(|word| named::<ShutdownMode>(word))
            .collect::<Option<Vec<_>>>();
        let modes = modes
            .filter(|modes| !modes.is_empty())
            .ok_or_else(one_of::<ShutdownMode>)?;
        if modes.contains(&ShutdownMode::Save) && modes.contains(&ShutdownMode::NoSave) {
            return Err("shutdown options SAVE and NOSAVE can't be used simultaneously".into());
        }
        let wishes = modes
            .into_iter()
            .fold(0, |wishes, mode| wishes | mode.bit());
        Ok(Box::new(move || self.0.store(wishes, Relaxed)))
    }

    fn show(&self) -> Vec<u8> {
        let names = ShutdownMode::NAMES
            .iter()
            .filter(|(_, mode)| self.contains(*mode));
        super::joined(names.map(|(name, _)| name))
    }
}
