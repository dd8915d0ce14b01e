//! What a listpack from outside has to be beside intact, when it stands for a set or a hash.

use thiserror::Error;

use crate::element::Element;

/// Why the elements of an intact listpack are no set or hash.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum PackedError {
    /// A field without a value.
    #[error("listpack of a hash has an odd number of elements")]
    OddLength,
    /// A member or field that is there twice.
    #[error("listpack holds the same member or field twice")]
    Duplicate,
}

/// Checks that no two of `elements` are equal. O(n log n).
pub(crate) fn check_distinct<'a>(
    elements: impl Iterator<Item = Element<'a>>,
) -> Result<(), PackedError> {
    // What spells an integer compares as that integer, however it is stored.
    let key = |element: Element<'a>| match (element.as_int(), element) {
        (None, Element::Bytes(bytes)) => (None, bytes),
        (int, _) => (int, [].as_slice()),
    };
    let mut keys: Vec<_> = elements.map(key).collect();
    keys.sort_unstable();
    if keys.windows(2).any(|pair| pair[0] == pair[1]) {
        return Err(PackedError::Duplicate);
    }
    Ok(())
}
