//! The filters of `COMMAND LIST`.

use ferrous_engine::command::{Categories, Registered};
use ferrous_engine::error::{CommandError, CommandResult};
use ferrous_types::glob::{Case, Glob};

use crate::execute::Handler;

/// Which commands are listed.
pub(super) enum Filter<'a> {
    /// Those of a module; there are no modules.
    Module,
    /// Those in an ACL category; none when there is no such category.
    Category(Option<Categories>),
    /// Those whose name matches.
    Pattern(Glob<'a>),
}

/// Makes a filter of the word that follows its kind.
type Make<'a> = fn(&'a [u8]) -> Filter<'a>;

impl<'a> Filter<'a> {
    /// Reads `FILTERBY (MODULE name | ACLCAT category | PATTERN pattern)`, or nothing.
    pub(super) fn parse(args: &[&'a [u8]]) -> CommandResult<Option<Self>> {
        let (kind, value) = match args {
            [] => return Ok(None),
            [filterby, kind, value] if filterby.eq_ignore_ascii_case(b"FILTERBY") => (kind, *value),
            _ => return Err(CommandError::SYNTAX),
        };
        let kinds: [(&[u8], Make<'a>); 3] = [
            (b"MODULE", |_| Self::Module),
            (b"ACLCAT", |value| {
                Self::Category(Categories::by_name(value))
            }),
            (b"PATTERN", |value| {
                Self::Pattern(Glob::new(value, Case::Insensitive))
            }),
        ];
        let found = kinds
            .into_iter()
            .find(|(word, _)| kind.eq_ignore_ascii_case(word));
        found
            .map(|(_, filter)| Some(filter(value)))
            .ok_or(CommandError::SYNTAX)
    }

    /// True when `command` is to be listed.
    pub(super) fn takes(&self, command: &Registered<Handler>) -> bool {
        match self {
            Self::Module => false,
            Self::Category(category) => {
                category.is_some_and(|category| command.categories.contains(category))
            }
            Self::Pattern(pattern) => pattern.matches(command.full_name.as_bytes()),
        }
    }
}
