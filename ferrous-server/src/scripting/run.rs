//! How a client's script or function is run.

use std::sync::Arc;
use std::time::Instant;

use ferrous_engine::command::Flags;
use ferrous_engine::error::{CommandError, CommandResult};
use ferrous_engine::keyspace::Key;
use ferrous_engine::scope::Scope;
use ferrous_lua::{CachedScript, Completion, Function, Machine, Sha1};
use ferrous_resp::Encoder;

use super::host::{Needs, ScriptHost};
use super::running::Kind;
use super::with_machine;
use crate::client::Session;
use crate::execute::{Done, ServerCall, Turn};

const OUT_OF_MEMORY: CommandError = CommandError::fixed(
    "OOM allow-oom flag is not set on the script, can not run it when used memory > 'maxmemory'",
);

/// What is run.
pub(crate) enum Body {
    /// A script.
    Script(Arc<CachedScript>),
    /// A function.
    Function(Function),
}

/// How it is run.
pub(crate) struct Invocation<'a> {
    /// A script or a function.
    pub(crate) kind: Kind,
    /// What errors call it.
    pub(crate) name: &'a str,
    /// Under what it is remembered: the script's digest, or that of the function's name.
    pub(crate) digest: Sha1,
    /// The client's whole call.
    pub(crate) argv: &'a [&'a [u8]],
    /// The keys that it declares.
    pub(crate) keys: &'a [&'a [u8]],
    /// The other arguments.
    pub(crate) arguments: &'a [&'a [u8]],
    /// It may not write.
    pub(crate) read_only: bool,
    /// It may run, and grow memory, when memory is exhausted.
    pub(crate) allow_oom: bool,
    /// It has declared what it may do, so that it is judged as a whole.
    pub(crate) flagged: bool,
}

/// Runs a script or function for the calling client, and writes its reply.
///
/// # Errors
/// Those that the script ends with, unless a command's error was passed on: that one is counted already.
pub(crate) fn run(
    call: &mut ServerCall,
    body: &Body,
    invocation: &Invocation<'_>,
) -> CommandResult {
    let server = call.server;
    let out_of_memory = call.turn.make_room(Flags::DENYOOM).is_err();
    if out_of_memory && invocation.flagged && !invocation.allow_oom && !invocation.read_only {
        return Err(OUT_OF_MEMORY);
    }
    let mut output = Vec::new();
    let completion = with_machine(server, |machine| {
        if let Body::Script(script) = body {
            let refuse = |error| CommandError::new(format!("ERR {error}"));
            machine.compile(script).map_err(refuse)?;
        }
        let mut attempt = Attempt {
            machine,
            body,
            invocation,
            out_of_memory,
            output: &mut output,
        };
        Ok(attempt.run(call))
    })?;
    let Some(completion) = completion else {
        call.done = Done::Contended;
        return Ok(());
    };
    match completion {
        Completion::Value => {
            call.reply.raw(&output);
            Ok(())
        }
        Completion::CommandError => {
            call.reply.raw(&output);
            call.done = Done::Failed;
            Ok(())
        }
        Completion::Error => {
            let text = output.strip_prefix(b"-").unwrap_or(&output);
            let text = text.strip_suffix(b"\r\n").unwrap_or(text);
            Err(CommandError::new(String::from_utf8_lossy(text)))
        }
    }
}

/// One run, or two when the first could not have what it needed.
struct Attempt<'a> {
    machine: &'a mut Machine,
    body: &'a Body,
    invocation: &'a Invocation<'a>,
    out_of_memory: bool,
    output: &'a mut Vec<u8>,
}

impl Attempt<'_> {
    /// Runs it; nothing, and it did nothing, when another script holds for long what it needs.
    fn run(&mut self, call: &mut ServerCall) -> Option<Completion> {
        if let Some(scope) = &mut call.scope {
            let (completion, restarts) = self.within(call.turn, call.session, scope);
            debug_assert!(!restarts, "a transaction holds everything for a script");
            return Some(completion);
        }
        let keys = call.keys;
        // A script that declares no key may touch any.
        let wide = keys.is_empty() || call.server.scripting.is_wide(&self.invocation.digest);
        let (completion, restarts) = self.held(call, (!wide).then_some(keys))?;
        if restarts {
            return Some(self.held(call, None)?.0);
        }
        Some(completion)
    }

    /// Runs with the partitions of these keys held, or with all of them; true when that is to be done again with all.
    fn held(
        &mut self,
        call: &mut ServerCall,
        keys: Option<&[(u32, Key<'_>)]>,
    ) -> Option<(Completion, bool)> {
        let keyspace = &call.server.keyspace;
        let session = &mut *call.session;
        call.turn.try_in_scope(
            |changes| match keys {
                Some(keys) => Scope::try_keys(keyspace, keys, changes),
                None => Scope::try_everything(keyspace, changes),
            },
            |turn, scope| self.within(turn, session, scope),
        )
    }

    /// Runs within a scope; true when it cannot go on there.
    fn within(
        &mut self,
        turn: &mut Turn<'_>,
        session: &mut Session,
        scope: &mut Scope<'static, '_>,
    ) -> (Completion, bool) {
        self.output.clear();
        let mut reply = Encoder::new(self.output, session.protocol);
        let database = session.database;
        session.in_script = true;
        let scripting = &turn.server.scripting;
        // What its commands reply goes to the script, and no client is owed it.
        let bytes_max = std::mem::replace(&mut turn.limits.reply_bytes_max, usize::MAX);
        let mut host = ScriptHost {
            turn,
            session,
            scope,
            invocation: self.invocation,
            out_of_memory: self.out_of_memory,
            wrote: false,
            needs: Needs::Declared,
            started: Instant::now(),
            long: None,
        };
        let Invocation {
            keys, arguments, ..
        } = self.invocation;
        let completion = match self.body {
            Body::Script(_) => self
                .machine
                .run(
                    &self.invocation.digest,
                    keys,
                    arguments,
                    &mut host,
                    &mut reply,
                )
                .expect("the script was compiled just now, on this thread"),
            Body::Function(function) => self
                .machine
                .call(function, keys, arguments, &mut host, &mut reply),
        };
        host.turn.limits.reply_bytes_max = bytes_max;
        let needs = host.needs;
        if needs != Needs::Declared {
            scripting.remember_wide(self.invocation.digest);
        }
        drop(host);
        session.in_script = false;
        session.select(database);
        (completion, needs == Needs::Restart)
    }
}
