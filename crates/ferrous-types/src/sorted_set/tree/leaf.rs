//! A leaf of the tree: up to [`CAPACITY`] members in order, as pointers with a digest of the score.
//!
//! A digest is the score's place in the leaf's own [`Scale`], cut to 16 bits. It never contradicts the
//! order of scores, so a search reads the leaf alone and follows a pointer only where digests are
//! equal. Without it each of the six steps of a binary search would miss the cache.

use super::cut::{Cut, Key};
use super::node::{Edges, Node, Seek};
use crate::sorted_set::member::{Pointer, Slot};

/// Members of a leaf: with its header, 512 bytes, a size class of the usual allocators.
pub(super) const CAPACITY: usize = 62;

/// How many members may share the lowest or the highest digest before the scale is fitted anew.
const CROWD: usize = 4;

/// Maps the integer form of scores to 16 bits, keeping their order; what lies outside is clamped.
#[derive(Clone, Copy)]
struct Scale {
    base: u64,
    shift: u8,
}

impl Scale {
    /// A scale that puts `first..=last` in its middle and leaves room on both sides.
    fn fit(first: u64, last: u64) -> Self {
        let span = last - first;
        let margin = (span / 2).max(1 << 15);
        let width = span.saturating_add(2 * margin - 1);
        Self {
            base: first.saturating_sub(margin),
            shift: (u64::BITS - width.leading_zeros()).saturating_sub(u16::BITS) as u8,
        }
    }

    fn digest(self, order: u64) -> u16 {
        let place = order.saturating_sub(self.base) >> self.shift;
        place.min(u64::from(u16::MAX)) as u16
    }
}

pub(super) struct Leaf {
    // Base and shift of the scale, which as a field of its own would be padded.
    base: u64,
    shift: u8,
    len: u8,
    slots: [Slot; CAPACITY],
}

impl Leaf {
    pub(super) fn new() -> Self {
        Self {
            base: 0,
            shift: 0,
            len: 0,
            slots: [Slot::EMPTY; CAPACITY],
        }
    }

    fn scale(&self) -> Scale {
        Scale {
            base: self.base,
            shift: self.shift,
        }
    }

    fn set_scale(&mut self, scale: Scale) {
        self.base = scale.base;
        self.shift = scale.shift;
    }

    /// The members in order.
    pub(super) fn slots(&self) -> &[Slot] {
        &self.slots[..usize::from(self.len)]
    }

    /// How many members lie before the cut.
    pub(super) fn position(&self, cut: &Cut<'_>) -> usize {
        let (start, end) = match cut.order() {
            Some(order) => self.equal_digests(self.scale().digest(order)),
            None => (0, self.len()),
        };
        let behind = |slot: &Slot| {
            let pointer = slot.pointer();
            cut.is_behind(pointer.order(), pointer)
        };
        start + self.slots[start..end].partition_point(behind)
    }

    fn equal_digests(&self, digest: u16) -> (usize, usize) {
        let slots = self.slots();
        let start = slots.partition_point(|slot| slot.digest() < digest);
        let equal = slots[start..]
            .iter()
            .take_while(|slot| slot.digest() == digest);
        (start, start + equal.count())
    }

    /// Gives the member at `at` a new score, if it then still lies strictly inside this leaf and
    /// between the same neighbours.
    ///
    /// The ends are left out: the first member is known to inner nodes, and what follows the last
    /// is not known here.
    fn rescore_in_place(&mut self, at: usize, new: &Cut<'_>, order: u64) -> bool {
        if at == 0 || at + 1 >= self.len() {
            return false;
        }
        let lies_behind = |slot: Slot| {
            let pointer = slot.pointer();
            new.is_behind(pointer.order(), pointer)
        };
        if !lies_behind(self.slots[at - 1]) || lies_behind(self.slots[at + 1]) {
            return false;
        }
        self.slots[at] = Slot::new(self.slots[at].pointer(), self.scale().digest(order));
        true
    }

    fn put(&mut self, at: usize, key: Key<'static>) {
        let len = self.len();
        if len == 0 {
            self.set_scale(Scale::fit(key.order, key.order));
        }
        self.slots.copy_within(at..len, at + 1);
        self.slots[at] = Slot::new(key.pointer, self.scale().digest(key.order));
        self.len += 1;
        self.fit_if_crowded();
    }

    /// Fits the scale anew when members pile up at one of its ends.
    fn fit_if_crowded(&mut self) {
        let slots = self.slots();
        let Some(far) = slots.len().checked_sub(CROWD) else {
            return;
        };
        let crowded = slots[CROWD - 1].digest() == 0 || slots[far].digest() == u16::MAX;
        if crowded && self.first().order != self.last_order() {
            self.fit();
        }
    }

    fn last_order(&self) -> u64 {
        self.slots[self.len() - 1].pointer().order()
    }

    fn fit(&mut self) {
        self.set_scale(Scale::fit(self.first().order, self.last_order()));
        self.digest(0, self.len());
    }

    /// Takes over members that came with another leaf's digests, at `from..to`.
    fn adopt(&mut self, from: usize, to: usize) {
        if to - from == self.len() {
            self.fit();
            return;
        }
        self.digest(from, to);
        self.fit_if_crowded();
    }

    /// Computes the digests of `from..to` anew.
    fn digest(&mut self, from: usize, to: usize) {
        let scale = self.scale();
        for slot in &mut self.slots[from..to] {
            let pointer = slot.pointer();
            *slot = Slot::new(pointer, scale.digest(pointer.order()));
        }
    }
}

impl Node for Leaf {
    const CAPACITY: usize = CAPACITY;

    fn empty_like(_: &Self) -> Self {
        Self::new()
    }

    fn len(&self) -> usize {
        usize::from(self.len)
    }

    fn count(&self) -> u64 {
        u64::from(self.len)
    }

    fn first(&self) -> Key<'static> {
        Key::of(self.first_pointer())
    }

    fn first_pointer(&self) -> Pointer<'static> {
        self.slots[0].pointer()
    }

    fn insert(&mut self, key: Key<'static>, cut: &Cut<'_>, _: Edges) {
        self.put(self.position(cut), key);
    }

    fn remove(
        &mut self,
        seek: Seek<'_>,
        max: usize,
        removed: Option<&mut Vec<Pointer<'static>>>,
    ) -> usize {
        let start = match seek {
            Seek::Rank(rank) => rank as usize,
            Seek::Before(cut) => self.position(&cut) - 1,
            Seek::Rescored { old, new, order } => {
                let at = self.position(&old) - 1;
                if self.rescore_in_place(at, &new, order) {
                    return 0;
                }
                at
            }
        };
        let len = self.len();
        let end = len.min(start.saturating_add(max));
        if let Some(removed) = removed {
            removed.extend(self.slots[start..end].iter().map(|slot| slot.pointer()));
        }
        self.slots.copy_within(end..len, start);
        self.len -= (end - start) as u8;
        end - start
    }

    fn move_tail(&mut self, right: &mut Self, n: usize) {
        let (len, right_len) = (self.len(), right.len());
        right.slots.copy_within(..right_len, n);
        right.slots[..n].copy_from_slice(&self.slots[len - n..len]);
        right.len += n as u8;
        self.len -= n as u8;
        right.adopt(0, n);
    }

    fn move_head(&mut self, right: &mut Self, n: usize) {
        let (len, right_len) = (self.len(), right.len());
        self.slots[len..len + n].copy_from_slice(&right.slots[..n]);
        right.slots.copy_within(n..right_len, 0);
        self.len += n as u8;
        right.len -= n as u8;
        self.adopt(len, len + n);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sorted_set::member::order_of;

    #[test]
    fn a_leaf_fills_its_size_class() {
        assert_eq!(size_of::<Leaf>(), 512);
    }

    #[test]
    fn digests_never_contradict_the_order() {
        let scores = [
            f64::NEG_INFINITY,
            -3.0,
            -0.0,
            1e-300,
            1.0,
            1.5,
            2.0,
            1e18,
            f64::INFINITY,
        ];
        let orders = scores.map(order_of);
        for first in 0..orders.len() {
            for last in first..orders.len() {
                let scale = Scale::fit(orders[first], orders[last]);
                assert!(orders.is_sorted_by_key(|&order| scale.digest(order)));
            }
        }
    }

    #[test]
    fn a_fitted_scale_tells_neighbours_apart_and_leaves_room() {
        let (first, last) = (order_of(1000.0), order_of(1060.0));
        let scale = Scale::fit(first, last);
        let digests: Vec<u16> = (1000..=1060)
            .map(|score| scale.digest(order_of(f64::from(score))))
            .collect();
        assert!(digests.is_sorted_by(|a, b| a < b));
        assert!(digests[0] > 8000 && digests[60] < 57_000);
    }
}
