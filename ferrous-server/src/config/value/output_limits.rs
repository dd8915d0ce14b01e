//! How much unsent output a client may have before it is closed.

use std::fmt;
use std::sync::Arc;

use arc_swap::{ArcSwap, Guard};

use super::size::{format_bytes, parse_bytes};
use super::{Assign, Refusal, Staged, Value, integer, joined};
use crate::config::Parameter;

/// The kinds of clients that have limits of their own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ClientClass {
    /// Those that are nothing else.
    Normal,
    /// Replicas.
    Replica,
    /// Subscribers of a channel or pattern.
    PubSub,
}

impl ClientClass {
    const ALL: [Self; 3] = [Self::Normal, Self::Replica, Self::PubSub];

    fn parse(word: &[u8]) -> Option<Self> {
        let names: [(&str, Self); 4] = [
            ("normal", Self::Normal),
            ("slave", Self::Replica),
            ("replica", Self::Replica),
            ("pubsub", Self::PubSub),
        ];
        names
            .into_iter()
            .find(|(name, _)| name.as_bytes().eq_ignore_ascii_case(word))
            .map(|(_, class)| class)
    }
}

/// A limit of unsent output: hard, or soft for some time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct BufferLimit {
    /// Bytes at which a client is closed at once; none for no limit.
    pub hard_bytes: u64,
    /// Bytes at which a client is closed when it stays there; none for no limit.
    pub soft_bytes: u64,
    /// How long it may stay there.
    pub soft_seconds: u64,
}

impl BufferLimit {
    fn parse([hard, soft, seconds]: [&[u8]; 3]) -> Option<Self> {
        Some(Self {
            hard_bytes: parse_bytes(hard)?,
            soft_bytes: parse_bytes(soft)?,
            soft_seconds: integer(seconds)?.try_into().ok()?,
        })
    }
}

impl fmt::Display for BufferLimit {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            formatter,
            "{} {} {}",
            self.hard_bytes, self.soft_bytes, self.soft_seconds
        )
    }
}

/// The live limits of all classes. Setting some of them leaves the others as they are.
#[derive(Debug, Default)]
pub struct OutputLimits(ArcSwap<[BufferLimit; 3]>);

impl OutputLimits {
    /// The limits, which [`of`](Self::of) picks from.
    pub fn load(&self) -> Guard<Arc<[BufferLimit; 3]>> {
        self.0.load()
    }

    /// The limit of `class`.
    pub fn of(&self, class: ClientClass) -> BufferLimit {
        self.load()[class as usize]
    }
}

impl Value for OutputLimits {
    fn stage(&self, _: &Parameter, words: &[&[u8]], _: Assign) -> Result<Staged<'_>, Refusal> {
        let (groups, rest) = words.as_chunks::<4>();
        if !rest.is_empty() {
            return Err("Wrong number of arguments in buffer limit configuration.".into());
        }
        let mut changes = Vec::with_capacity(groups.len());
        for [class, limit @ ..] in groups {
            let class = ClientClass::parse(class)
                .ok_or("Invalid client class specified in buffer limit configuration.")?;
            let limit = BufferLimit::parse(*limit).ok_or(
                "Error in hard, soft or soft_seconds setting in buffer limit configuration.",
            )?;
            changes.push((class, limit));
        }
        Ok(Box::new(move || {
            let mut limits = **self.load();
            for (class, limit) in changes {
                limits[class as usize] = limit;
            }
            self.0.store(Arc::new(limits));
        }))
    }

    fn show(&self) -> Vec<u8> {
        let names = ["normal", "slave", "pubsub"];
        joined(
            names
                .iter()
                .zip(self.load().iter())
                .map(|(name, limit)| format!("{name} {limit}")),
        )
    }

    fn lines(&self) -> Vec<Vec<u8>> {
        let names = ["normal", "replica", "pubsub"];
        let line = |(name, class): (&str, ClientClass)| {
            let limit = self.of(class);
            let (hard, soft) = (
                format_bytes(limit.hard_bytes),
                format_bytes(limit.soft_bytes),
            );
            format!("{name} {hard} {soft} {}", limit.soft_seconds).into_bytes()
        };
        names.into_iter().zip(ClientClass::ALL).map(line).collect()
    }

    fn lines_stand_alone(&self) -> bool {
        true
    }
}
