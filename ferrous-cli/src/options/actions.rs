//! What `--scan` does with the keys it finds, besides printing them.

use std::path::PathBuf;
use std::time::Duration;

/// One thing to do with each key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Action {
    /// Remove it.
    Unlink,
    /// Let it expire.
    Expire(Duration),
    /// Write it to the server of this URI, with its time to live.
    CopyTo(String),
    /// Write its serialized form into a file of this directory.
    Dump(PathBuf),
}

/// The action and its limits.
#[derive(Clone, Debug, Default)]
pub(crate) struct Actions {
    pub(crate) action: Option<Action>,
    /// Count and print, change nothing.
    pub(crate) dry_run: bool,
    /// Keys per second; `None` is unlimited.
    pub(crate) rate: Option<u32>,
}

/// Which keys `--scan` looks at, besides those that SCAN itself leaves out.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Filters {
    pub(crate) expiry: Option<Expiry>,
    /// The least bytes of memory.
    pub(crate) memory_min: Option<u64>,
}

/// When a key expires.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Expiry {
    Never,
    /// In at most so many seconds.
    Within(u64),
}
