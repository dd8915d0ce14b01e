//! `CLIENT`: connections looked at, named, ended and held back.

mod conduct;
mod connected;
mod filter;
mod hold;
mod line;
mod name;
mod tracking;

use ferrous_engine::command::{Arity, Flags, Group};

use super::help;
use crate::execute::Command;

pub(super) use name::check_name;

/// What most of the family are: of the connection alone, so a client may call them whatever the server is at, and no
/// script has a use for them.
const ANY_TIME: Flags = Flags::ALLOW_BUSY
    .with(Flags::LOADING)
    .with(Flags::NOSCRIPT)
    .with(Flags::STALE);

/// The rows of the family.
pub(super) const COMMANDS: &[Command] = &[CLIENT];

const CLIENT: Command = Command::new(Group::Connection, "client", Arity::AtLeast(2), help)
    .subcommands(&[
        tracking::CLIENT_CACHING,
        name::CLIENT_GETNAME,
        tracking::CLIENT_GETREDIR,
        CLIENT_HELP,
        connected::CLIENT_ID,
        connected::CLIENT_INFO,
        connected::CLIENT_KILL,
        connected::CLIENT_LIST,
        conduct::CLIENT_NO_EVICT,
        conduct::CLIENT_NO_TOUCH,
        hold::CLIENT_PAUSE,
        conduct::CLIENT_REPLY,
        name::CLIENT_SETINFO,
        name::CLIENT_SETNAME,
        tracking::CLIENT_TRACKING,
        tracking::CLIENT_TRACKINGINFO,
        hold::CLIENT_UNBLOCK,
        hold::CLIENT_UNPAUSE,
    ])
    .since("2.4.0")
    .cost("Depends on the subcommand")
    .summary("Looks after connections.");

const CLIENT_HELP: Command = Command::new(Group::Connection, "help", Arity::Exactly(2), help)
    .flags(Flags::LOADING.with(Flags::STALE))
    .since("5.0.0")
    .cost("O(1)")
    .summary("Lists the subcommands.");
