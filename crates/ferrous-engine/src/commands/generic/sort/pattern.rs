//! Patterns that name, for each element, a key or a field of a hash.

use ferrous_types::Hash;

use crate::keyspace::{Db, Text};

/// A pattern. Its first `*` stands for the element, and `->` behind that begins the name of a field; `#` is the element
/// itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Pattern<'a>(pub(super) &'a [u8]);

impl Pattern<'_> {
    /// What the pattern finds for `element`.
    pub(super) fn value(self, db: &mut Db<'_, '_>, element: &[u8]) -> Option<Vec<u8>> {
        if self.0 == b"#" {
            return Some(element.to_vec());
        }
        let star = self.0.iter().position(|&byte| byte == b'*')?;
        let (prefix, rest) = (&self.0[..star], &self.0[star + 1..]);
        let (suffix, field) = split_field(rest);
        let name = [prefix, element, suffix].concat();
        let (key, now_ms) = (db.key(&name), db.now_ms());
        match field {
            None => {
                let entry = db.read(&key)?;
                Text::of(&entry.value()).map(|text| text.to_vec())
            }
            Some(field) => {
                let hash = db.collection::<Hash>(&key).ok()??;
                Some(hash.get(field, now_ms)?.to_bytes().into_owned())
            }
        }
    }
}

/// What follows the element in the key's name, and the field. An arrow that nothing follows belongs to the name.
fn split_field(rest: &[u8]) -> (&[u8], Option<&[u8]>) {
    let arrow = rest.windows(2).position(|pair| pair == b"->");
    match arrow.filter(|arrow| arrow + 2 < rest.len()) {
        Some(arrow) => (&rest[..arrow], Some(&rest[arrow + 2..])),
        None => (rest, None),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_follow_an_arrow() {
        assert_eq!(split_field(b"->f"), (&b""[..], Some(&b"f"[..])));
        assert_eq!(split_field(b"x->f->g"), (&b"x"[..], Some(&b"f->g"[..])));
        assert_eq!(split_field(b"->"), (&b"->"[..], None));
        assert_eq!(split_field(b""), (&b""[..], None));
    }
}
