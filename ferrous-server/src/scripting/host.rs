//! What a script reaches: commands, run within the partitions that are held for it.
//!
//! Keys that a script has not declared are held in addition, when nobody else holds them. When somebody does:
//!
//! * before its first write the script begins again, with every partition held;
//! * after it, nothing can be taken back, so it waits. That cannot end in a deadlock, since nobody who holds partitions
//!   waits for others while a script does (`Held::insist`), except a second script in the same place: that one fails.
//!
//! Either way its digest is remembered, and from then on it begins with every partition held.

use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;
use std::time::Instant;

use ferrous_engine::call::CallKeys;
use ferrous_engine::command::{Flags, Registered};
use ferrous_engine::error::CommandError;
use ferrous_engine::scope::Scope;
use ferrous_engine::script::{self, Rules};
use ferrous_lua::{Host, Interrupt, LogLevel, Permission, Replication};
use ferrous_resp::{Encoder, Protocol};

use super::run::Invocation;
use super::running::RunningScript;
use crate::client::Session;
use crate::execute::{self, Handler, Named, PlannedCall, Turn};
use crate::lending::hand_over;
use crate::transaction;

const OUT_OF_REACH: CommandError = CommandError::fixed(
    "ERR Another script holds a key that this one touches without declaring it in KEYS. Declare it, or try again: from now on this script begins with every key held.",
);

/// What a script ends with that is killed, and a function, too, in released servers.
const KILLED: &str = "Script killed by user with SCRIPT KILL...";

/// What a script needs, as far as it has shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Needs {
    /// What it declares, and what could be had beside that before it wrote.
    Declared,
    /// More: next time it begins with everything held.
    More,
    /// What cannot be had without waiting: it is to begin again, with everything held.
    Restart,
}

/// The host of one run of a script.
pub(super) struct ScriptHost<'h, 't, 'c> {
    pub(super) turn: &'h mut Turn<'t>,
    pub(super) session: &'h mut Session,
    pub(super) scope: &'h mut Scope<'static, 'c>,
    pub(super) invocation: &'h Invocation<'h>,
    /// Memory was exhausted when it began.
    pub(super) out_of_memory: bool,
    /// It has called a command that writes.
    pub(super) wrote: bool,
    /// What it needs.
    pub(super) needs: Needs,
    pub(super) started: Instant,
    /// Set once it has been running for more than a moment.
    pub(super) long: Option<Arc<RunningScript>>,
}

impl ScriptHost<'_, '_, '_> {
    /// Decides whether the script may run a command.
    fn admit(
        &self,
        named: &Named,
        argv: &[&[u8]],
    ) -> Result<&'static Registered<Handler>, CommandError> {
        let invocation = self.invocation;
        let rules = Rules {
            read_only: invocation.read_only,
            anything: self.turn.server.scripting.allows_all.load(Relaxed),
        };
        let command = script::admit(named.command(), argv.len(), rules)?;
        let flags = command.description.flags;
        let server = self.turn.server;
        // What has begun to write is not left half done.
        if flags.contains(Flags::WRITE)
            && !self.wrote
            && let Some(refusal) = server.persistence.refusal(&server.config)
        {
            return Err(refusal);
        }
        let grows = flags.contains(Flags::DENYOOM) && !invocation.allow_oom;
        if grows && self.out_of_memory && !self.wrote {
            return Err(CommandError::OUT_OF_MEMORY);
        }
        Ok(command)
    }

    /// Holds what a command needs, beyond what is held.
    fn reach(&mut self, call: &PlannedCall<'_>) -> Result<(), CommandError> {
        let partitions = || call.keys.iter().map(|(_, key)| key.partition);
        let everything = transaction::reaches_everything(call.command);
        let held = if everything {
            self.scope.holds_everything()
        } else {
            self.scope.holds(partitions())
        };
        if held {
            return Ok(());
        }
        if self.wrote {
            self.needs = Needs::More;
        }
        let added = if everything {
            self.scope.try_add_everything()
        } else {
            self.scope.try_add(partitions())
        };
        if added {
            self.show_held();
            return Ok(());
        }
        if !self.wrote {
            self.needs = Needs::Restart;
            return Err(OUT_OF_REACH);
        }
        self.needs = Needs::More;
        let all = 0..self.turn.server.keyspace.partitions() as u16;
        let insisted = if everything {
            self.scope.insist(all) && self.scope.try_add_everything()
        } else {
            self.scope.insist(partitions())
        };
        self.show_held();
        if insisted { Ok(()) } else { Err(OUT_OF_REACH) }
    }

    /// Tells others that what is held is held for long, once it is.
    fn show_held(&self) {
        if self.long.is_some() {
            self.scope.held_long(true);
        }
    }

    /// Lets another thread serve the clients that share this one, and makes the script known, to be killed.
    fn become_long(&mut self) -> Arc<RunningScript> {
        let script = Arc::new(RunningScript::new(
            self.invocation.kind,
            self.invocation.name.to_owned(),
            self.invocation.argv,
            self.started,
        ));
        script.wrote.store(self.wrote, Relaxed);
        self.turn.server.scripting.running.add(&script);
        self.long = Some(Arc::clone(&script));
        self.show_held();
        hand_over();
        script
    }

    fn run(
        &mut self,
        argv: &[&[u8]],
        protocol: Protocol,
        reply: &mut Vec<u8>,
    ) -> Result<(), CommandError> {
        let mut keys = CallKeys::new();
        let named = execute::plan(self.turn.server, argv, &mut keys);
        let command = self.admit(&named, argv).inspect_err(|_| {
            if let Some(command) = named.command() {
                self.turn.count_rejected(command.id);
            }
        })?;
        let call = PlannedCall {
            command,
            argv,
            keys: &keys,
        };
        self.reach(&call)?;
        if command.description.flags.contains(Flags::WRITE) {
            self.wrote = true;
            if let Some(long) = &self.long {
                long.wrote.store(true, Relaxed);
            }
        }
        let before = std::mem::replace(&mut self.session.protocol, protocol);
        execute::within(self.turn, self.session, &call, self.scope, reply);
        self.session.protocol = before;
        Ok(())
    }
}

impl Host for ScriptHost<'_, '_, '_> {
    fn call(&mut self, argv: &[&[u8]], protocol: Protocol, reply: &mut Vec<u8>) {
        if let Err(error) = self.run(argv, protocol, reply) {
            if self.needs != Needs::Restart {
                self.turn.count_error(&error);
            }
            Encoder::new(reply, protocol).error(error.bytes());
        }
    }

    fn abandoned(&mut self) -> Option<String> {
        let text = || OUT_OF_REACH.text().trim_start_matches("ERR ").to_owned();
        (self.needs == Needs::Restart).then(text)
    }

    fn may_run(&mut self, argv: &[&[u8]]) -> Permission {
        match self.turn.server.registry.resolve(argv) {
            Some(Ok(_)) => Permission::Granted,
            Some(Err(_)) | None => Permission::UnknownCommand,
        }
    }

    fn log(&mut self, level: LogLevel, message: &[u8]) {
        let message = String::from_utf8_lossy(message);
        match level {
            LogLevel::Debug => tracing::trace!("{message}"),
            LogLevel::Verbose => tracing::debug!("{message}"),
            LogLevel::Notice => tracing::info!("{message}"),
            LogLevel::Warning => tracing::warn!("{message}"),
        }
    }

    fn set_replication(&mut self, replication: Replication) {
        self.turn.repeats = replication.aof || replication.replicas;
    }

    fn interrupt(&mut self) -> Interrupt {
        let script = match &self.long {
            Some(script) => Arc::clone(script),
            None => self.become_long(),
        };
        self.turn.server.scripting.running.halt_at_end();
        if script.is_killed() {
            tracing::info!("Lua script killed by user with SCRIPT KILL.");
            return Interrupt::Stop(KILLED.to_owned());
        }
        let server = self.turn.server;
        let threshold_ms = server.config.scripting.busy_reply_threshold.get();
        let elapsed_ms = self.started.elapsed().as_millis() as u64;
        if threshold_ms != 0
            && elapsed_ms >= threshold_ms
            && server.scripting.running.set_busy(&script)
        {
            tracing::warn!(
                "Slow script detected: still in execution after {elapsed_ms} milliseconds. You can try killing the script using the SCRIPT KILL command. Script name is: {}.",
                script.name
            );
        }
        Interrupt::Continue
    }
}

impl Drop for ScriptHost<'_, '_, '_> {
    fn drop(&mut self) {
        if let Some(script) = &self.long {
            self.scope.held_long(false);
            self.turn.server.scripting.running.remove(script);
        }
        self.turn.repeats = true;
    }
}
