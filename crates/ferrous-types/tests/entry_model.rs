//! Whatever is done to an entry, it agrees with a plain struct, and drops each object once.

use std::rc::Rc;

use ferrous_types::entry::{Buffer, Detached, Entry, StringEncoding, Value, ValueRef};
use ferrous_types::hash::Seed;
use ferrous_types::table::{Slot, Table};
use proptest::prelude::*;

/// What an entry should hold.
#[derive(Clone, Debug, PartialEq)]
enum Held {
    Int(i64),
    Bytes(Vec<u8>),
    /// Bytes that were changed in place, and so are raw however short.
    Changed(Vec<u8>),
    Object(u32),
}

/// An object that counts the living.
struct Object {
    number: u32,
    _alive: Rc<()>,
}

#[derive(Clone, Debug)]
enum Step {
    Set(Held),
    Expire(Option<i64>),
    Access(u32),
    Append(Vec<u8>),
    Resize(usize),
    Rename(Vec<u8>),
    Detach,
}

fn bytes() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![
        8 => prop::collection::vec(any::<u8>(), 0..80),
        3 => prop::collection::vec(any::<u8>(), 400..600),
        1 => (60_000..70_000_usize).prop_map(|len| vec![len as u8; len]),
    ]
}

fn held() -> impl Strategy<Value = Held> {
    prop_oneof![
        any::<i64>().prop_map(Held::Int),
        bytes().prop_map(Held::Bytes),
        bytes().prop_map(Held::Changed),
        any::<u32>().prop_map(Held::Object),
    ]
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        4 => held().prop_map(Step::Set),
        2 => any::<Option<i64>>().prop_map(Step::Expire),
        1 => (0..1_u32 << 24).prop_map(Step::Access),
        1 => bytes().prop_map(Step::Append),
        1 => (0..1000_usize).prop_map(Step::Resize),
        1 => bytes().prop_map(Step::Rename),
        1 => Just(Step::Detach),
    ]
}

struct Model {
    key: Vec<u8>,
    held: Held,
    expire_at_ms: Option<i64>,
    access: u32,
    alive: Rc<()>,
}

impl Model {
    fn value<'a>(&self, held: &'a Held) -> Value<'a, Box<Object>> {
        match held {
            Held::Int(int) => Value::Int(*int),
            Held::Bytes(bytes) => Value::Bytes(bytes),
            Held::Changed(bytes) => Value::Buffer(Buffer::new(bytes)),
            Held::Object(number) => Value::Object(Box::new(Object {
                number: *number,
                _alive: Rc::clone(&self.alive),
            })),
        }
    }

    /// The string as it is when it was changed; `None` for an object.
    fn string(&self) -> Option<Vec<u8>> {
        match &self.held {
            Held::Int(int) => Some(int.to_string().into_bytes()),
            Held::Bytes(bytes) | Held::Changed(bytes) => Some(bytes.clone()),
            Held::Object(_) => None,
        }
    }

    fn check(&self, entry: &Entry<Box<Object>>) {
        let view = entry.view();
        assert_eq!(view.key(), self.key);
        assert_eq!(view.expire_at_ms(), self.expire_at_ms);
        assert_eq!(view.access(), self.access);
        match (view.value(), &self.held) {
            (ValueRef::Int(int), Held::Int(expected)) => assert_eq!(int, *expected),
            (ValueRef::Bytes(bytes), Held::Bytes(expected) | Held::Changed(expected)) => {
                assert_eq!(bytes, expected);
            }
            (ValueRef::Object(object), Held::Object(number)) => assert_eq!(object.number, *number),
            _ => panic!("not the kind of {:?}", self.held),
        }
        let encoding = match &self.held {
            Held::Int(_) => Some(StringEncoding::Int),
            Held::Bytes(bytes) if bytes.len() <= 44 => Some(StringEncoding::Embstr),
            Held::Bytes(_) | Held::Changed(_) => Some(StringEncoding::Raw),
            Held::Object(_) => None,
        };
        assert_eq!(view.string_encoding(), encoding);
        let objects = usize::from(matches!(self.held, Held::Object(_)));
        assert_eq!(Rc::strong_count(&self.alive), 1 + objects);
        let content = self.key.len() + self.string().map_or(0, |string| string.len());
        assert!(view.heap_bytes() >= content.min(self.key.len() + 8));
    }

    fn run(&mut self, mut entry: Entry<Box<Object>>, step: Step) -> Entry<Box<Object>> {
        match step {
            Step::Set(held) => {
                drop(entry.set_value(self.value(&held)));
                self.held = held;
            }
            Step::Expire(at_ms) => {
                entry.set_expiry(at_ms);
                self.expire_at_ms = at_ms;
            }
            Step::Access(access) => {
                entry.view_mut().set_access(access);
                self.access = access;
            }
            Step::Append(bytes) => {
                if let Some(mut string) = self.string() {
                    let buffer = entry.string_mut().expect("the model holds a string");
                    buffer.extend_from_slice(&bytes);
                    string.extend_from_slice(&bytes);
                    self.held = Held::Changed(string);
                }
            }
            Step::Resize(len) => {
                if let Some(mut string) = self.string() {
                    let buffer = entry.string_mut().expect("the model holds a string");
                    buffer.resize(len);
                    string.resize(len, 0);
                    self.held = Held::Changed(string);
                }
            }
            Step::Rename(key) => {
                entry = entry.renamed(&key);
                self.key = key;
            }
            Step::Detach => match entry.detach() {
                Detached::Nothing => {}
                Detached::Buffer(_) | Detached::Object(_) => self.held = Held::Int(0),
            },
        }
        entry
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn agrees_with_a_struct(
        key in bytes(),
        held in held(),
        expire_at_ms: Option<i64>,
        steps in prop::collection::vec(step(), 0..12),
    ) {
        let mut model = Model { key, held, expire_at_ms, access: 0, alive: Rc::new(()) };
        let mut entry = Entry::new(&model.key, model.value(&model.held), expire_at_ms);
        model.check(&entry);
        for step in steps {
            // A long string that was only set is raw already, and stays so under a longer key.
            entry = model.run(entry, step);
            model.check(&entry);
        }
        drop(entry);
        prop_assert_eq!(Rc::strong_count(&model.alive), 1);
    }
}

#[test]
fn a_small_string_costs_what_the_layout_says() {
    let bytes = |value: Value<'_, Box<()>>, expiry| {
        Entry::new(&[b'k'; 16], value, expiry).view().heap_bytes()
    };
    assert_eq!(bytes(Value::Bytes(&[b'v'; 32]), None), 56);
    assert_eq!(bytes(Value::Bytes(&[b'v'; 32]), Some(1)), 64);
    assert_eq!(bytes(Value::Int(7), None), 32);
    assert_eq!(bytes(Value::string(b"12345"), None), 32);
    assert_eq!(bytes(Value::Bytes(&[b'v'; 488]), None), 512);
    assert_eq!(bytes(Value::Bytes(&[b'v'; 489]), None), 32 + 512);
}

#[test]
fn overwriting_within_a_size_class_keeps_the_allocation() {
    let mut entry = Entry::<Box<()>>::new(b"key", Value::Bytes(&[1; 46]), None);
    let address = entry.key().as_ptr();
    drop(entry.set_value(Value::Bytes(&[2; 52])));
    assert_eq!(entry.key().as_ptr(), address);
    assert!(matches!(entry.value(), ValueRef::Bytes(bytes) if bytes == [2; 52]));
}

#[test]
fn a_table_of_entries_follows_reallocation() {
    let seed = Seed::new(3, 4);
    let mut table: Table<Entry<Box<()>>> = Table::new();
    for round in 0..3_usize {
        for number in 0..2000_usize {
            let key = number.to_string().into_bytes();
            let value = vec![round as u8; number % 200 * (round + 1)];
            match table.slot(seed.hash(&key), |entry| entry.key() == key) {
                Slot::Occupied(mut occupied) => {
                    drop(occupied.update(|entry| entry.set_value(Value::Bytes(&value))));
                }
                Slot::Vacant(vacant) => {
                    vacant.insert(Entry::new(&key, Value::Bytes(&value), None));
                }
            }
        }
    }
    assert_eq!(table.len(), 2000);
    for number in 0..2000_usize {
        let key = number.to_string().into_bytes();
        let entry = table
            .find(seed.hash(&key), |entry| entry.key() == key)
            .unwrap();
        assert!(
            matches!(entry.value(), ValueRef::Bytes(bytes) if bytes == vec![2; number % 200 * 3])
        );
    }
}
