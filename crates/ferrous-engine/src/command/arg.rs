//! The syntax of a command as a constant tree: what `COMMAND DOCS`, hints and `HELP` read.

use super::flags::flag_set;

flag_set! {
    /// How an argument may occur.
    ArgFlags(u8) {
        /// May be left out.
        OPTIONAL = 0, "optional";
        /// May be repeated.
        MULTIPLE = 1, "multiple";
        /// Its token is repeated with it.
        MULTIPLE_TOKEN = 2, "multiple_token";
    }
}

/// What an argument holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "each variant is the type of its own name")]
pub enum ArgKind {
    String,
    Integer,
    Double,
    /// A key, found by the key specification of this index.
    Key(u8),
    /// A pattern; with the index of a key specification when it names keys.
    Pattern(Option<u8>),
    UnixTime,
    PureToken,
    OneOf,
    Block,
}

impl ArgKind {
    /// The name that `COMMAND DOCS` shows.
    pub const fn name(self) -> &'static str {
        match self {
            Self::String => "string",
            Self::Integer => "integer",
            Self::Double => "double",
            Self::Key(_) => "key",
            Self::Pattern(_) => "pattern",
            Self::UnixTime => "unix-time",
            Self::PureToken => "pure-token",
            Self::OneOf => "oneof",
            Self::Block => "block",
        }
    }

    /// The index of the key specification that finds it.
    pub const fn key_spec(self) -> Option<u8> {
        match self {
            Self::Key(spec) => Some(spec),
            Self::Pattern(spec) => spec,
            _ => None,
        }
    }
}

/// One node of a command's syntax.
#[derive(Clone, Copy, Debug)]
pub struct Arg {
    /// The name that documentation gives it.
    pub name: &'static str,
    /// What it holds.
    pub kind: ArgKind,
    /// The word that introduces it, empty when it is positional.
    pub token: &'static str,
    /// How it may occur.
    pub flags: ArgFlags,
    /// The version that introduced it, empty when as old as the command.
    pub since: &'static str,
    /// The version that deprecated it, empty when current.
    pub deprecated_since: &'static str,
    /// The alternatives of a `OneOf`, the parts of a `Block`.
    pub children: &'static [Arg],
}

impl Arg {
    const fn of(name: &'static str, kind: ArgKind) -> Self {
        Self {
            name,
            kind,
            token: "",
            flags: ArgFlags::NONE,
            since: "",
            deprecated_since: "",
            children: &[],
        }
    }

    /// A key that the first key specification finds.
    pub const fn key(name: &'static str) -> Self {
        Self::of(name, ArgKind::Key(0))
    }

    /// A key that key specification number `spec` finds.
    pub const fn key_of(name: &'static str, spec: u8) -> Self {
        Self::of(name, ArgKind::Key(spec))
    }

    /// Free text.
    pub const fn string(name: &'static str) -> Self {
        Self::of(name, ArgKind::String)
    }

    /// A signed 64-bit integer.
    pub const fn integer(name: &'static str) -> Self {
        Self::of(name, ArgKind::Integer)
    }

    /// A floating-point number.
    pub const fn double(name: &'static str) -> Self {
        Self::of(name, ArgKind::Double)
    }

    /// A glob pattern.
    pub const fn pattern(name: &'static str) -> Self {
        Self::of(name, ArgKind::Pattern(None))
    }

    /// A glob pattern of keys that key specification number `spec` stands for.
    pub const fn pattern_of(name: &'static str, spec: u8) -> Self {
        Self::of(name, ArgKind::Pattern(Some(spec)))
    }

    /// A time since the epoch.
    pub const fn unix_time(name: &'static str) -> Self {
        Self::of(name, ArgKind::UnixTime)
    }

    /// A word that stands for itself.
    pub const fn word(name: &'static str, token: &'static str) -> Self {
        Self::of(name, ArgKind::PureToken).token(token)
    }

    /// One of several alternatives.
    pub const fn one_of(name: &'static str, children: &'static [Arg]) -> Self {
        let mut arg = Self::of(name, ArgKind::OneOf);
        arg.children = children;
        arg
    }

    /// Several arguments that go together.
    pub const fn block(name: &'static str, children: &'static [Arg]) -> Self {
        let mut arg = Self::of(name, ArgKind::Block);
        arg.children = children;
        arg
    }

    /// Introduced by a word.
    #[must_use]
    pub const fn token(mut self, token: &'static str) -> Self {
        self.token = token;
        self
    }

    /// May be left out.
    #[must_use]
    pub const fn optional(mut self) -> Self {
        self.flags = self.flags.with(ArgFlags::OPTIONAL);
        self
    }

    /// May be repeated.
    #[must_use]
    pub const fn multiple(mut self) -> Self {
        self.flags = self.flags.with(ArgFlags::MULTIPLE);
        self
    }

    /// May be repeated, its token each time.
    #[must_use]
    pub const fn multiple_token(mut self) -> Self {
        self.flags = self
            .flags
            .with(ArgFlags::MULTIPLE)
            .with(ArgFlags::MULTIPLE_TOKEN);
        self
    }

    /// Introduced by this version.
    #[must_use]
    pub const fn since(mut self, version: &'static str) -> Self {
        self.since = version;
        self
    }

    /// Deprecated by this version.
    #[must_use]
    pub const fn deprecated_since(mut self, version: &'static str) -> Self {
        self.deprecated_since = version;
        self
    }
}
