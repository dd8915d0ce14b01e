//! HyperLogLog values in both forms beside each other, and bytes that are none.

use ferrous_types::hyperloglog::{self, Encoding, Registers};
use proptest::prelude::*;

fn filled(elements: &[u32], sparse_max_bytes: usize) -> Vec<u8> {
    let mut hll = hyperloglog::empty();
    for element in elements {
        let added = hyperloglog::add(&mut hll, &element.to_le_bytes(), sparse_max_bytes);
        assert!(added.is_ok());
    }
    hll
}

fn registers(hll: &[u8]) -> Registers {
    let mut registers = Registers::new();
    assert!(registers.absorb(hll).is_ok());
    registers
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn the_form_does_not_matter(elements in prop::collection::vec(any::<u32>(), 0..1500)) {
        let (sparse, dense) = (filled(&elements, 12_000), filled(&elements, 0));
        let changed = filled(&elements, 400);
        prop_assert_eq!(hyperloglog::encoding(&sparse), Some(Encoding::Sparse));
        prop_assert!(elements.is_empty() || hyperloglog::encoding(&dense) == Some(Encoding::Dense));
        for other in [&dense, &changed] {
            prop_assert!(registers(&sparse).values() == registers(other).values());
            prop_assert_eq!(hyperloglog::count(&sparse), hyperloglog::count(other));
        }
    }

    #[test]
    fn a_merge_is_the_union(
        one in prop::collection::vec(0..5000_u32, 0..400),
        other in prop::collection::vec(0..5000_u32, 0..400),
    ) {
        let mut merged = filled(&one, 3000);
        hyperloglog::merge(&mut merged, &registers(&filled(&other, 3000)), 3000).unwrap();
        let union = filled(&[one, other].concat(), 3000);
        let merged = registers(&merged);
        prop_assert!(merged.values() == registers(&union).values());
        prop_assert_eq!(merged.count(), hyperloglog::count(&union).unwrap());
    }

    #[test]
    fn torn_bytes_are_refused_by_all_or_none(
        elements in prop::collection::vec(any::<u32>(), 0..300),
        tears in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..4),
        cut in any::<prop::sample::Index>(),
    ) {
        let mut hll = filled(&elements, 3000);
        for (place, byte) in tears {
            let place = place.index(hll.len());
            hll[place] = byte;
        }
        hll.truncate(cut.index(4 * hll.len()) + 1);
        let count = hyperloglog::count(&hll);
        prop_assert_eq!(Registers::new().absorb(&hll), count.map(drop));
        prop_assert_eq!(hyperloglog::make_dense(&mut hll.clone()), count.map(drop));
        let added = hyperloglog::add(&mut hll, b"element", 3000);
        prop_assert!(added.is_ok() || count.is_err());
        prop_assert_eq!(hyperloglog::count(&hll).is_ok(), count.is_ok());
    }
}
