//! Places between neighbours of the order, which is what every search in the tree looks for.

use std::cmp::Ordering;

use crate::sorted_set::member::{Pointer, order_of};

/// A member's place in the order, as inner nodes keep it.
#[derive(Clone, Copy)]
pub(crate) struct Key<'a> {
    pub(crate) order: u64,
    pub(crate) pointer: Pointer<'a>,
}

impl<'a> Key<'a> {
    pub(crate) fn of(pointer: Pointer<'a>) -> Self {
        Self {
            order: pointer.order(),
            pointer,
        }
    }

    /// The cut right behind this member.
    pub(crate) fn cut(self) -> Cut<'a> {
        Cut {
            order: Some(self.order),
            member: Some(self.pointer.bytes()),
            after: true,
        }
    }
}

/// A place between two neighbours, before the first member or behind the last one.
///
/// It is named by a score, a member or both; what it does not name does not matter. Members equal to
/// the name lie before the cut when `after` is set, else behind it.
#[derive(Clone, Copy)]
pub(crate) struct Cut<'a> {
    order: Option<u64>,
    member: Option<&'a [u8]>,
    after: bool,
}

impl<'a> Cut<'a> {
    /// Right behind `member` with `score`, or where it would be.
    pub(crate) fn behind(score: f64, member: &'a [u8]) -> Self {
        Self {
            order: Some(order_of(score)),
            member: Some(member),
            after: true,
        }
    }

    /// Before all members with `score`, or behind them when `after`.
    pub(crate) fn at_score(score: f64, after: bool) -> Self {
        Self {
            order: Some(order_of(score)),
            member: None,
            after,
        }
    }

    /// Before `member`, or behind it when `after`, in a set whose scores are all the same.
    pub(crate) fn at_member(member: &'a [u8], after: bool) -> Self {
        Self {
            order: None,
            member: Some(member),
            after,
        }
    }

    /// The score it names, as an integer of the same order.
    pub(crate) fn order(&self) -> Option<u64> {
        self.order
    }

    /// True when the member at `pointer`, whose score maps to `order`, lies before the cut.
    ///
    /// The member's bytes are looked at only when the scores do not decide.
    pub(crate) fn is_behind(&self, order: u64, pointer: Pointer<'_>) -> bool {
        self.is_behind_entry(order, |own| pointer.bytes().cmp(own))
    }

    /// As [`Cut::is_behind`], for a member that `compare` holds against other bytes.
    pub(crate) fn is_behind_entry(
        &self,
        order: u64,
        compare: impl FnOnce(&[u8]) -> Ordering,
    ) -> bool {
        let by_score = self.order.map_or(Ordering::Equal, |own| order.cmp(&own));
        let by_place = if self.after {
            Ordering::Less
        } else {
            Ordering::Greater
        };
        by_score
            .then_with(|| self.member.map_or(Ordering::Equal, compare))
            .then(by_place)
            .is_lt()
    }
}
