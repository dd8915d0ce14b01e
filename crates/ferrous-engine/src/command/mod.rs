//! What a command is: a row that declares everything about it, beside the function that runs it.
//!
//! One declaration feeds the dispatcher, locking, `COMMAND` and its subcommands, ACL categories, cluster slots
//! and the clients' hints. A row is generic over its handler `H`, because the engine's functions and a host's
//! functions (a server's, a script runner's) take different arguments but are described alike.

mod arg;
mod flags;
mod help;
mod key_spec;
mod registry;

pub use arg::{Arg, ArgFlags, ArgKind};
pub use flags::{Categories, DocFlags, Flags, Group};
pub use key_spec::{BeginSearch, ComputeKey, FindKeys, KeyFlags, KeyIndexes, KeySpec, NoKeys};
pub use registry::{CommandId, Registered, Registry};

/// How many arguments a command takes, its own name included.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Arity {
    /// Exactly this many.
    Exactly(u8),
    /// This many or more.
    AtLeast(u8),
}

impl Arity {
    /// True when a request of `count` arguments, the name included, is acceptable.
    pub const fn accepts(self, count: usize) -> bool {
        match self {
            Self::Exactly(n) => count == n as usize,
            Self::AtLeast(n) => count >= n as usize,
        }
    }

    /// The number that `COMMAND INFO` shows: negative when it is a minimum.
    pub const fn wire(self) -> i64 {
        match self {
            Self::Exactly(n) => n as i64,
            Self::AtLeast(n) => -(n as i64),
        }
    }
}

/// A change to a command since it was introduced: the version and what changed.
pub type Change = (&'static str, &'static str);

/// Everything about a command except the function that runs it.
#[derive(Debug)]
pub struct Description {
    /// Lower-case; for a subcommand, its own word alone.
    pub name: &'static str,
    /// The family that documentation lists it under.
    pub group: Group,
    /// Arguments taken, the name (and a subcommand's container) included.
    pub arity: Arity,
    /// What the dispatcher needs to know.
    pub flags: Flags,
    /// ACL categories beyond those that follow from `flags` and `group`.
    pub categories: Categories,
    /// ACL categories that follow, but that released servers leave it out of.
    pub outside: Categories,
    /// Where its keys are.
    pub keys: &'static [KeySpec],
    /// Tells from a call's arguments what is done with its key, where that varies.
    pub key_use: Option<KeyUse>,
    /// Its syntax, as a tree.
    pub args: &'static [Arg],
    /// The version of Redis or Valkey that introduced it.
    pub since: &'static str,
    /// One sentence.
    pub summary: &'static str,
    /// Its cost, in O notation.
    pub complexity: &'static str,
    /// What changed in later versions.
    pub history: &'static [Change],
    /// Hints for clients and proxies, such as `request_policy:multi_shard`.
    pub tips: &'static [&'static str],
    /// The version that deprecated it and what to use instead.
    pub deprecated: Option<Change>,
    /// Flags that only documentation shows.
    pub doc_flags: DocFlags,
}

impl Description {
    /// True when it may change a value that is there, rather than replace or delete it.
    fn edits(&self) -> bool {
        let mut specs = self.keys.iter();
        self.flags.contains(Flags::WRITE) && specs.any(|spec| spec.flags.contains(KeyFlags::RW))
    }
}

/// Tells from a call's arguments what is done with its key.
pub type KeyUse = fn(&[&[u8]]) -> KeyFlags;

/// A row: a description, the function behind it, and its subcommands.
#[derive(Debug)]
pub struct Command<H: 'static> {
    /// What it is.
    pub description: Description,
    /// What runs; a container runs this when no subcommand is named.
    pub handler: H,
    /// Rows of its subcommands.
    pub subcommands: &'static [Command<H>],
}

impl<H> Command<H> {
    /// Starts a row; the methods below fill it in.
    pub const fn new(group: Group, name: &'static str, arity: Arity, handler: H) -> Self {
        Self {
            description: Description {
                name,
                group,
                arity,
                flags: Flags::NONE,
                categories: Categories::NONE,
                outside: Categories::NONE,
                keys: &[],
                key_use: None,
                args: &[],
                since: "1.0.0",
                summary: "",
                complexity: "O(1)",
                history: &[],
                tips: &[],
                deprecated: None,
                doc_flags: DocFlags::NONE,
            },
            handler,
            subcommands: &[],
        }
    }
}

/// Chainable setters: each takes the row and gives it back with one field replaced.
macro_rules! setters {
    ($($(#[$doc:meta])* $name:ident => $field:ident: $type:ty;)*) => {
        impl<H: Copy> Command<H> {
            $($(#[$doc])*
            #[must_use]
            pub const fn $name(mut self, $field: $type) -> Self {
                self.description.$field = $field;
                self
            })*

            /// Its subcommands; the row then is their container.
            #[must_use]
            pub const fn subcommands(mut self, subcommands: &'static [Command<H>]) -> Self {
                self.subcommands = subcommands;
                self
            }

            /// Tells from a call's arguments what is done with its key.
            #[must_use]
            pub const fn key_use(mut self, key_use: KeyUse) -> Self {
                self.description.key_use = Some(key_use);
                self
            }

            /// The version that deprecated it and what to use instead.
            #[must_use]
            pub const fn deprecated(mut self, since: &'static str, replaced_by: &'static str) -> Self {
                self.description.deprecated = Some((since, replaced_by));
                self.description.doc_flags = self.description.doc_flags.with(DocFlags::DEPRECATED);
                self
            }
        }
    };
}

setters! {
    /// What the dispatcher needs to know.
    flags => flags: Flags;
    /// ACL categories beyond those that follow from flags and group.
    categories => categories: Categories;
    /// ACL categories that follow from flags and group, but that released servers leave it out of.
    outside => outside: Categories;
    /// Where its keys are.
    keys => keys: &'static [KeySpec];
    /// Its syntax, as a tree.
    args => args: &'static [Arg];
    /// The version of Redis or Valkey that introduced it.
    since => since: &'static str;
    /// One sentence.
    summary => summary: &'static str;
    /// Its cost, in O notation.
    cost => complexity: &'static str;
    /// What changed in later versions.
    history => history: &'static [Change];
    /// Hints for clients and proxies.
    tips => tips: &'static [&'static str];
    /// Flags that only documentation shows.
    doc_flags => doc_flags: DocFlags;
}
