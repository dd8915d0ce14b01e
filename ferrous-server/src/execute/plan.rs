//! What is known of a request before it runs: the command that it names and the keys among its arguments.

use ferrous_engine::call;
use ferrous_engine::command::Registered;
use ferrous_engine::error::CommandError;
use ferrous_engine::keyspace::Key;
use smallvec::{Array, SmallVec};

use super::Handler;
use crate::pubsub;
use crate::server::Server;

/// The command that a request names.
pub(crate) struct Named {
    /// The command, when there is one of that name.
    pub(super) command: Option<&'static Registered<Handler>>,
    /// Why it will not run, as far as that can be told from the request alone.
    pub(super) refusal: Option<Box<CommandError>>,
}

impl Named {
    /// The command, when there is one of that name.
    pub(crate) fn command(&self) -> Option<&'static Registered<Handler>> {
        self.command
    }

    /// True when there is no such command.
    pub(crate) fn is_unknown(&self) -> bool {
        self.command.is_none()
    }

    /// The request with its keys, each with the argument it stands in.
    pub(crate) fn with<'a>(&'a self, keys: &'a [(u32, Key<'a>)]) -> Planned<'a> {
        Planned {
            command: self.command,
            refusal: self.refusal.as_deref(),
            keys,
        }
    }
}

/// A request whose command is looked up and whose keys are found and hashed.
#[derive(Clone, Copy)]
pub(crate) struct Planned<'a> {
    pub(super) command: Option<&'static Registered<Handler>>,
    pub(super) refusal: Option<&'a CommandError>,
    /// The keys, each with the argument it stands in.
    pub(crate) keys: &'a [(u32, Key<'a>)],
}

impl Planned<'_> {
    /// True when what the client gets is no reply to the command but a change of what it listens to.
    pub(super) fn is_subscription(&self) -> bool {
        self.command.is_some_and(pubsub::is_subscription)
    }
}

/// Looks the command up and adds its keys to `keys`.
///
/// Many requests share one `keys`, because moving keys about costs more than finding them.
#[inline]
pub(crate) fn plan<'a, A: Array<Item = (u32, Key<'a>)>>(
    server: &'static Server,
    argv: &[&'a [u8]],
    keys: &mut SmallVec<A>,
) -> Named {
    let refused = |command, error| Named {
        command,
        refusal: Some(Box::new(error)),
    };
    match server.registry.resolve(argv) {
        None => refused(None, CommandError::unknown_command(argv)),
        Some(Err(container)) => refused(
            None,
            CommandError::unknown_subcommand(argv[1], &container.full_name),
        ),
        Some(Ok(command)) if !command.description.arity.accepts(argv.len()) => {
            refused(Some(command), CommandError::arity(&command.full_name))
        }
        Some(Ok(command)) => {
            call::find_keys(&server.keyspace, command.description, argv, keys);
            Named {
                command: Some(command),
                refusal: None,
            }
        }
    }
}
