//! When keys are due to expire: an index that finds them without sampling.
//!
//! A hierarchical timing wheel. Level 0 has 64 slots of [`TICK_MS`]; each level above has 64 slots as wide as the
//! whole level below. A slot holds 8-byte records, the hashes of keys, and nothing else: the deadline itself stands in
//! the key's entry. As time passes, level 0's slots fall due and the slots above are dealt out to finer levels.
//!
//! Invariant: every key with a deadline has at least one record in a slot that comes due no later than one tick after
//! its deadline. A deadline that moves *later* therefore needs no new record: when the old one comes due, the key is
//! seen to be not yet due and filed again. Records whose key is gone or has another deadline are dropped when they come
//! due. Deadlines that keep moving *earlier* leave records behind; [`Deadlines::is_bloated`] says when to rebuild.
//!
//! Costs: filing is O(1); a record is moved at most once per level, so O(levels) per key in all; 8 bytes per record.
//! Source: Varghese and Lauck, "Hashed and hierarchical timing wheels", 1987.

use ferrous_types::random::Rng;

/// The width of the finest slot.
pub(crate) const TICK_MS: i64 = 64;
const SLOT_BITS: u32 = 6;
const SLOTS: usize = 1 << SLOT_BITS;
/// 64 ms to 64^6 ticks: 139 years. Later deadlines wait in the last level and are filed again.
const LEVELS: usize = 6;

#[derive(Default)]
struct Level {
    /// Which slots hold records.
    occupied: u64,
    slots: Option<Box<[Vec<u64>; SLOTS]>>,
}

/// The wheel of one database of one partition.
pub(crate) struct Deadlines {
    /// The tick that comes due next.
    tick: i64,
    levels: [Level; LEVELS],
    records: usize,
    /// Records that are due or being dealt out.
    due: Vec<u64>,
}

impl Deadlines {
    /// An empty wheel whose time begins at `now_ms`.
    pub(crate) fn new(now_ms: i64) -> Self {
        Self {
            tick: now_ms.div_euclid(TICK_MS),
            levels: Default::default(),
            records: 0,
            due: Vec::new(),
        }
    }

    /// Files `hash` under `deadline_ms`.
    pub(crate) fn file(&mut self, hash: u64, deadline_ms: i64) {
        self.records += 1;
        // The first tick at whose end the deadline has passed; never one that is over already.
        let tick = (deadline_ms.div_euclid(TICK_MS) + 1).max(self.tick);
        let distance = (tick - self.tick) as u64;
        let level = ((u64::BITS - distance.leading_zeros()).saturating_sub(1) / SLOT_BITS) as usize;
        let level = level.min(LEVELS - 1);
        // Past the last level's reach: its farthest slot, from which it is filed again.
        let reach = (1_i64 << (SLOT_BITS as usize * LEVELS))
            - (1_i64 << (SLOT_BITS as usize * (LEVELS - 1)));
        let tick = tick.min(self.tick + reach);
        let slot = (tick >> (SLOT_BITS as usize * level)) as usize % SLOTS;
        let level = &mut self.levels[level];
        level.occupied |= 1 << slot;
        level
            .slots
            .get_or_insert_with(|| Box::new([const { Vec::new() }; SLOTS]))[slot]
            .push(hash);
    }

    /// Takes the next record that is due at `now_ms`; the caller looks at its key and files it again if that is not due
    /// yet.
    pub(crate) fn pop_due(&mut self, now_ms: i64) -> Option<u64> {
        while self.due.is_empty() {
            if self.records == 0 {
                self.tick = self.tick.max(now_ms.div_euclid(TICK_MS));
                return None;
            }
            if self.tick > now_ms.div_euclid(TICK_MS) {
                return None;
            }
            self.advance(now_ms.div_euclid(TICK_MS));
        }
        self.records -= 1;
        self.due.pop()
    }

    /// The groups of records that are not empty, those that come due earlier first as a rule.
    fn groups(&mut self) -> impl Iterator<Item = &mut Vec<u64>> {
        let tick = self.tick;
        let slots = self
            .levels
            .iter_mut()
            .enumerate()
            .flat_map(move |(level, slots)| {
                // Above level 0, the slot of the current tick was dealt out when that tick began.
                let first =
                    (tick >> (SLOT_BITS as usize * level)) as usize + usize::from(level > 0);
                let (behind, ahead) = slots
                    .slots
                    .as_deref_mut()
                    .map_or((&mut [][..], &mut [][..]), |slots| {
                        slots.split_at_mut(first % SLOTS)
                    });
                ahead.iter_mut().chain(behind)
            });
        std::iter::once(&mut self.due)
            .chain(slots)
            .filter(|group| !group.is_empty())
    }

    /// Takes any record out, each equally likely, or when `soonest` any of those that come due first. The caller looks at
    /// its key and files it again if that is there.
    pub(crate) fn take_random(&mut self, soonest: bool, random: &mut Rng) -> Option<u64> {
        let mut index = random.below(self.records.max(1) as u64) as usize;
        let taken = self.groups().find_map(|group| {
            if soonest {
                index = random.below(group.len() as u64) as usize;
            }
            if index < group.len() {
                return Some(group.swap_remove(index));
            }
            index -= group.len();
            None
        });
        self.records -= usize::from(taken.is_some());
        taken
    }

    /// Takes what falls due in the current tick and goes on to the next one that has something to do.
    fn advance(&mut self, until: i64) {
        for level in (0..LEVELS).rev() {
            let shift = SLOT_BITS as usize * level;
            // A slot above level 0 is dealt out when its first tick is reached.
            if level > 0 && self.tick & ((1 << shift) - 1) != 0 {
                continue;
            }
            let slot = (self.tick >> shift) as usize % SLOTS;
            let level = &mut self.levels[level];
            if level.occupied & (1 << slot) != 0 {
                level.occupied &= !(1 << slot);
                if let Some(slots) = &mut level.slots {
                    self.due.append(&mut slots[slot]);
                    slots[slot] = Vec::new();
                }
            }
        }
        self.tick = self.next_tick(until);
    }

    /// The first tick after the current one at which some slot may come due, or the one after `until`.
    fn next_tick(&self, until: i64) -> i64 {
        let lowest = self
            .levels
            .iter()
            .position(|level| level.occupied != 0)
            .unwrap_or(LEVELS);
        // Nothing in the finer levels: the next thing to happen is a boundary of the lowest level that holds records.
        let within = (1_i64 << (SLOT_BITS as usize * lowest)) - 1;
        ((self.tick | within) + 1).min(until + 1)
    }

    /// Drops every record.
    pub(crate) fn clear(&mut self) {
        *self = Self {
            tick: self.tick,
            ..Self::new(0)
        };
    }

    /// True when records of keys that are gone outnumber those of the `volatile` keys that have a deadline here.
    pub(crate) fn is_bloated(&self, volatile: usize) -> bool {
        self.records > 2 * volatile + 1024
    }

    /// Bytes on the heap.
    pub(crate) fn heap_bytes(&self) -> usize {
        let slots = |level: &Level| {
            level.slots.as_ref().map_or(0, |slots| {
                size_of_val(&**slots)
                    + slots
                        .iter()
                        .map(|slot| slot.capacity() * size_of::<u64>())
                        .sum::<usize>()
            })
        };
        self.levels.iter().map(slots).sum::<usize>() + self.due.capacity() * size_of::<u64>()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashMap;

    /// Files deadlines at all distances, moves time in uneven steps and files again what comes too early, as the
    /// keyspace does: every key must come due, never before its deadline, and at most two ticks after it.
    #[test]
    fn every_key_comes_due_in_time() {
        let start = 1_700_000_000_123;
        let mut wheel = Deadlines::new(start);
        let mut deadlines: HashMap<u64, i64> = HashMap::new();
        let mut state = 7_u64;
        for hash in 0..20_000_u64 {
            state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1);
            let distance = (state >> 33) as i64 % (1 << (hash % 27));
            deadlines.insert(hash, start + distance);
            wheel.file(hash, start + distance);
        }
        let mut now = start;
        let mut step = 1;
        while !deadlines.is_empty() {
            now += step;
            step = (step * 3) % 1_000_003 + 1;
            while let Some(hash) = wheel.pop_due(now) {
                let deadline = deadlines[&hash];
                if deadline > now {
                    wheel.file(hash, deadline);
                    continue;
                }
                deadlines.remove(&hash);
            }
            let overdue = deadlines
                .values()
                .filter(|deadline| **deadline < now - 2 * TICK_MS)
                .count();
            assert_eq!(overdue, 0, "at {now}");
        }
        assert_eq!(wheel.records, 0);
    }

    #[test]
    fn draws_are_fair_or_soonest() {
        let mut wheel = Deadlines::new(0);
        let mut random = Rng::new(3);
        assert_eq!(wheel.take_random(false, &mut random), None);
        for hash in 0..10 {
            wheel.file(hash, 1000 + 5000 * hash as i64);
        }
        let mut drawn = [0; 10];
        for _ in 0..10_000 {
            let hash = wheel
                .take_random(false, &mut random)
                .expect("there are records");
            drawn[hash as usize] += 1;
            wheel.file(hash, 1000 + 5000 * hash as i64);
        }
        assert!(
            drawn.iter().all(|times| (800..1200).contains(times)),
            "{drawn:?}"
        );
        for hash in 0..10 {
            assert_eq!(wheel.take_random(true, &mut random), Some(hash));
        }
        assert_eq!(wheel.records, 0);
    }

    #[test]
    fn a_distant_deadline_neither_comes_early_nor_is_lost() {
        let mut wheel = Deadlines::new(0);
        let far = i64::MAX / 4;
        wheel.file(1, far);
        assert_eq!(wheel.pop_due(1 << 40), None);
        assert_eq!(wheel.records, 1);
    }
}
