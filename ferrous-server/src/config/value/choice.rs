//! Switches, and one of several names.

use std::fmt;
use std::marker::PhantomData;
use std::sync::atomic::{AtomicBool, AtomicU8, Ordering::Relaxed};

use super::{Assign, Refusal, Staged, Value, single};
use crate::config::Parameter;

/// A live switch: `yes` or `no`.
#[derive(Debug, Default)]
pub struct Flag(AtomicBool);

impl Flag {
    /// True for `yes`.
    pub fn get(&self) -> bool {
        self.0.load(Relaxed)
    }
}

impl Value for Flag {
    fn stage(&self, row: &Parameter, words: &[&[u8]], _: Assign) -> Result<Staged<'_>, Refusal> {
        let on = match single(words) {
            word if word.eq_ignore_ascii_case(b"yes") => true,
            word if word.eq_ignore_ascii_case(b"no") => false,
            _ => return Err("argument must be 'yes' or 'no'".into()),
        };
        row.verify(if on { b"yes" } else { b"no" })?;
        Ok(Box::new(move || self.0.store(on, Relaxed)))
    }

    fn show(&self) -> Vec<u8> {
        if self.get() {
            b"yes".to_vec()
        } else {
            b"no".to_vec()
        }
    }
}

/// A closed set of values that go by names.
pub trait Named: Copy + Send + Sync + 'static {
    /// Each name with its value, in the order in which an error lists them.
    const NAMES: &'static [(&'static str, Self)];
}

/// A live choice of one of several names; letter case does not matter.
pub struct Choice<E> {
    index: AtomicU8,
    names: PhantomData<fn() -> E>,
}

impl<E: Named> Choice<E> {
    /// The value chosen.
    pub fn get(&self) -> E {
        self.chosen().1
    }

    /// The name of the value chosen.
    pub fn name(&self) -> &'static str {
        self.chosen().0
    }

    fn chosen(&self) -> &'static (&'static str, E) {
        &E::NAMES[usize::from(self.index.load(Relaxed))]
    }
}

impl<E> Default for Choice<E> {
    fn default() -> Self {
        Self {
            index: AtomicU8::new(0),
            names: PhantomData,
        }
    }
}

impl<E: Named> fmt::Debug for Choice<E> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.chosen().0)
    }
}

impl<E: Named> Value for Choice<E> {
    fn stage(&self, _: &Parameter, words: &[&[u8]], _: Assign) -> Result<Staged<'_>, Refusal> {
        let index = index_of::<E>(single(words)).ok_or_else(|| one_of::<E>())?;
        Ok(Box::new(move || self.index.store(index, Relaxed)))
    }

    fn show(&self) -> Vec<u8> {
        self.chosen().0.into()
    }
}

fn index_of<E: Named>(word: &[u8]) -> Option<u8> {
    let index = E::NAMES
        .iter()
        .position(|(name, _)| name.as_bytes().eq_ignore_ascii_case(word))?;
    u8::try_from(index).ok()
}

/// The value that `word` names.
pub(super) fn named<E: Named>(word: &[u8]) -> Option<E> {
    index_of::<E>(word).map(|index| E::NAMES[usize::from(index)].1)
}

/// The refusal of a word that is no name.
pub(super) fn one_of<E: Named>() -> Refusal {
    let names: Vec<&str> = E::NAMES.iter().map(|(name, _)| *name).collect();
    format!(
        "argument(s) must be one of the following: {}",
        names.join(", ")
    )
    .into()
}

/// Declares enums whose variants go by the given names: one list for the type, its names and its documentation.
macro_rules! choices {
    ($($(#[$about:meta])* $Enum:ident { $($Variant:ident = $name:literal),+ $(,)? })+) => {$(
        $(#[$about])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum $Enum {
            $(#[doc = concat!("`", $name, "`.")] $Variant,)+
        }

        impl $crate::config::value::Named for $Enum {
            const NAMES: &'static [(&'static str, Self)] = &[$(($name, Self::$Variant)),+];
        }
    )+};
}

pub(in crate::config) use choices;
