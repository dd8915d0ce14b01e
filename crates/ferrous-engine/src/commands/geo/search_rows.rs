//! The commands that search an area.

use super::options::{Form, destination};
use super::read::UNIT;
use super::search::search;
use crate::call::{Call, Command, DataFn, DataHandler::Keys};
use crate::command::{Arg, Arity, Flags, Group, KeyFlags, KeySpec};
use crate::error::CommandResult;

const WITH_COORDINATES: Arg = Arg::word("withcoord", "WITHCOORD").optional();
const WITH_DISTANCE: Arg = Arg::word("withdist", "WITHDIST").optional();
const WITH_GEOHASH: Arg = Arg::word("withhash", "WITHHASH").optional();
const COUNT: Arg = Arg::block(
    "count-block",
    &[
        Arg::integer("count").token("COUNT"),
        Arg::word("any", "ANY").optional().since("6.2.0"),
    ],
)
.optional();
const ORDER: Arg = Arg::one_of(
    "order",
    &[Arg::word("asc", "ASC"), Arg::word("desc", "DESC")],
)
.optional();
const STORE: Arg = Arg::one_of(
    "store",
    &[
        Arg::key_of("storekey", 1).token("STORE"),
        Arg::key_of("storedistkey", 2).token("STOREDIST"),
    ],
)
.optional();
const FROM: Arg = Arg::one_of(
    "from",
    &[
        Arg::string("member").token("FROMMEMBER"),
        Arg::block(
            "fromlonlat",
            &[Arg::double("longitude"), Arg::double("latitude")],
        )
        .token("FROMLONLAT"),
    ],
);
const BY: Arg = Arg::one_of(
    "by",
    &[
        Arg::block("circle", &[Arg::double("radius").token("BYRADIUS"), UNIT]),
        Arg::block(
            "box",
            &[
                Arg::double("width").token("BYBOX"),
                Arg::double("height"),
                UNIT,
            ],
        ),
    ],
);

const COST: &str =
    "O(n + log(m)), n = members in the cells around the area, m = members of the sorted set";
const HISTORY: &[(&str, &str)] = &[
    ("6.2.0", "`COUNT` takes `ANY`."),
    ("7.0.0", "Units can be written in upper case."),
];

/// The syntax of `GEORADIUS`; `GEORADIUS_RO` has all but the last of it.
const AROUND_PLACE: &[Arg] = &[
    Arg::key("key"),
    Arg::double("longitude"),
    Arg::double("latitude"),
    Arg::double("radius"),
    UNIT,
    WITH_COORDINATES,
    WITH_DISTANCE,
    WITH_GEOHASH,
    COUNT,
    ORDER,
    STORE,
];
/// The syntax of `GEORADIUSBYMEMBER`; `GEORADIUSBYMEMBER_RO` has all but the last of it.
const AROUND_MEMBER: &[Arg] = &[
    Arg::key("key"),
    Arg::string("member"),
    Arg::double("radius"),
    UNIT,
    WITH_COORDINATES,
    WITH_DISTANCE,
    WITH_GEOHASH,
    COUNT,
    ORDER,
    STORE,
];

const fn without_store(args: &'static [Arg]) -> &'static [Arg] {
    match args {
        [args @ .., _store] => args,
        [] => args,
    }
}

/// Begins the row of a command that searches a circle and may store what it finds.
const fn storing(name: &'static str, arity: Arity, function: DataFn) -> Command {
    Command::new(Group::Geo, name, arity, Keys(function))
        .flags(Flags::DENYOOM.with(Flags::MOVABLE_KEYS).with(Flags::WRITE))
        .since("3.2.0")
        .history(HISTORY)
        .cost(COST)
}

const SOURCE: &[KeySpec] = &[KeySpec::at(1).reads()];

/// Begins the row of a command that searches a circle and only reads.
const fn reading(name: &'static str, arity: Arity, function: DataFn) -> Command {
    Command::new(Group::Geo, name, arity, Keys(function))
        .flags(Flags::READONLY)
        .keys(SOURCE)
        .since("3.2.10")
        .history(HISTORY)
        .cost(COST)
}

/// The keys of a command that may store, whose options begin at argument `options`. Of several destinations the last one
/// counts, which the first specification finds for both words.
const fn keys_of_storing(options: i16) -> [KeySpec; 3] {
    const STORED: KeyFlags = KeyFlags::OW.with(KeyFlags::UPDATE).with(KeyFlags::VARIABLE);
    let store = KeySpec::after("STORE", options, 0, 1, 0);
    let store_distances = KeySpec::after("STOREDIST", options, 0, 1, 0);
    [
        KeySpec::at(1).reads(),
        store.flags(STORED).located_by(destination),
        store_distances.flags(STORED).located_by(|_| None),
    ]
}

pub(super) const GEORADIUS: Command = storing("georadius", Arity::AtLeast(6), georadius)
    .keys(&keys_of_storing(6))
    .args(AROUND_PLACE)
    .deprecated(
        "6.2.0",
        "`GEOSEARCH` and `GEOSEARCHSTORE` with the `BYRADIUS` argument",
    )
    .summary("Returns or stores the members within a distance of a place.");

fn georadius(call: &mut Call) -> CommandResult {
    search(call, Form::Radius(true))
}

pub(super) const GEORADIUS_RO: Command = reading("georadius_ro", Arity::AtLeast(6), georadius_ro)
    .args(without_store(AROUND_PLACE))
    .deprecated("6.2.0", "`GEOSEARCH` with the `BYRADIUS` argument")
    .summary("Returns the members within a distance of a place.");

fn georadius_ro(call: &mut Call) -> CommandResult {
    search(call, Form::Radius(false))
}

pub(super) const GEORADIUSBYMEMBER: Command =
    storing("georadiusbymember", Arity::AtLeast(5), georadiusbymember)
        .keys(&keys_of_storing(5))
        .args(AROUND_MEMBER)
        .deprecated(
            "6.2.0",
            "`GEOSEARCH` and `GEOSEARCHSTORE` with the `BYRADIUS` and `FROMMEMBER` arguments",
        )
        .summary("Returns or stores the members within a distance of a member.");

fn georadiusbymember(call: &mut Call) -> CommandResult {
    search(call, Form::RadiusByMember(true))
}

pub(super) const GEORADIUSBYMEMBER_RO: Command = reading(
    "georadiusbymember_ro",
    Arity::AtLeast(5),
    georadiusbymember_ro,
)
.args(without_store(AROUND_MEMBER))
.deprecated(
    "6.2.0",
    "`GEOSEARCH` with the `BYRADIUS` and `FROMMEMBER` arguments",
)
.summary("Returns the members within a distance of a member.");

fn georadiusbymember_ro(call: &mut Call) -> CommandResult {
    search(call, Form::RadiusByMember(false))
}

pub(super) const GEOSEARCH: Command =
    Command::new(Group::Geo, "geosearch", Arity::AtLeast(7), Keys(geosearch))
        .flags(Flags::READONLY)
        .keys(SOURCE)
        .args(&[
            Arg::key("key"),
            FROM,
            BY,
            ORDER,
            COUNT,
            WITH_COORDINATES,
            WITH_DISTANCE,
            WITH_GEOHASH,
        ])
        .since("6.2.0")
        .history(&[("7.0.0", "Units can be written in upper case.")])
        .cost(COST)
        .summary("Returns the members in a circle or a box.");

fn geosearch(call: &mut Call) -> CommandResult {
    search(call, Form::Search)
}

pub(super) const GEOSEARCHSTORE: Command = Command::new(
    Group::Geo,
    "geosearchstore",
    Arity::AtLeast(8),
    Keys(geosearchstore),
)
.flags(Flags::DENYOOM.with(Flags::WRITE))
.keys(&[KeySpec::at(1).overwrites(), KeySpec::at(2).reads()])
.args(&[
    Arg::key("destination"),
    Arg::key_of("source", 1),
    FROM,
    BY,
    ORDER,
    COUNT,
    Arg::word("storedist", "STOREDIST").optional(),
])
.since("6.2.0")
.history(&[("7.0.0", "Units can be written in upper case.")])
.cost(COST)
.summary("Stores the members in a circle or a box.");

fn geosearchstore(call: &mut Call) -> CommandResult {
    search(call, Form::SearchStore)
}
