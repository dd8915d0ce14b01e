//! What a search is asked for.

use ferrous_types::SortedSet;
use ferrous_types::geo::{Area, Point, Shape};
use ferrous_types::hash::Seed;

use super::parse_place;
use super::unit::{metres_in, number};
use crate::args::Args;
use crate::error::{CommandError, CommandResult};

const NO_MEMBER: CommandError = CommandError::fixed("ERR could not decode requested zset member");
const NOT_RADIUS: CommandError = CommandError::fixed("ERR need numeric radius");
const NOT_WIDTH: CommandError = CommandError::fixed("ERR need numeric width");
const NOT_HEIGHT: CommandError = CommandError::fixed("ERR need numeric height");
const NEGATIVE_RADIUS: CommandError = CommandError::fixed("ERR radius cannot be negative");
const NEGATIVE_SIZE: CommandError = CommandError::fixed("ERR height or width cannot be negative");
const NO_COUNT: CommandError = CommandError::fixed("ERR COUNT must be > 0");
const ANY_OF_ALL: CommandError =
    CommandError::fixed("ERR the ANY argument requires COUNT argument");
const RADIUS_STORES_MEMBERS: CommandError = CommandError::fixed(
    "ERR STORE option in GEORADIUS is not compatible with WITHDIST, WITHHASH and WITHCOORD options",
);
const SEARCH_STORES_MEMBERS: CommandError = CommandError::fixed(
    "ERR GEOSEARCHSTORE is not compatible with WITHDIST, WITHHASH and WITHCOORD options",
);

/// The commands that search, which differ in how they are told where.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form {
    /// `GEORADIUS`; true when it may store.
    Radius(bool),
    /// `GEORADIUSBYMEMBER`; true when it may store.
    RadiusByMember(bool),
    /// `GEOSEARCH`.
    Search,
    /// `GEOSEARCHSTORE`.
    SearchStore,
}

impl Form {
    /// The argument that is the key to search.
    pub(super) fn source(self) -> usize {
        match self {
            Self::SearchStore => 2,
            _ => 1,
        }
    }

    fn is_search(self) -> bool {
        matches!(self, Self::Search | Self::SearchStore)
    }
}

/// The argument that is the key behind `STORE` or `STOREDIST`: the last one if there are several.
pub(super) fn destination(argv: &[&[u8]]) -> Option<usize> {
    let is_store = |word: &[u8]| {
        word.eq_ignore_ascii_case(b"STORE") || word.eq_ignore_ascii_case(b"STOREDIST")
    };
    let (mut index, mut found) = (5, None);
    while index + 1 < argv.len() {
        if is_store(argv[index]) {
            index += 1;
            found = Some(index);
        }
        index += 1;
    }
    found
}

/// The order of results.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Order {
    Ascending,
    Descending,
}

/// What is shown of each result beside the member.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Shown {
    pub(super) distance: bool,
    pub(super) geohash: bool,
    pub(super) coordinates: bool,
}

impl Shown {
    /// How many words each result has beside the member.
    pub(super) fn len(self) -> usize {
        usize::from(self.distance) + usize::from(self.geohash) + usize::from(self.coordinates)
    }
}

/// The options of a search.
pub(super) struct Options {
    center: Option<Point>,
    shape: Option<Shape>,
    /// The metres in the unit of the distances shown.
    pub(super) metres: f64,
    pub(super) shown: Shown,
    pub(super) order: Option<Order>,
    /// As many results at most.
    pub(super) count: Option<usize>,
    /// Any results will do, not only the nearest.
    pub(super) any: bool,
    /// The argument with the key to store results at.
    pub(super) store_at: Option<usize>,
    /// Distances are stored instead of geohashes.
    pub(super) store_distances: bool,
    from: Option<From>,
}

/// How the middle was given.
#[derive(Clone, Copy, PartialEq, Eq)]
enum From {
    Member,
    Place,
}

impl Options {
    /// Reads them; `set` is what is searched.
    pub(super) fn parse(
        args: &Args,
        form: Form,
        set: Option<&SortedSet>,
        seed: Seed,
    ) -> CommandResult<Self> {
        let mut options = Self {
            center: None,
            shape: None,
            metres: 1.0,
            shown: Shown::default(),
            order: None,
            count: None,
            any: false,
            store_at: (form == Form::SearchStore).then_some(1),
            store_distances: false,
            from: None,
        };
        let mut index = match form {
            Form::Radius(_) => {
                options.center = Some(parse_place(args, 2)?.0);
                options.read_radius(args, 4)?;
                6
            }
            Form::RadiusByMember(_) => {
                // Released servers look at neither when there is nothing to search.
                if set.is_some() {
                    options.read_member(args, 2, set, seed)?;
                    options.read_radius(args, 3)?;
                }
                5
            }
            Form::Search => 2,
            Form::SearchStore => 3,
        };
        while index < args.len() {
            let words = options.read_common(args, index)?;
            index += match words {
                0 if form.is_search() => options.read_search(args, index, form, set, seed)?,
                0 => options.read_store(args, index, form)?,
                words => words,
            };
        }
        options.check(args, form)?;
        Ok(options)
    }

    /// Reads an option that every form has from argument `index`; returns how many arguments it is, 0 when it is none.
    fn read_common(&mut self, args: &Args, index: usize) -> CommandResult<usize> {
        match () {
            () if args.is(index, "WITHDIST") => self.shown.distance = true,
            () if args.is(index, "WITHHASH") => self.shown.geohash = true,
            () if args.is(index, "WITHCOORD") => self.shown.coordinates = true,
            () if args.is(index, "ANY") => self.any = true,
            () if args.is(index, "ASC") => self.order = Some(Order::Ascending),
            () if args.is(index, "DESC") => self.order = Some(Order::Descending),
            () if args.is(index, "COUNT") && index + 1 < args.len() => {
                let count = args.int(index + 1)?;
                let count = usize::try_from(count).ok().filter(|count| *count > 0);
                self.count = Some(count.ok_or(NO_COUNT)?);
                return Ok(2);
            }
            () => return Ok(0),
        }
        Ok(1)
    }

    /// As [`Options::read_common`], of the options that say where `GEORADIUS` stores.
    fn read_store(&mut self, args: &Args, index: usize, form: Form) -> CommandResult<usize> {
        let may_store = matches!(form, Form::Radius(true) | Form::RadiusByMember(true));
        let distances = args.is(index, "STOREDIST");
        let is_store = distances || args.is(index, "STORE");
        if !may_store || !is_store || index + 1 == args.len() {
            return Err(CommandError::SYNTAX);
        }
        self.store_at = Some(index + 1);
        self.store_distances = distances;
        Ok(2)
    }

    /// As [`Options::read_common`], of the options that say what `GEOSEARCH` searches.
    fn read_search(
        &mut self,
        args: &Args,
        index: usize,
        form: Form,
        set: Option<&SortedSet>,
        seed: Seed,
    ) -> CommandResult<usize> {
        let following = args.len() - index - 1;
        let is_circle = matches!(self.shape, None | Some(Shape::Circle { .. }));
        let is_rectangle = matches!(self.shape, None | Some(Shape::Rectangle { .. }));
        match () {
            () if args.is(index, "FROMMEMBER")
                && following >= 1
                && self.from != Some(From::Place) =>
            {
                self.from = Some(From::Member);
                self.read_member(args, index + 1, set, seed)?;
                Ok(2)
            }
            () if args.is(index, "FROMLONLAT")
                && following >= 2
                && self.from != Some(From::Member) =>
            {
                self.from = Some(From::Place);
                self.center = Some(parse_place(args, index + 1)?.0);
                Ok(3)
            }
            () if args.is(index, "BYRADIUS") && following >= 2 && is_circle => {
                self.read_radius(args, index + 1)?;
                Ok(3)
            }
            () if args.is(index, "BYBOX") && following >= 3 && is_rectangle => {
                self.read_box(args, index + 1)?;
                Ok(4)
            }
            () if args.is(index, "STOREDIST") && form == Form::SearchStore => {
                self.store_distances = true;
                Ok(1)
            }
            () => Err(CommandError::SYNTAX),
        }
    }

    fn read_member(
        &mut self,
        args: &Args,
        index: usize,
        set: Option<&SortedSet>,
        seed: Seed,
    ) -> CommandResult {
        if let Some(set) = set {
            let score = set.score(args.get(index), seed).ok_or(NO_MEMBER)?;
            self.center = Some(Point::decode(score as u64));
        }
        Ok(())
    }

    fn read_radius(&mut self, args: &Args, index: usize) -> CommandResult {
        let radius = number(args, index, NOT_RADIUS)?;
        if radius < 0.0 {
            return Err(NEGATIVE_RADIUS);
        }
        self.metres = metres_in(args, index + 1)?;
        self.shape = Some(Shape::Circle {
            radius_m: radius * self.metres,
        });
        Ok(())
    }

    fn read_box(&mut self, args: &Args, index: usize) -> CommandResult {
        let width = number(args, index, NOT_WIDTH)?;
        let height = number(args, index + 1, NOT_HEIGHT)?;
        if width < 0.0 || height < 0.0 {
            return Err(NEGATIVE_SIZE);
        }
        self.metres = metres_in(args, index + 2)?;
        self.shape = Some(Shape::Rectangle {
            width_m: width * self.metres,
            height_m: height * self.metres,
        });
        Ok(())
    }

    /// Refuses what does not go together, or is not all there.
    fn check(&self, args: &Args, form: Form) -> CommandResult {
        if self.store_at.is_some() && self.shown.len() > 0 {
            return Err(if form == Form::SearchStore {
                SEARCH_STORES_MEMBERS
            } else {
                RADIUS_STORES_MEMBERS
            });
        }
        let exactly_one = |of: &str| {
            CommandError::quoting([
                b"ERR exactly one of ",
                of.as_bytes(),
                b" can be specified for ",
                args.get(0),
            ])
        };
        if form.is_search() && self.from.is_none() {
            return Err(exactly_one("FROMMEMBER or FROMLONLAT"));
        }
        if form.is_search() && self.shape.is_none() {
            return Err(exactly_one("BYRADIUS and BYBOX"));
        }
        if self.any && self.count.is_none() {
            return Err(ANY_OF_ALL);
        }
        Ok(())
    }

    /// The area to search; nothing when its middle is a member of what does not exist.
    pub(super) fn area(&self) -> Option<Area> {
        Some(Area {
            center: self.center?,
            shape: self.shape?,
        })
    }
}
