//! Unions, intersections and differences of sets, in the encodings that released servers give them.

use ferrous_types::hash::Seed;
use ferrous_types::set::SetLimits;
use ferrous_types::{Element, Set};

/// The sets that a call names; an absent key is nothing.
pub(super) type Operands<'a> = [Option<&'a Set>];

/// How sets are made: with which limits, and hashed with which seed.
#[derive(Clone, Copy)]
pub(super) struct Builder {
    pub(super) limits: SetLimits,
    pub(super) seed: Seed,
}

impl Builder {
    fn insert_all<'a>(self, set: &mut Set, members: impl Iterator<Item = Element<'a>>) {
        for member in members {
            member.with_bytes(|member| set.insert(member, &self.limits, self.seed));
        }
    }

    /// The members of any of the sets.
    pub(super) fn union(self, sets: &Operands<'_>) -> Set {
        let largest = sets.iter().flatten().max_by_key(|set| set.len());
        let Some(largest) = largest else {
            return Set::new();
        };
        let is_large = largest.len() > self.limits.compact_max();
        if is_large && sets.len() == 1 {
            return (*largest).clone();
        }
        let mut union = if is_large {
            // What only a hashtable can hold is one from the start.
            let count = sets.iter().flatten().map(|set| set.len()).sum();
            Set::with_capacity(count, self.seed)
        } else {
            Set::new()
        };
        for set in sets.iter().flatten() {
            self.insert_all(&mut union, set.iter());
        }
        union.fit();
        union
    }

    /// The members of all of the sets.
    pub(super) fn intersection(self, sets: &Operands<'_>) -> Set {
        let mut intersection = match smallest(sets) {
            Some(set) if set.encoding() == "intset" => Set::new(),
            _ => Set::new_packed(),
        };
        let mut common = Vec::new();
        for_each_common(sets, |member| {
            common.push(member);
            true
        });
        if common.len() > self.limits.compact_max() {
            intersection = Set::with_capacity(common.len(), self.seed);
        }
        self.insert_all(&mut intersection, common.into_iter());
        intersection.unpack_ints(&self.limits);
        intersection
    }

    /// The members of the first set that are in none of the others.
    pub(super) fn difference(self, sets: &Operands<'_>) -> Set {
        let mut difference = Set::new();
        let Some((Some(first), others)) = sets.split_first() else {
            return difference;
        };
        if others
            .iter()
            .flatten()
            .any(|set| std::ptr::eq(*set, *first))
        {
            return difference;
        }
        if looks_up(first, others) {
            let alone =
                |member: &Element<'_>| !member.with_bytes(|member| is_in_any(others, member));
            let rest: Vec<_> = first.iter().filter(alone).collect();
            if rest.len() > self.limits.compact_max() {
                difference = Set::with_capacity(rest.len(), self.seed);
            }
            self.insert_all(&mut difference, rest.into_iter());
            return difference;
        }
        self.insert_all(&mut difference, first.iter());
        for member in others.iter().flatten().flat_map(|set| set.iter()) {
            member.with_bytes(|member| difference.remove(member));
        }
        difference
    }
}

/// Calls `visit` with every member that all of the sets have, until it returns false.
pub(super) fn for_each_common<'a>(sets: &Operands<'a>, mut visit: impl FnMut(Element<'a>) -> bool) {
    let Some(smallest) = smallest(sets) else {
        return;
    };
    let others = || {
        let sets = sets.iter().flatten();
        sets.filter(|set| !std::ptr::eq(**set, smallest))
    };
    for member in smallest {
        let common = member.with_bytes(|member| others().all(|set| set.contains(member)));
        if common && !visit(member) {
            return;
        }
    }
}

/// The set with the fewest members; nothing when one of them is absent, and so empty.
fn smallest<'a>(sets: &Operands<'a>) -> Option<&'a Set> {
    let sizes = sets.iter().map(|set| set.map_or(0, Set::len));
    let (index, _) = sizes.enumerate().min_by_key(|(_, len)| *len)?;
    sets[index]
}

fn is_in_any(sets: &Operands<'_>, member: &[u8]) -> bool {
    sets.iter().flatten().any(|set| set.contains(member))
}

/// Whether to look the first set's members up in the others, rather than to remove theirs from a copy of it. Released
/// servers decide like this; the encoding of the result tells which it was.
fn looks_up(first: &Set, others: &Operands<'_>) -> bool {
    let present = || others.iter().flatten();
    let lookups = first.len() * (1 + present().count());
    let removals = first.len() + present().map(|set| set.len()).sum::<usize>();
    lookups / 2 <= removals
}

#[cfg(test)]
mod tests {
    use super::*;

    fn set(members: &[&str], builder: Builder) -> Set {
        let mut set = Set::new();
        let members: Vec<&[u8]> = members.iter().map(|member| member.as_bytes()).collect();
        set.insert_all(members, &builder.limits, builder.seed);
        set
    }

    #[track_caller]
    fn check(result: &Set, encoding: &str, expected: &[&str]) {
        let mut members: Vec<String> = result
            .iter()
            .map(|member| String::from_utf8_lossy(&member.to_bytes()).into_owned())
            .collect();
        members.sort();
        assert_eq!(members, expected);
        assert_eq!(result.encoding(), encoding);
    }

    #[test]
    fn results_are_as_compact_as_their_members_allow() {
        let limits = SetLimits {
            intset_entries: 4,
            listpack_entries: 4,
            listpack_value: 8,
        };
        let builder = Builder {
            limits,
            seed: Seed::new(1, 2),
        };
        let ints = set(&["1", "2", "3"], builder);
        let mixed = set(&["2", "3", "a", "b", "c"], builder);
        assert_eq!((ints.encoding(), mixed.encoding()), ("intset", "hashtable"));
        let both = [Some(&ints), Some(&mixed)];
        check(
            &builder.union(&both),
            "hashtable",
            &["1", "2", "3", "a", "b", "c"],
        );
        check(&builder.intersection(&both), "intset", &["2", "3"]);
        check(&builder.difference(&both), "intset", &["1"]);
        let swapped = [Some(&mixed), Some(&ints)];
        check(&builder.difference(&swapped), "listpack", &["a", "b", "c"]);
        // One without members is never stored.
        assert!(builder.difference(&[Some(&ints), Some(&ints)]).is_empty());
        assert!(builder.intersection(&[Some(&ints), None]).is_empty());
    }
}
