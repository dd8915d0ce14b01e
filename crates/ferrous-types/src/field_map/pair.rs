//! One field of a hashtable as a record.
//!
//! ```text
//! head: length of the name * 2 + (1 if it expires), seven bits per byte, lowest group first
//! [ expiry: Unix time in milliseconds, i64 little-endian ]    name    value
//! ```

use crate::record::Record;

/// Groups of seven bits that hold any head.
const HEAD_MAX: usize = 10;

/// The bytes of an expiry.
const EXPIRY_LEN: usize = size_of::<i64>();

/// What a record says.
#[derive(Clone, Copy)]
pub(super) struct Pair<'a> {
    pub(super) name: &'a [u8],
    pub(super) value: &'a [u8],
    pub(super) expires_at_ms: Option<i64>,
}

impl<'a> Pair<'a> {
    /// Reads a record that [`to_record`](Self::to_record) made.
    pub(super) fn of(record: &'a [u8]) -> Self {
        let (head, rest) = split_head(record);
        let (expires_at_ms, rest) = match rest.split_first_chunk::<EXPIRY_LEN>() {
            Some((expiry, rest)) if head & 1 == 1 => (Some(i64::from_le_bytes(*expiry)), rest),
            _ => (None, rest),
        };
        let (name, value) = rest.split_at(head >> 1);
        Self {
            name,
            value,
            expires_at_ms,
        }
    }

    pub(super) fn to_record(self) -> Record {
        let mut groups = [0; HEAD_MAX];
        let head = encode_head(self, &mut groups);
        match self.expires_at_ms {
            Some(at) => Record::from_parts(&[head, &at.to_le_bytes(), self.name, self.value]),
            None => Record::from_parts(&[head, self.name, self.value]),
        }
    }

    /// Writes this pair over the record of one with the same name, if it has the same form.
    pub(super) fn overwrite(self, record: &mut [u8]) -> bool {
        let old = Pair::of(record);
        let same_form = old.value.len() == self.value.len()
            && old.expires_at_ms.is_some() == self.expires_at_ms.is_some();
        if same_form {
            let value_at = record.len() - self.value.len();
            record[value_at..].copy_from_slice(self.value);
            if let Some(at) = self.expires_at_ms {
                let expiry_at = value_at - self.name.len() - EXPIRY_LEN;
                record[expiry_at..expiry_at + EXPIRY_LEN].copy_from_slice(&at.to_le_bytes());
            }
        }
        same_form
    }
}

fn encode_head<'a>(pair: Pair<'_>, groups: &'a mut [u8; HEAD_MAX]) -> &'a [u8] {
    let mut head = pair.name.len() << 1 | usize::from(pair.expires_at_ms.is_some());
    let mut len = 0;
    loop {
        groups[len] = (head & 0x7F) as u8;
        head >>= 7;
        if head == 0 {
            return &groups[..=len];
        }
        groups[len] |= 0x80;
        len += 1;
    }
}

fn split_head(record: &[u8]) -> (usize, &[u8]) {
    let mut head = 0;
    for (place, &group) in record.iter().enumerate() {
        head |= usize::from(group & 0x7F) << (7 * place);
        if group & 0x80 == 0 {
            return (head, &record[place + 1..]);
        }
    }
    unreachable!("a record of a field begins with a whole head");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_record_holds_its_pair() {
        for name_len in [0, 1, 63, 64, 8191, 8192, 100_000] {
            for expires_at_ms in [None, Some(-1), Some(1_700_000_000_000)] {
                let name = vec![b'n'; name_len];
                let pair = Pair {
                    name: &name,
                    value: b"12345678",
                    expires_at_ms,
                };
                let record = pair.to_record();
                let again = Pair::of(record.as_slice());
                assert_eq!(
                    (again.name, again.value),
                    (name.as_slice(), b"12345678".as_slice())
                );
                assert_eq!(again.expires_at_ms, expires_at_ms);
            }
        }
    }

    #[test]
    fn overwrites_only_the_same_form() {
        let pair = |value, expires_at_ms| Pair {
            name: b"name",
            value,
            expires_at_ms,
        };
        let mut record = pair(b"one", Some(5)).to_record().as_slice().to_vec();
        assert!(!pair(b"three", Some(5)).overwrite(&mut record));
        assert!(!pair(b"two", None).overwrite(&mut record));
        assert!(pair(b"two", Some(6)).overwrite(&mut record));
        let now = Pair::of(&record);
        assert_eq!(
            (now.name, now.value),
            (b"name".as_slice(), b"two".as_slice())
        );
        assert_eq!(now.expires_at_ms, Some(6));
    }

    #[test]
    fn a_short_pair_costs_one_byte_more() {
        let pair = Pair {
            name: &[1; 16],
            value: &[2; 16],
            expires_at_ms: None,
        };
        assert_eq!(pair.to_record().as_slice().len(), 33);
    }
}
