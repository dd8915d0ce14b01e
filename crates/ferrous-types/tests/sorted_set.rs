//! Sorted sets beside a `BTreeSet` of pairs, with limits so small that the encoding changes midway.

use std::collections::{BTreeMap, BTreeSet};

use ferrous_types::SortedSet;
use ferrous_types::hash::Seed;
use ferrous_types::sorted_set::{
    AddRules, Added, Direction, Entry, MemberBound, Presence, ScoreBound, SortedSetLimits,
};
use proptest::prelude::*;

const SEED: Seed = Seed::new(1, 2);
const LIMITS: SortedSetLimits = SortedSetLimits {
    entries: 12,
    value: 8,
};

#[derive(Default)]
struct Model {
    /// Scores are whole numbers here, so integers order them.
    scores: BTreeMap<Vec<u8>, i32>,
    order: BTreeSet<(i32, Vec<u8>)>,
}

impl Model {
    fn put(&mut self, member: &[u8], score: i32) {
        if let Some(old) = self.scores.insert(member.to_vec(), score) {
            self.order.remove(&(old, member.to_vec()));
        }
        self.order.insert((score, member.to_vec()));
    }

    fn take(&mut self, member: &[u8]) -> Option<i32> {
        let score = self.scores.remove(member)?;
        self.order.remove(&(score, member.to_vec()));
        Some(score)
    }

    fn add(&mut self, member: &[u8], score: i32, rules: AddRules) -> Added {
        let present = self.scores.get(member).copied();
        let new = match present {
            Some(present) if rules.increment => present + score,
            _ => score,
        };
        let refused = match (present, rules.presence, rules.direction) {
            (Some(_), Presence::Absent, _) | (None, Presence::Present, _) => true,
            (Some(present), _, Direction::Up) => new <= present,
            (Some(present), _, Direction::Down) => new >= present,
            _ => false,
        };
        if refused {
            return Added::Refused;
        }
        self.put(member, new);
        match present {
            None => Added::New(f64::from(new)),
            Some(present) if present == new => Added::Same(f64::from(new)),
            Some(_) => Added::Updated(f64::from(new)),
        }
    }
}

#[derive(Debug, Clone)]
enum Step {
    Add(Vec<u8>, i32, AddRules),
    Remove(Vec<u8>),
    RemoveRange(usize, usize),
}

fn members() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![
        8 => (0..900_u32).prop_map(|number| number.to_string().into_bytes()),
        4 => prop::collection::vec(any::<u8>(), 0..3),
        1 => (0..90_u32).prop_map(|number| format!("longer than the limit {number}").into_bytes()),
    ]
}

fn rules() -> impl Strategy<Value = AddRules> {
    let presence = prop_oneof![
        4 => Just(Presence::Any),
        1 => Just(Presence::Absent),
        1 => Just(Presence::Present),
    ];
    let direction = prop_oneof![
        4 => Just(Direction::Any),
        1 => Just(Direction::Up),
        1 => Just(Direction::Down),
    ];
    (presence, direction, any::<bool>()).prop_map(|(presence, direction, increment)| AddRules {
        presence,
        direction,
        increment,
    })
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        20 => (members(), -30..30, rules()).prop_map(|(member, score, rules)| Step::Add(member, score, rules)),
        5 => members().prop_map(Step::Remove),
        1 => (any::<prop::sample::Index>(), 0..40_usize).prop_map(|(start, len)| Step::RemoveRange(start.index(1000), len)),
    ];
    prop_oneof![
        prop::collection::vec(step.clone(), 0..40),
        prop::collection::vec(step, 500..1200),
    ]
}

fn pair(entry: Entry<'_>) -> (i32, Vec<u8>) {
    (entry.score as i32, entry.member.to_bytes().into_owned())
}

fn run(steps: Vec<Step>) -> Result<(SortedSet, Model), TestCaseError> {
    let (mut set, mut model) = (SortedSet::new(), Model::default());
    for step in steps {
        match step {
            Step::Add(member, score, rules) => {
                let added = set.add(&member, f64::from(score), rules, LIMITS, SEED);
                prop_assert_eq!(added, Ok(model.add(&member, score, rules)));
            }
            Step::Remove(member) => {
                let removed = set.remove(&member, SEED).map(|score| score as i32);
                prop_assert_eq!(removed, model.take(&member));
            }
            Step::RemoveRange(start, len) => {
                let start = start % (model.order.len() + 1);
                let expected: Vec<_> = model.order.iter().skip(start).take(len).cloned().collect();
                for (_, member) in &expected {
                    model.take(member);
                }
                let mut removed = Vec::new();
                set.remove_range(start..start + len, SEED, |entry| removed.push(pair(entry)));
                prop_assert_eq!(removed, expected);
            }
        }
        prop_assert_eq!(set.len(), model.order.len());
    }
    Ok((set, model))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn it_agrees_with_the_model(steps in steps()) {
        let (set, model) = run(steps)?;
        prop_assert!(set.iter().map(pair).eq(model.order.iter().cloned()));
        prop_assert!(set.iter().rev().map(pair).eq(model.order.iter().rev().cloned()));
        for (rank, (score, member)) in model.order.iter().enumerate() {
            let found = Some((rank, f64::from(*score)));
            prop_assert_eq!(set.rank(member, SEED), found);
            prop_assert_eq!(set.get(rank).map(pair), Some((*score, member.clone())));
        }
        prop_assert_eq!(set.rank(b"absent", SEED), None);
        prop_assert_eq!(set.get(set.len()), None);
        let mut scanned = BTreeSet::new();
        let mut cursor = 0;
        loop {
            cursor = set.scan(cursor, |entry| assert!(scanned.insert(pair(entry))));
            if cursor == 0 {
                break;
            }
        }
        prop_assert_eq!(scanned, model.order);
    }

    #[test]
    fn ranges_agree_with_the_model(steps in steps(), low in -32..32, high in -32..32) {
        let (set, model) = run(steps)?;
        let (from, to) = (f64::from(low), f64::from(high));
        let count = |inside: &dyn Fn(i32) -> bool| {
            model.order.iter().filter(|(score, _)| inside(*score)).count()
        };
        let ranks = set.ranks_by_score(ScoreBound::Included(from), ScoreBound::Included(to));
        prop_assert_eq!(ranks.len(), count(&|score| low <= score && score <= high));
        let ranks = set.ranks_by_score(ScoreBound::Excluded(from), ScoreBound::Excluded(to));
        prop_assert_eq!(ranks.len(), count(&|score| low < score && score < high));
        let ranks = set.ranks_by_score(ScoreBound::Excluded(from), ScoreBound::Included(f64::INFINITY));
        prop_assert!(set.range(ranks).map(pair).eq(model.order.iter().filter(|(score, _)| *score > low).cloned()));
    }

    #[test]
    fn ranges_by_member_agree_with_the_model(
        names in prop::collection::btree_set(members(), 0..400),
        low in members(),
        high in members(),
    ) {
        let mut set = SortedSet::new();
        for name in &names {
            set.add(name, 0.0, AddRules::default(), LIMITS, SEED).unwrap();
        }
        let listed = |min, max| {
            let ranks = set.ranks_by_member(min, max);
            set.range(ranks).map(|entry| entry.member.to_bytes().into_owned()).collect::<Vec<_>>()
        };
        let expected = |inside: &dyn Fn(&[u8]) -> bool| {
            names.iter().filter(|name| inside(name)).cloned().collect::<Vec<_>>()
        };
        let (low, high) = (low.as_slice(), high.as_slice());
        prop_assert_eq!(
            listed(MemberBound::Included(low), MemberBound::Excluded(high)),
            expected(&|name| low <= name && name < high)
        );
        prop_assert_eq!(
            listed(MemberBound::Excluded(low), MemberBound::Included(high)),
            expected(&|name| low < name && name <= high)
        );
        prop_assert_eq!(listed(MemberBound::Min, MemberBound::Included(high)), expected(&|name| name <= high));
        prop_assert_eq!(listed(MemberBound::Min, MemberBound::Max).len(), names.len());
        prop_assert_eq!(listed(MemberBound::Max, MemberBound::Min).len(), 0);
    }
}

#[test]
fn the_encoding_follows_the_limits() {
    let mut set = SortedSet::new();
    let mut add = |member: &[u8]| {
        set.add(member, 1.0, AddRules::default(), LIMITS, SEED)
            .unwrap();
        set.encoding()
    };
    assert!((0..12_u8).all(|number| add(&[number]) == "listpack"));
    assert_eq!(add(&[3]), "listpack");
    assert_eq!(add(&[12]), "skiplist");

    let mut set = SortedSet::new();
    set.add(b"eight by", 1.0, AddRules::default(), LIMITS, SEED)
        .unwrap();
    assert_eq!(set.encoding(), "listpack");
    set.add(b"nine byte", 1.0, AddRules::default(), LIMITS, SEED)
        .unwrap();
    assert_eq!(set.encoding(), "skiplist");
}

#[test]
fn nothing_becomes_a_nan() {
    let increment = AddRules {
        increment: true,
        ..AddRules::default()
    };
    let mut set = SortedSet::new();
    assert!(
        set.add(b"a", f64::NAN, AddRules::default(), LIMITS, SEED)
            .is_err()
    );
    assert!(set.is_empty());
    set.add(b"a", f64::INFINITY, AddRules::default(), LIMITS, SEED)
        .unwrap();
    assert!(
        set.add(b"a", f64::NEG_INFINITY, increment, LIMITS, SEED)
            .is_err()
    );
    assert_eq!(set.score(b"a", SEED), Some(f64::INFINITY));
}

#[test]
fn a_large_set_may_be_dropped_on_another_thread() {
    let mut set = SortedSet::new();
    for number in 0..5000_u32 {
        let member = number.to_be_bytes();
        set.add(
            &member,
            f64::from(number),
            AddRules::default(),
            LIMITS,
            SEED,
        )
        .unwrap();
    }
    std::thread::spawn(move || drop(set)).join().unwrap();
}
