//! The commands that search an area.

use super::options::Form;
use super::read::UNIT;
use super::search::search;
use crate::call::{Call, Command, DataHandler::Keys};
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
    ("6.2.0", "Added the `ANY` option for `COUNT`."),
    ("7.0.0", "Units can be written in upper case."),
];
const RADIUS_FLAGS: Flags = Flags::DENYOOM.with(Flags::MOVABLE_KEYS).with(Flags::WRITE);
const STORE_FLAGS: KeyFlags = KeyFlags::OW.with(KeyFlags::UPDATE).with(KeyFlags::VARIABLE);

pub(super) const GEORADIUS: Command =
    Command::new(Group::Geo, "georadius", Arity::AtLeast(6), Keys(georadius))
        .flags(RADIUS_FLAGS)
        .keys(&[
            KeySpec::at(1).reads(),
            KeySpec::after("STORE", 6, 0, 1, 0).flags(STORE_FLAGS),
            KeySpec::after("STOREDIST", 6, 0, 1, 0).flags(STORE_FLAGS),
        ])
        .args(&[
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
        ])
        .since("3.2.0")
        .history(HISTORY)
        .deprecated(
            "6.2.0",
            "`GEOSEARCH` and `GEOSEARCHSTORE` with the `BYRADIUS` argument",
        )
        .cost(COST)
        .summary("Returns or stores the members within a distance of a place.");

fn georadius(call: &mut Call) -> CommandResult {
    search(call, Form::Radius(true))
}

pub(super) const GEORADIUS_RO: Command = Command::new(
    Group::Geo,
    "georadius_ro",
    Arity::AtLeast(6),
    Keys(georadius_ro),
)
.flags(Flags::READONLY)
.keys(&[KeySpec::at(1).reads()])
.args(&[
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
])
.since("3.2.10")
.history(HISTORY)
.deprecated("6.2.0", "`GEOSEARCH` with the `BYRADIUS` argument")
.cost(COST)
.summary("Returns the members within a distance of a place.");

fn georadius_ro(call: &mut Call) -> CommandResult {
    search(call, Form::Radius(false))
}

pub(super) const GEORADIUSBYMEMBER: Command = Command::new(
    Group::Geo,
    "georadiusbymember",
    Arity::AtLeast(5),
    Keys(georadiusbymember),
)
.flags(RADIUS_FLAGS)
.keys(&[
    KeySpec::at(1).reads(),
    KeySpec::after("STORE", 5, 0, 1, 0).flags(STORE_FLAGS),
    KeySpec::after("STOREDIST", 5, 0, 1, 0).flags(STORE_FLAGS),
])
.args(&[
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
])
.since("3.2.0")
.history(HISTORY)
.deprecated(
    "6.2.0",
    "`GEOSEARCH` and `GEOSEARCHSTORE` with the `BYRADIUS` and `FROMMEMBER` arguments",
)
.cost(COST)
.summary("Returns or stores the members within a distance of a member.");

fn georadiusbymember(call: &mut Call) -> CommandResult {
    search(call, Form::RadiusByMember(true))
}

pub(super) const GEORADIUSBYMEMBER_RO: Command = Command::new(
    Group::Geo,
    "georadiusbymember_ro",
    Arity::AtLeast(5),
    Keys(georadiusbymember_ro),
)
.flags(Flags::READONLY)
.keys(&[KeySpec::at(1).reads()])
.args(&[
    Arg::key("key"),
    Arg::string("member"),
    Arg::double("radius"),
    UNIT,
    WITH_COORDINATES,
    WITH_DISTANCE,
    WITH_GEOHASH,
    COUNT,
    ORDER,
])
.since("3.2.10")
.history(HISTORY)
.deprecated(
    "6.2.0",
    "`GEOSEARCH` with the `BYRADIUS` and `FROMMEMBER` arguments",
)
.cost(COST)
.summary("Returns the members within a distance of a member.");

fn georadiusbymember_ro(call: &mut Call) -> CommandResult {
    search(call, Form::RadiusByMember(false))
}

pub(super) const GEOSEARCH: Command =
    Command::new(Group::Geo, "geosearch", Arity::AtLeast(7), Keys(geosearch))
        .flags(Flags::READONLY)
        .keys(&[KeySpec::at(1).reads()])
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
