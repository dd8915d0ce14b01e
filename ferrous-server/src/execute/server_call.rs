//! One call of a server command.

use ferrous_engine::command::{self, Registered};
use ferrous_engine::error::CommandResult;
use ferrous_engine::keyspace::{Census, Changes, Db, Key};
use ferrous_engine::scope::Scope;
use ferrous_resp::Encoder;

use super::{Done, Handler, Turn};
use crate::client::Session;
use crate::server::Server;

/// A row of the server's own commands.
pub(crate) type Command = command::Command<ServerFn>;

/// A function that answers one call of a server command.
pub(crate) type ServerFn = fn(&mut ServerCall) -> CommandResult;

/// One call of a server command.
pub(crate) struct ServerCall<'a, 't, 'c, 'o> {
    /// The whole server.
    pub(crate) server: &'static Server,
    /// The calling client.
    pub(crate) session: &'a mut Session,
    /// The arguments; index 0 is the command's name, index 1 a subcommand's.
    pub(crate) argv: &'a [&'a [u8]],
    /// The keys among them, hashed, each with the argument it stands in.
    pub(crate) keys: &'a [(u32, Key<'a>)],
    /// Where the reply goes.
    pub(crate) reply: &'a mut Encoder<'o>,
    /// The row that is running.
    pub(crate) command: &'static Registered<Handler>,
    /// Time, randomness and what else the batch shares.
    pub(crate) turn: &'a mut Turn<'t>,
    /// The partitions that the thread holds already, when the call is part of a transaction or of a script. What is
    /// held must not be locked again: go through [`ServerCall::with_key`] and the methods beside it.
    pub(crate) scope: Option<&'a mut Scope<'static, 'c>>,
    /// How far it got; set when that is not as far as a reply.
    pub(crate) done: Done,
}

impl ServerCall<'_, '_, '_, '_> {
    /// Runs `work` on the selected database with the partition of the key `name` held.
    pub(crate) fn with_key<T>(
        &mut self,
        name: &[u8],
        work: impl FnOnce(&mut Db<'_, 'static>, &Key<'_>) -> T,
    ) -> T {
        let keyspace = &self.server.keyspace;
        let key = keyspace.key(name);
        self.with_scope(
            |changes| Scope::keys(keyspace, &[(0, key)], changes),
            |db| work(db, &key),
        )
    }

    /// Runs `work` on the selected database with every partition held.
    pub(crate) fn with_everything<T>(&mut self, work: impl FnOnce(&mut Db<'_, 'static>) -> T) -> T {
        let keyspace = &self.server.keyspace;
        self.with_scope(|changes| Scope::everything(keyspace, changes), work)
    }

    fn with_scope<T>(
        &mut self,
        hold: impl for<'c> FnOnce(&'c mut Changes) -> Scope<'static, 'c>,
        work: impl FnOnce(&mut Db<'_, 'static>) -> T,
    ) -> T {
        let database = self.session.database;
        let turn = &mut *self.turn;
        match &mut self.scope {
            Some(scope) => scope.with_db(turn.environment(database), work),
            None => turn.in_scope(hold, |turn, scope| {
                scope.with_db(turn.environment(database), work)
            }),
        }
    }

    /// Changes something beside the keyspace that the log and replicas repeat. Everything is held meanwhile, so that who
    /// takes a snapshot and reads the log from there on finds the change in one of them.
    pub(crate) fn change_beside(
        &mut self,
        change: impl FnOnce() -> CommandResult,
    ) -> CommandResult {
        let argv = self.argv;
        self.with_everything(|db| {
            change()?;
            db.repeat(argv);
            db.dirty(1);
            Ok(())
        })
    }

    /// Counts what the keyspace comes to.
    pub(crate) fn census(&mut self) -> Census {
        match &mut self.scope {
            Some(scope) => scope.census(),
            None => self.server.keyspace.census(),
        }
    }
}
