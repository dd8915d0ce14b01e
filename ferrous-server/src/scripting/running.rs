//! The scripts that take long: who else is told of them, and how they are ended.

use std::sync::Arc;
use std::sync::atomic::{
    AtomicBool, AtomicUsize,
    Ordering::{Relaxed, SeqCst},
};
use std::time::{Duration, Instant};

use ferrous_engine::error::CommandError;
use parking_lot::Mutex;

/// How often a script that has come to a halt looks whether it may go on.
const HALT: Duration = Duration::from_millis(10);

const UNKILLABLE: CommandError = CommandError::fixed(
    "UNKILLABLE Sorry the script already executed write commands against the dataset. You can either wait the script termination or kill the server in a hard way using the SHUTDOWN NOSAVE command.",
);

/// What runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// A script of `EVAL` or `EVALSHA`.
    Script,
    /// A function of a library.
    Function,
}

impl Kind {
    /// What others hear while it runs for too long.
    pub(crate) fn busy(self) -> CommandError {
        CommandError::fixed(match self {
            Self::Script => {
                "BUSY Redis is busy running a script. You can only call SCRIPT KILL or SHUTDOWN NOSAVE."
            }
            Self::Function => {
                "BUSY Redis is busy running a script. You can only call FUNCTION KILL or SHUTDOWN NOSAVE."
            }
        })
    }
}

/// A script that has been running for more than a moment.
#[derive(Debug)]
pub(crate) struct RunningScript {
    /// What it is.
    pub(crate) kind: Kind,
    /// The function's name.
    pub(crate) name: String,
    /// The call that runs it.
    pub(crate) argv: Vec<Box<[u8]>>,
    /// When it began.
    pub(crate) started: Instant,
    /// It has called a command that writes.
    pub(super) wrote: AtomicBool,
    killed: AtomicBool,
    busy: AtomicBool,
}

impl RunningScript {
    /// A script that began at `started`.
    pub(super) fn new(kind: Kind, name: String, argv: &[&[u8]], started: Instant) -> Self {
        Self {
            kind,
            name,
            argv: argv.iter().map(|arg| Box::from(*arg)).collect(),
            started,
            wrote: AtomicBool::new(false),
            killed: AtomicBool::new(false),
            busy: AtomicBool::new(false),
        }
    }

    /// True once somebody has asked for its end.
    pub(super) fn is_killed(&self) -> bool {
        self.killed.load(Relaxed)
    }
}

/// The scripts that have been running for more than a moment.
#[derive(Debug, Default)]
pub(crate) struct Running {
    scripts: Mutex<Vec<Arc<RunningScript>>>,
    /// How many there are.
    count: AtomicUsize,
    /// How many of them have passed `busy-reply-threshold`.
    busy: AtomicUsize,
    /// The server ends without them.
    halted: AtomicBool,
}

impl Running {
    /// True when there is any: two relaxed loads at every command are all that scripts cost others.
    pub(crate) fn any(&self) -> bool {
        self.count.load(Relaxed) != 0
    }

    /// What those hear who may not go on, once a script has passed `busy-reply-threshold`.
    pub(crate) fn busy(&self) -> Option<CommandError> {
        if self.busy.load(Relaxed) == 0 {
            return None;
        }
        let scripts = self.scripts.lock();
        let busy = scripts.iter().find(|script| script.busy.load(Relaxed));
        busy.map(|script| script.kind.busy())
    }

    /// The one that has been running for longest.
    pub(crate) fn oldest(&self) -> Option<Arc<RunningScript>> {
        self.scripts.lock().first().cloned()
    }

    /// Adds a script.
    pub(super) fn add(&self, script: &Arc<RunningScript>) {
        let mut scripts = self.scripts.lock();
        scripts.push(Arc::clone(script));
        self.count.store(scripts.len(), Relaxed);
    }

    /// Has others told that the script takes too long. True the first time.
    pub(super) fn set_busy(&self, script: &RunningScript) -> bool {
        let first = !script.busy.swap(true, Relaxed);
        self.busy.fetch_add(usize::from(first), Relaxed);
        first
    }

    /// Removes a script.
    pub(super) fn remove(&self, script: &Arc<RunningScript>) {
        let mut scripts = self.scripts.lock();
        scripts.retain(|known| !Arc::ptr_eq(known, script));
        self.count.store(scripts.len(), Relaxed);
        let was_busy = usize::from(script.busy.load(Relaxed));
        self.busy.fetch_sub(was_busy, Relaxed);
    }

    /// Has scripts that take long come to a halt where they are, since the server ends without them: none of them is
    /// acknowledged any more. Or has them go on.
    pub(crate) fn set_halted(&self, halted: bool) {
        self.halted.store(halted, SeqCst);
    }

    /// Called by a script that takes long, from time to time: does not return while it is to halt.
    pub(super) fn halt_at_end(&self) {
        while self.halted.load(SeqCst) {
            std::thread::sleep(HALT);
        }
    }

    /// Ends the scripts of one kind, all that have written nothing.
    ///
    /// # Errors
    /// When none runs, none is of this kind, or each of them has written.
    pub(crate) fn kill(&self, kind: Kind) -> Result<(), CommandError> {
        let scripts = self.scripts.lock();
        let Some(first) = scripts.first() else {
            return Err(CommandError::fixed(
                "NOTBUSY No scripts in execution right now.",
            ));
        };
        let mut of_kind = scripts
            .iter()
            .filter(|script| script.kind == kind)
            .peekable();
        if of_kind.peek().is_none() {
            return Err(first.kind.busy());
        }
        let mut any = false;
        for script in of_kind.filter(|script| !script.wrote.load(Relaxed)) {
            script.killed.store(true, Relaxed);
            any = true;
        }
        if !any {
            return Err(UNKILLABLE);
        }
        Ok(())
    }
}
