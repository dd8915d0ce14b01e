//! What a client wants to be told, and whom to tell in its place.

use std::sync::atomic::{
    AtomicBool, AtomicU8, AtomicU64,
    Ordering::{Relaxed, SeqCst},
};

use parking_lot::Mutex;

/// Which reads are cached.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Choice {
    /// All.
    #[default]
    All,
    /// Those of the command after `CLIENT CACHING YES`.
    OptIn,
    /// All but those of the command after `CLIENT CACHING NO`.
    OptOut,
}

/// The options of `CLIENT TRACKING`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Options {
    /// The number of the client that is told in the place of this one; 0 for none.
    pub(crate) redirect: u64,
    /// Every change is told, not only those of keys that were read.
    pub(crate) broadcast: bool,
    /// The prefixes of the keys that are told about when broadcasting.
    pub(crate) prefixes: Vec<Box<[u8]>>,
    /// Which reads are cached.
    pub(crate) choice: Choice,
    /// Its own changes are not told.
    pub(crate) no_loop: bool,
}

/// How a client is tracked: set by its own task, read by those who change keys.
#[derive(Debug, Default)]
pub(crate) struct State {
    redirect: AtomicU64,
    choice: AtomicU8,
    no_loop: AtomicBool,
    broken: AtomicBool,
    prefixes: Mutex<Vec<Box<[u8]>>>,
}

impl State {
    /// Takes the options over; prefixes come to those that there are.
    pub(super) fn set(&self, options: &Options) {
        self.redirect.store(options.redirect, SeqCst);
        self.choice.store(options.choice as u8, Relaxed);
        self.no_loop.store(options.no_loop, SeqCst);
        self.broken.store(false, SeqCst);
        self.prefixes.lock().extend_from_slice(&options.prefixes);
    }

    /// Back to the state of a client that is not tracked; returns the prefixes it had.
    pub(super) fn clear(&self) -> Vec<Box<[u8]>> {
        self.set(&Options::default());
        std::mem::take(&mut self.prefixes.lock())
    }

    /// The number of the client that is told in the place of this one; 0 for none.
    pub(crate) fn redirect(&self) -> u64 {
        self.redirect.load(SeqCst)
    }

    /// Which reads are cached.
    pub(crate) fn choice(&self) -> Choice {
        match self.choice.load(Relaxed) {
            1 => Choice::OptIn,
            2 => Choice::OptOut,
            _ => Choice::All,
        }
    }

    /// Whether reads are cached, when `CLIENT CACHING` was given for the command or was not.
    pub(super) fn caches(&self, given: bool) -> bool {
        match self.choice() {
            Choice::All => true,
            Choice::OptIn => given,
            Choice::OptOut => !given,
        }
    }

    /// Its own changes are not told.
    pub(crate) fn no_loop(&self) -> bool {
        self.no_loop.load(SeqCst)
    }

    /// The client that was to be told in its place is gone.
    pub(crate) fn is_broken(&self) -> bool {
        self.broken.load(SeqCst)
    }

    /// Notes that the client that was to be told in its place is gone.
    pub(super) fn set_broken(&self) {
        self.broken.store(true, SeqCst);
    }

    /// The prefixes it is told of.
    pub(crate) fn prefixes(&self) -> Vec<Box<[u8]>> {
        self.prefixes.lock().clone()
    }
}
