//! Elements sorted, by themselves or by what other keys hold.

mod options;
mod order;
mod pattern;

use ferrous_types::list::End;
use ferrous_types::{Element, List, SortedSet};

use self::options::{By, Options};
use self::pattern::Pattern;
use crate::call::{Call, Command, DataHandler::Chosen};
use crate::command::{Arg, Arity, Categories, Flags, Group, KeySpec};
use crate::error::{CommandError, CommandResult};
use crate::keyspace::{Db, EventClasses, Key, ObjectRef};

const KEY_ARG: Arg = Arg::key("key");
const BY_ARG: Arg = Arg::pattern_of("by-pattern", 1).token("BY").optional();
const LIMIT_ARG: Arg = Arg::block("limit", &[Arg::integer("offset"), Arg::integer("count")])
    .token("LIMIT")
    .optional();
const GET_ARG: Arg = Arg::pattern_of("get-pattern", 1)
    .token("GET")
    .optional()
    .multiple_token();
const ORDER_ARG: Arg = Arg::one_of(
    "order",
    &[Arg::word("asc", "ASC"), Arg::word("desc", "DESC")],
)
.optional();
const ALPHA_ARG: Arg = Arg::word("sorting", "ALPHA").optional();

const PATTERN_KEYS: KeySpec = KeySpec::unknown()
    .reads()
    .notes("Which keys `BY` and `GET` read follows from the elements that are sorted");

/// Beyond those that follow from the group.
const CATEGORIES: Categories = Categories::DANGEROUS
    .with(Categories::LIST)
    .with(Categories::SET)
    .with(Categories::SORTEDSET);

pub(super) const SORT: Command = Command::new(
    Group::Generic,
    "sort",
    Arity::AtLeast(2),
    Chosen(options::looks_further, sort),
)
.flags(Flags::DENYOOM.with(Flags::MOVABLE_KEYS).with(Flags::WRITE))
.categories(CATEGORIES)
.outside(Categories::KEYSPACE)
.keys(&[
    KeySpec::at(1).reads(),
    PATTERN_KEYS,
    KeySpec::computed(options::destination)
        .overwrites()
        .notes("`STORE` may stand anywhere behind the key"),
])
.args(&[
    KEY_ARG,
    BY_ARG,
    LIMIT_ARG,
    GET_ARG,
    ORDER_ARG,
    ALPHA_ARG,
    Arg::key_of("destination", 2).token("STORE").optional(),
])
.since("1.0.0")
.cost("O(n log n), n = elements")
.summary("Returns or stores the elements of a list, set or sorted set in order.");

fn sort(call: &mut Call) -> CommandResult {
    run(call, true)
}

pub(super) const SORT_RO: Command = Command::new(
    Group::Generic,
    "sort_ro",
    Arity::AtLeast(2),
    Chosen(options::looks_further, sort_ro),
)
.flags(Flags::MOVABLE_KEYS.with(Flags::READONLY))
.categories(CATEGORIES)
.outside(Categories::KEYSPACE)
.keys(&[KeySpec::at(1).reads(), PATTERN_KEYS])
.args(&[KEY_ARG, BY_ARG, LIMIT_ARG, GET_ARG, ORDER_ARG, ALPHA_ARG])
.since("7.0.0")
.cost("O(n log n), n = elements")
.summary("Returns the elements of a list, set or sorted set in order.");

fn sort_ro(call: &mut Call) -> CommandResult {
    run(call, false)
}

/// One element; they outlive the lookups of other keys.
type Item = Box<[u8]>;

fn run(call: &mut Call, may_store: bool) -> CommandResult {
    let mut options = Options::parse(&call.args, may_store)?;
    let key = call.args.key(1);
    let elements = sorted(call.db, &key, &mut options)?;
    match options.store {
        Some(destination) => {
            let destination = call.args.key(destination);
            store(call, &elements, &options.get, &destination)
        }
        None => reply(call, &elements, &options.get),
    }
}

/// The elements that are asked for, in the order that is asked for.
fn sorted(
    db: &mut Db<'_, '_>,
    key: &Key<'_>,
    options: &mut Options<'_>,
) -> CommandResult<Vec<Item>> {
    let (in_script, lending) = (db.in_script(), db.lending());
    let object = match db.read(key) {
        None => None,
        Some(entry) => Some(entry.object().ok_or(CommandError::WRONG_TYPE)?),
    };
    let elements = match object {
        None => Vec::new(),
        Some(ObjectRef::List(list)) => {
            lending.announce(list.len());
            let mut items = Vec::with_capacity(list.len());
            list.for_each(0..list.len(), |element| items.push(item(element)));
            items
        }
        Some(ObjectRef::Set(set)) => {
            lending.announce(set.len());
            // A set has no order of its own that every server would agree on.
            if options.by == By::Nothing && (options.store.is_some() || in_script) {
                options.by = By::Element;
                options.alpha = true;
            }
            set.iter().map(item).collect()
        }
        Some(ObjectRef::SortedSet(set)) => {
            lending.announce(set.len());
            ranked(set, options)
        }
        Some(ObjectRef::Hash(_) | ObjectRef::Stream(_)) => return Err(CommandError::WRONG_TYPE),
    };
    let range = options.range(elements.len());
    let mut elements = order::ordered(db, elements, options)?;
    elements.truncate(range.end);
    elements.drain(..range.start);
    Ok(elements)
}

fn item(element: Element<'_>) -> Item {
    element.with_bytes(|bytes| bytes.into())
}

/// The members in the order of their scores, or backwards when nothing else is to order them.
fn ranked(set: &SortedSet, options: &Options<'_>) -> Vec<Item> {
    let members = set.iter().map(|entry| item(entry.member));
    if options.by == By::Nothing && options.descending {
        members.rev().collect()
    } else {
        members.collect()
    }
}

fn reply(call: &mut Call, elements: &[Item], get: &[Pattern<'_>]) -> CommandResult {
    if get.is_empty() {
        call.reply.array(elements.len());
        for element in elements {
            call.reply.bulk(element);
        }
        return Ok(());
    }
    call.reply.array(elements.len() * get.len());
    for element in elements {
        for pattern in get {
            match pattern.value(call.db, element) {
                Some(value) => call.reply.bulk(&value),
                None => call.reply.nil(),
            }
        }
    }
    Ok(())
}

/// Stores the elements, or what the patterns give for each, as a list.
fn store(
    call: &mut Call,
    elements: &[Item],
    get: &[Pattern<'_>],
    destination: &Key<'_>,
) -> CommandResult {
    let limits = call.limits.list;
    let mut list = List::new();
    for element in elements {
        if get.is_empty() {
            list.push(End::Tail, [&element[..]], limits);
        }
        for pattern in get {
            let value = pattern.value(call.db, element).unwrap_or_default();
            list.push(End::Tail, [&value[..]], limits);
        }
    }
    let len = list.len();
    if len > 0 {
        call.db.put_object(destination, list.into(), None);
        call.db
            .changed(destination, EventClasses::LIST, "sortstore", len as u64);
    } else if call.db.remove(destination) {
        call.db
            .changed(destination, EventClasses::GENERIC, "del", 1);
    }
    call.reply.integer(len as i64);
    Ok(())
}
