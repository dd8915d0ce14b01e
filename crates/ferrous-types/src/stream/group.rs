//! Consumer groups: who got which entry, and has not acknowledged it yet.

use std::collections::{BTreeMap, BTreeSet, btree_map};
use std::ops::RangeBounds;

use super::id::StreamId;
use super::log::Log;

/// Names a consumer within its group, until it is removed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ConsumerKey(u32);

/// An entry that was delivered and not acknowledged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pending {
    /// Who got it last.
    pub consumer: ConsumerKey,
    /// When that was, in milliseconds since 1970.
    pub delivered_at_ms: i64,
    /// How often it was delivered.
    pub deliveries: u64,
}

/// A consumer of a group.
#[derive(Clone, Debug)]
pub struct Consumer {
    name: Box<[u8]>,
    pending: BTreeSet<StreamId>,
    /// When it last tried to read or claim, in milliseconds since 1970.
    pub seen_at_ms: i64,
    /// When it last got an entry, if ever.
    pub active_at_ms: Option<i64>,
}

impl Consumer {
    /// Its name.
    pub fn name(&self) -> &[u8] {
        &self.name
    }

    /// The entries that it has not acknowledged, in order.
    pub fn pending(&self) -> &BTreeSet<StreamId> {
        &self.pending
    }
}

/// A consumer group.
///
/// Invariant: an entry is in the set of a consumer exactly when the group's own table of pending entries
/// says that this consumer has it.
#[derive(Clone, Debug)]
pub struct Group {
    last_delivered_id: StreamId,
    entries_read: Option<u64>,
    pending: BTreeMap<StreamId, Pending>,
    /// By key; places of removed consumers are reused.
    consumers: Vec<Option<Consumer>>,
    /// The places that are free.
    free: Vec<ConsumerKey>,
    /// Keys in the order of names.
    by_name: Vec<ConsumerKey>,
}

impl Group {
    /// A group without consumers that has read up to `last_delivered_id`, and so many entries, if
    /// that is known.
    pub fn new(last_delivered_id: StreamId, entries_read: Option<u64>) -> Self {
        Self {
            last_delivered_id,
            entries_read,
            pending: BTreeMap::new(),
            consumers: Vec::new(),
            free: Vec::new(),
            by_name: Vec::new(),
        }
    }

    /// The last entry delivered to any consumer.
    pub fn last_delivered_id(&self) -> StreamId {
        self.last_delivered_id
    }

    /// How many entries were ever read, if that is known.
    pub fn entries_read(&self) -> Option<u64> {
        self.entries_read
    }

    /// Sets how far the group has read, as `XGROUP SETID` does.
    pub fn set_position(&mut self, last_delivered_id: StreamId, entries_read: Option<u64>) {
        self.last_delivered_id = last_delivered_id;
        self.entries_read = entries_read;
    }

    /// How many entries of `log` were never delivered to the group, as far as that can be told
    /// without counting. O(1).
    pub fn lag(&self, log: &Log) -> Option<u64> {
        let added = log.counters().entries_added;
        if added == 0 {
            return Some(0);
        }
        let gap_ahead = log.has_gap_from(self.last_delivered_id);
        let counted = self.entries_read.filter(|_| !gap_ahead);
        let read = counted.or_else(|| log.added_up_to(self.last_delivered_id))?;
        // XSETID and XGROUP may say anything, so a group may have read more than was added.
        Some(added.wrapping_sub(read))
    }

    /// Notes that an entry of `log` was read, which moves the group forward if it was not yet there.
    pub fn advance(&mut self, log: &Log, id: StreamId) {
        if id <= self.last_delivered_id {
            return;
        }
        self.entries_read = match self.entries_read.filter(|_| self.can_count(log)) {
            Some(read) => Some(read.saturating_add(1)),
            None if log.counters().entries_added > 0 => log.added_up_to(id),
            None => self.entries_read,
        };
        self.last_delivered_id = id;
    }

    /// True when every entry added behind the last delivered one is still there.
    fn can_count(&self, log: &Log) -> bool {
        self.last_delivered_id >= log.first_id() && !log.has_gap_from(self.last_delivered_id)
    }

    /// Consumers in the order of their names.
    pub fn consumers(&self) -> impl ExactSizeIterator<Item = &Consumer> {
        self.by_name.iter().map(|&key| self.consumer(key))
    }

    /// The consumer at that place in the order of names.
    pub fn consumer_at(&self, place: usize) -> Option<&Consumer> {
        self.by_name.get(place).map(|&key| self.consumer(key))
    }

    /// The consumer with that name. O(log consumers).
    pub fn find_consumer(&self, name: &[u8]) -> Option<ConsumerKey> {
        self.place_of(name).ok().map(|place| self.by_name[place])
    }

    fn place_of(&self, name: &[u8]) -> Result<usize, usize> {
        self.by_name
            .binary_search_by(|&key| self.consumer(key).name().cmp(name))
    }

    /// The consumer of a key that this group gave out.
    pub fn consumer(&self, ConsumerKey(key): ConsumerKey) -> &Consumer {
        self.consumers[key as usize]
            .as_ref()
            .expect("a key is good until its consumer is removed")
    }

    /// As [`Group::consumer`], to note when it was seen or active.
    pub fn consumer_mut(&mut self, ConsumerKey(key): ConsumerKey) -> &mut Consumer {
        self.consumers[key as usize]
            .as_mut()
            .expect("a key is good until its consumer is removed")
    }

    /// The consumer with that name, new if need be; true when it is. O(consumers) when new.
    pub fn ensure_consumer(&mut self, name: &[u8], now_ms: i64) -> (ConsumerKey, bool) {
        let place = match self.place_of(name) {
            Ok(place) => return (self.by_name[place], false),
            Err(place) => place,
        };
        let consumer = Some(Consumer {
            name: name.into(),
            pending: BTreeSet::new(),
            seen_at_ms: now_ms,
            active_at_ms: None,
        });
        let key = self.free.pop().unwrap_or_else(|| {
            self.consumers.push(None);
            ConsumerKey(self.consumers.len() as u32 - 1)
        });
        self.consumers[key.0 as usize] = consumer;
        self.by_name.insert(place, key);
        (key, true)
    }

    /// Removes a consumer with all that it has pending; returns how many entries these were.
    pub fn remove_consumer(&mut self, name: &[u8]) -> Option<usize> {
        let place = self.place_of(name).ok()?;
        let key = self.by_name.remove(place);
        let consumer = self.consumers[key.0 as usize].take()?;
        self.free.push(key);
        for id in &consumer.pending {
            self.pending.remove(id);
        }
        Some(consumer.pending.len())
    }

    /// How many entries are pending.
    pub fn pending_len(&self) -> usize {
        self.pending.len()
    }

    /// The pending entries with these identifiers, in order.
    pub fn pending(
        &self,
        ids: impl RangeBounds<StreamId>,
    ) -> btree_map::Range<'_, StreamId, Pending> {
        self.pending.range(ids)
    }

    /// What is known about one pending entry.
    pub fn pending_entry(&self, id: StreamId) -> Option<&Pending> {
        self.pending.get(&id)
    }

    /// Makes an entry pending, whether it was before or not, taking it from whoever had it. O(log n).
    pub fn assign(&mut self, id: StreamId, pending: Pending) {
        let previous = self.pending.insert(id, pending);
        if let Some(previous) = previous
            && previous.consumer != pending.consumer
        {
            self.consumer_mut(previous.consumer).pending.remove(&id);
        }
        self.consumer_mut(pending.consumer).pending.insert(id);
    }

    /// Takes an entry off the pending ones, as `XACK` does; true when it was one. O(log n).
    pub fn acknowledge(&mut self, id: StreamId) -> bool {
        let Some(pending) = self.pending.remove(&id) else {
            return false;
        };
        self.consumer_mut(pending.consumer).pending.remove(&id);
        true
    }

    /// The memory behind the handle, in bytes, as near as the standard collections tell. O(consumers).
    pub fn heap_bytes(&self) -> usize {
        let consumers = self
            .consumers()
            .map(|consumer| consumer.name.len() + consumer.pending.len() * size_of::<StreamId>());
        consumers.sum::<usize>()
            + self.pending.len() * size_of::<(StreamId, Pending)>()
            + self.consumers.capacity() * size_of::<Option<Consumer>>()
            + (self.by_name.capacity() + self.free.capacity()) * size_of::<ConsumerKey>()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stream::{Effort, StreamLimits, TrimTo};

    fn id(ms: u64) -> StreamId {
        StreamId { ms, seq: 0 }
    }

    fn pending(consumer: ConsumerKey) -> Pending {
        Pending {
            consumer,
            delivered_at_ms: 5,
            deliveries: 1,
        }
    }

    fn log(entries: u64) -> Log {
        let mut log = Log::new();
        for ms in 1..=entries {
            log.append(id(ms), [(&b"f"[..], &b"v"[..])], StreamLimits::default())
                .unwrap();
        }
        log
    }

    #[test]
    fn an_entry_is_pending_for_one_consumer() {
        let mut group = Group::new(StreamId::MIN, None);
        let (bob, _) = group.ensure_consumer(b"bob", 1);
        let (ann, new) = group.ensure_consumer(b"ann", 1);
        assert!(new && group.ensure_consumer(b"bob", 2) == (bob, false));
        group.assign(id(1), pending(bob));
        group.assign(id(2), pending(bob));
        group.assign(id(1), pending(ann));
        assert_eq!(group.consumer(bob).pending().len(), 1);
        assert_eq!(group.consumer(ann).pending().len(), 1);
        assert!(group.acknowledge(id(1)) && !group.acknowledge(id(1)));
        assert_eq!(group.remove_consumer(b"bob"), Some(1));
        assert_eq!(group.remove_consumer(b"bob"), None);
        assert_eq!(group.pending_len(), 0);
        let (zoe, _) = group.ensure_consumer(b"zoe", 1);
        assert_eq!(group.consumer(zoe).name(), b"zoe");
        assert!(
            group
                .consumers()
                .map(Consumer::name)
                .eq([&b"ann"[..], b"zoe"])
        );
    }

    #[test]
    fn reading_all_leaves_no_lag() {
        let log = log(5);
        let mut group = Group::new(StreamId::MIN, None);
        assert_eq!(group.lag(&log), Some(5));
        for (ms, lag) in (1..=5).zip((0..5).rev()) {
            group.advance(&log, id(ms));
            assert_eq!(
                (group.entries_read(), group.lag(&log)),
                (Some(ms), Some(lag))
            );
        }
    }

    #[test]
    fn a_trim_past_the_group_leaves_what_is_there() {
        let mut log = log(9);
        let mut group = Group::new(StreamId::MIN, None);
        group.advance(&log, id(1));
        log.delete(id(1));
        log.trim(TrimTo::MaxLen(2), Effort::Exact);
        assert_eq!(group.lag(&log), Some(2));
    }

    #[test]
    fn a_gap_ahead_makes_the_lag_unknown() {
        let mut log = log(5);
        let mut group = Group::new(StreamId::MIN, None);
        group.advance(&log, id(1));
        log.delete(id(3));
        assert_eq!(group.lag(&log), None);
        group.advance(&log, id(4));
        assert_eq!(group.entries_read(), None);
        group.advance(&log, id(5));
        assert_eq!((group.entries_read(), group.lag(&log)), (Some(5), Some(0)));
    }
}
