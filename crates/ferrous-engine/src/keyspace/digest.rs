//! A fingerprint of values and of whole data sets, the one that `DEBUG DIGEST` of released servers shows, so that two
//! servers can be found to hold the same data.
//!
//! What has an order is mixed in: the digest is replaced by the SHA-1 of its sum (exclusive or) with the SHA-1 of the
//! next piece. What has none is added, hashed. Keys of one database have no order, so the digest does not depend on where they
//! live.

use std::fmt;

use ferrous_types::entry::ValueRef;
use sha1::{Digest as _, Sha1};

use super::{Db, EntryRef, ObjectRef, Text};

const BYTES: usize = 20;
/// The number that stands for strings.
const STRING: u32 = 0;
/// Digits of a score that tell any two apart.
const SCORE_DIGITS: i32 = 17;

/// The fingerprint of some data; all zeros for none. Shown as 40 hexadecimal digits.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Digest([u8; BYTES]);

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl Digest {
    /// The fingerprint of a value and of whether its key has a deadline.
    pub fn of_value(entry: EntryRef<'_>) -> Self {
        let mut digest = Self::default();
        digest.mix_value(entry);
        digest
    }

    /// The fingerprint of all databases; `db` holds every partition. O(bytes).
    pub fn of_everything(db: &mut Db<'_, '_>) -> Self {
        let mut shares = vec![None; db.databases()];
        db.for_each_partition(|partition| {
            for (index, share) in shares.iter_mut().enumerate() {
                for entry in partition.database(index).keys() {
                    share
                        .get_or_insert_with(Self::default)
                        .add(&Self::of_key(entry));
                }
            }
        });
        let mut whole = Self::default();
        for (index, share) in shares.iter().enumerate() {
            if let Some(share) = share {
                whole.mix(&(index as u32).to_be_bytes());
                whole.add(share);
            }
        }
        whole
    }

    /// What a key adds to its database's share.
    fn of_key(entry: EntryRef<'_>) -> Self {
        let mut digest = Self::default();
        digest.mix(entry.key());
        digest.mix_value(entry);
        Self::hash(&digest.0)
    }

    fn mix_value(&mut self, entry: EntryRef<'_>) {
        match entry.value() {
            ValueRef::Object(object) => self.mix_object(object),
            string => {
                self.mix(&STRING.to_be_bytes());
                self.mix(&Text::of(&string).expect("what is no object is a string"));
            }
        }
        if entry.expire_at_ms().is_some() {
            self.add(&Self::hash(b"!!expire!!"));
        }
    }

    /// Appends `piece` to what has an order.
    fn mix(&mut self, piece: &[u8]) {
        self.add(&Self::hash(piece));
        *self = Self::hash(&self.0);
    }

    /// Adds `other` to what has no order.
    fn add(&mut self, other: &Self) {
        for (byte, more) in self.0.iter_mut().zip(&other.0) {
            *byte ^= more;
        }
    }

    fn hash(piece: &[u8]) -> Self {
        Self(Sha1::digest(piece).into())
    }
}

impl Digest {
    fn mix_object(&mut self, object: ObjectRef<'_>) {
        self.mix(&type_number(object).to_be_bytes());
        match object {
            ObjectRef::List(list) => list.for_each(0..list.len(), |element| {
                element.with_bytes(|bytes| self.mix(bytes));
            }),
            ObjectRef::Set(set) => {
                for member in set {
                    self.add(&member.with_bytes(Self::hash));
                }
            }
            // Fields are told whether or not their time has come, as released servers do.
            ObjectRef::Hash(hash) => {
                for field in hash.iter(i64::MIN) {
                    self.add(&Self::of_pieces(
                        &field.name.to_bytes(),
                        &field.value.to_bytes(),
                    ));
                }
            }
            ObjectRef::SortedSet(set) => {
                for entry in set {
                    let score = score_text(entry.score);
                    self.add(&Self::of_pieces(&entry.member.to_bytes(), score.as_bytes()));
                }
            }
            ObjectRef::Stream(stream) => {
                for entry in &stream.log {
                    self.mix(format!("{}.{}", entry.id.ms, entry.id.seq).as_bytes());
                    for (name, value) in entry.fields {
                        self.mix(&name.to_bytes());
                        self.mix(&value.to_bytes());
                    }
                }
            }
        }
    }

    fn of_pieces(first: &[u8], second: &[u8]) -> Self {
        let mut digest = Self::default();
        digest.mix(first);
        digest.mix(second);
        // What is added is hashed once more, as every piece without an order is.
        Self::hash(&digest.0)
    }
}

/// The number of the type in the digest.
fn type_number(object: ObjectRef<'_>) -> u32 {
    match object {
        ObjectRef::List(_) => 1,
        ObjectRef::Set(_) => 2,
        ObjectRef::SortedSet(_) => 3,
        ObjectRef::Hash(_) => 4,
        ObjectRef::Stream(_) => 6,
    }
}

/// A score as C's `%.17g` spells it.
fn score_text(score: f64) -> String {
    if !score.is_finite() {
        return format!("{score}");
    }
    let scientific = format!("{score:.*e}", SCORE_DIGITS as usize - 1);
    let (digits, exponent) = scientific.split_once('e').unwrap_or((&scientific, "0"));
    let exponent: i32 = exponent.parse().unwrap_or_default();
    let trimmed = |text: &str| {
        if text.contains('.') {
            text.trim_end_matches('0').trim_end_matches('.').to_owned()
        } else {
            text.to_owned()
        }
    };
    if (-4..SCORE_DIGITS).contains(&exponent) {
        let decimals = (SCORE_DIGITS - 1 - exponent) as usize;
        trimmed(&format!("{score:.decimals$}"))
    } else {
        let sign = if exponent < 0 { '-' } else { '+' };
        format!("{}e{sign}{:02}", trimmed(digits), exponent.abs())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::keyspace::{
        AccessClock, Changes, Circumstances, DueKeys, Environment, Interests, Keyspace,
    };
    use crate::limits::Limits;
    use crate::scope::Scope;
    use ferrous_types::hash::Seed;
    use ferrous_types::random::Rng;

    #[test]
    fn scores_are_spelled_as_c_does() {
        for (score, text) in [
            (0.0, "0"),
            (1.5, "1.5"),
            (0.1, "0.10000000000000001"),
            (1e17, "1e+17"),
            (1e16, "10000000000000000"),
            (1e-5, "1.0000000000000001e-05"),
            (f64::NEG_INFINITY, "-inf"),
        ] {
            assert_eq!(score_text(score), text);
        }
    }

    fn with_db<T>(work: impl FnOnce(&Keyspace, &mut Db<'_, '_>) -> T) -> T {
        let seed = Seed::random().unwrap();
        let keyspace = Keyspace::new(64, 16, seed, 0);
        let circumstances = Circumstances {
            now_ms: 0,
            access: AccessClock::lru(0),
            no_touch: false,
            due_keys: DueKeys::Removed,
            in_script: false,
        };
        let environment = Environment {
            database: 0,
            circumstances: &circumstances,
            interests: Interests::default(),
            limits: &Limits::default(),
            random: &mut Rng::new(1),
        };
        let mut changes = Changes::default();
        let mut scope = Scope::everything(&keyspace, &mut changes);
        scope.with_db(environment, |db| work(&keyspace, db))
    }

    fn fill(keyspace: &Keyspace, db: &mut Db<'_, '_>) {
        db.set_text(&keyspace.key(b"foo"), b"bar", None);
        db.set_text(&keyspace.key(b"n"), b"12345", None);
        db.set_text(&keyspace.key(b"long"), &[b'a'; 100], None);
    }

    /// The figures are those of Redis 7.0.15 for the same keys.
    #[test]
    fn digests_are_those_of_released_servers() {
        with_db(|keyspace, db| {
            assert_eq!(Digest::of_everything(db), Digest::default());
            fill(keyspace, db);
            let whole = Digest::of_everything(db);
            assert_eq!(
                whole.to_string(),
                "93977d38e612d69e3915db367f9b08a9244b161c"
            );
            let foo = db.peek(&keyspace.key(b"foo")).map(Digest::of_value);
            let foo = foo.map(|digest| digest.to_string());
            assert_eq!(
                foo.as_deref(),
                Some("68467c70ae30376e7ce005bcc8827f5ba7fd67dc")
            );
        });
    }

    #[test]
    fn a_deadline_shows_but_not_which() {
        with_db(|keyspace, db| {
            let key = keyspace.key(b"foo");
            let of = |db: &mut Db<'_, '_>, deadline| {
                db.set_text(&key, b"bar", deadline);
                Digest::of_everything(db)
            };
            let without = of(db, None);
            assert_ne!(without, of(db, Some(1000)));
            assert_eq!(of(db, Some(2000)), of(db, Some(1000)));
        });
    }
}
