//! The tree beside a sorted `Vec`, with its invariants checked after every kind of step.
#![allow(
    unsafe_code,
    reason = "the tests own the members that the tree points at"
)]

use proptest::prelude::*;

use super::super::member::{Member, order_of};
use super::*;
use crate::random::Rng;

/// A tree with the owners of its members and a model of what it holds.
struct Bench {
    tree: Tree,
    members: Vec<Member>,
    model: Vec<(f64, Vec<u8>)>,
}

impl Bench {
    fn new() -> Self {
        Self {
            tree: Tree::new(),
            members: Vec::new(),
            model: Vec::new(),
        }
    }

    fn place(&self, score: f64, member: &[u8]) -> Result<usize, usize> {
        self.model.binary_search_by(|(own, bytes)| {
            own.total_cmp(&score)
                .then_with(|| bytes.as_slice().cmp(member))
        })
    }

    fn insert(&mut self, score: f64, member: &[u8]) {
        if let Err(at) = self.place(score, member) {
            self.model.insert(at, (score, member.to_vec()));
            let owner = Member::new(score, member);
            // SAFETY: the members are dropped with the tree, which does not look at them then.
            self.tree.insert(unsafe { owner.pointer().detach() });
            self.members.push(owner);
        }
    }

    fn remove(&mut self, score: f64, member: &[u8]) {
        if let Ok(at) = self.place(score, member) {
            self.model.remove(at);
            self.tree.remove(Cut::behind(score, member));
        }
    }

    fn check(&self) {
        assert_eq!(self.tree.len, self.model.len() as u64);
        assert_eq!(check_root(&self.tree.root), self.tree.len);
        let seen = self.tree.iter(0..self.tree.len);
        assert!(seen.map(view).eq(self.model.iter().cloned()));
    }
}

fn view(pointer: Pointer<'_>) -> (f64, Vec<u8>) {
    (pointer.score(), pointer.bytes().to_vec())
}

fn check_root(root: &Root) -> u64 {
    match root {
        Root::Leaf(leaf) => leaf.count(),
        Root::Inner(inner) => {
            assert!(inner.len() > 1, "a root with one child is replaced by it");
            check_inner(inner).0
        }
    }
}

/// Count and height of a subtree whose bookkeeping is right.
fn check_inner(inner: &Inner) -> (u64, usize) {
    match inner {
        Inner::Low(fan) => (check_fan(fan, |leaf| (leaf.count(), 0)).0, 1),
        Inner::High(fan) => check_fan(fan, check_inner),
    }
}

fn check_fan<N: Node>(fan: &Fan<N>, child: impl Fn(&N) -> (u64, usize)) -> (u64, usize) {
    let below: Vec<_> = fan.children().map(child).collect();
    assert!(
        below
            .iter()
            .all(|&(count, height)| count > 0 && height == below[0].1)
    );
    fan.check_columns();
    (fan.count(), below[0].1 + 1)
}

#[derive(Debug, Clone)]
enum Step {
    Insert(i32, u8),
    Remove(i32, u8),
    RemoveRanks(u16, u8),
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        6 => (-40..40, any::<u8>()).prop_map(|(score, member)| Step::Insert(score, member)),
        3 => (-40..40, any::<u8>()).prop_map(|(score, member)| Step::Remove(score, member)),
        1 => (any::<u16>(), any::<u8>()).prop_map(|(start, len)| Step::RemoveRanks(start, len)),
    ];
    prop::collection::vec(step, 0..1500)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn it_agrees_with_a_sorted_vec(steps in steps()) {
        let mut bench = Bench::new();
        for (number, step) in steps.into_iter().enumerate() {
            match step {
                Step::Insert(score, member) => bench.insert(f64::from(score), &[member]),
                Step::Remove(score, member) => bench.remove(f64::from(score), &[member]),
                Step::RemoveRanks(start, len) if number % 8 == 0 => {
                    let start = usize::from(start) % (bench.model.len() + 1);
                    let end = bench.model.len().min(start + usize::from(len));
                    let expected: Vec<_> = bench.model.drain(start..end).collect();
                    let mut removed = Vec::new();
                    while removed.len() < end - start {
                        let ranks = start as u64..(end - removed.len()) as u64;
                        bench.tree.remove_some(ranks, &mut removed);
                    }
                    prop_assert!(removed.into_iter().map(view).eq(expected));
                }
                Step::RemoveRanks(..) => {}
            }
        }
        bench.check();
    }

    #[test]
    fn cuts_count_what_lies_before_them(
        members in prop::collection::vec((-9..9, any::<u8>()), 0..600),
        cuts in prop::collection::vec((-10..10, any::<u8>()), 30),
    ) {
        let mut bench = Bench::new();
        for (score, member) in members {
            bench.insert(f64::from(score), &[member]);
        }
        for (score, member) in cuts {
            let score = f64::from(score);
            let count = |before: &dyn Fn(f64, &[u8]) -> bool| {
                bench.model.iter().filter(|(own, bytes)| before(*own, bytes)).count() as u64
            };
            let rank = |cut: Cut<'_>| bench.tree.rank(&cut);
            prop_assert_eq!(rank(Cut::at_score(score, false)), count(&|own, _| own < score));
            prop_assert_eq!(rank(Cut::at_score(score, true)), count(&|own, _| own <= score));
            prop_assert_eq!(
                rank(Cut::behind(score, &[member])),
                count(&|own, bytes| (own as i32, bytes) <= (score as i32, &[member][..]))
            );
        }
    }
}

/// Inserts `n` members with the scores of `scores` and returns the bytes of the tree per member.
fn filled(n: u32, mut scores: impl FnMut(u32) -> u32) -> (Bench, f64) {
    let mut bench = Bench::new();
    for number in 0..n {
        let owner = Member::new(f64::from(scores(number)), &number.to_be_bytes());
        // SAFETY: the members are dropped with the tree, which does not look at them then.
        bench.tree.insert(unsafe { owner.pointer().detach() });
        bench.members.push(owner);
    }
    assert_eq!(check_root(&bench.tree.root), u64::from(n));
    assert!(
        bench
            .tree
            .iter(0..u64::from(n))
            .map(Pointer::order)
            .is_sorted()
    );
    let bytes = bench.tree.heap_bytes() as f64 / f64::from(n);
    (bench, bytes)
}

#[test]
fn nodes_stay_well_filled() {
    const N: u32 = 50_000;
    let mut rng = Rng::new(1);
    let scattered = |_| rng.next_u64() as u32;
    for (name, bytes, limit) in [
        ("rising", filled(N, |number| number).1, 9.2),
        ("falling", filled(N, |number| N - number).1, 9.2),
        ("equal", filled(N, |_| 7).1, 9.2),
        ("scattered", filled(N, scattered).1, 11.2),
    ] {
        assert!(bytes < limit, "{name}: {bytes} bytes per member");
    }
}

#[test]
fn iterators_start_anywhere_and_meet() {
    let (bench, _) = filled(5000, |number| number);
    let scores = |ranks: Range<u64>| bench.tree.iter(ranks).map(|pointer| pointer.score() as u64);
    assert!(scores(1234..1300).eq(1234..1300));
    assert!(scores(100..4900).rev().eq((100..4900).rev()));
    let mut both = scores(0..200);
    let mut seen = Vec::new();
    while let Some(first) = both.next() {
        seen.push(first);
        seen.extend(both.next_back());
    }
    seen.sort_unstable();
    assert!(seen.into_iter().eq(0..200));
    assert_eq!(bench.tree.get(4999).map(Pointer::score), Some(4999.0));
    assert_eq!(bench.tree.get(5000), None);
}

#[test]
fn a_score_changes_in_place_only_between_its_neighbours() {
    let (mut bench, _) = filled(10, |number| number * 10);
    let member = 5_u32.to_be_bytes();
    let mut current = 50.0;
    let mut rescore = |score: f64| {
        let (old, new) = (Cut::behind(current, &member), Cut::behind(score, &member));
        let in_place = bench.tree.rescore(old, new, order_of(score));
        // SAFETY: no one else looks at the set.
        unsafe { bench.members[5].pointer().set_score(score) };
        if !in_place {
            // SAFETY: the members are dropped with the tree, which does not look at them then.
            bench
                .tree
                .insert(unsafe { bench.members[5].pointer().detach() });
        }
        current = score;
        in_place
    };
    assert!(rescore(59.0) && rescore(41.0) && rescore(50.0));
    assert!(!rescore(61.0) && !rescore(39.0) && !rescore(50.0));
    // Equal scores: the member decides, and 5 sorts behind 4 and before 6.
    assert!(rescore(40.0) && rescore(60.0));
}
