//! What the command line asks for.
//!
//! The flags are a table ([`flags`]), because the parser, the help, the completions and the manual page all
//! read it. The parser ([`parse`]) follows the rules of `redis-cli`: options end at the first other word.

mod actions;
mod aliases;
mod cluster;
mod environment;
mod flags;
mod help;
mod parse;

use std::time::Duration;

use ferrous_client::Target;

pub(crate) use actions::{Action, Actions, Expiry, Filters};
pub(crate) use cluster::ClusterOptions;
pub(crate) use environment::dotfile;
#[cfg(test)]
pub(crate) use help::flag_rows;
pub(crate) use help::{completions, help, manual, version};
pub(crate) use parse::{UsageError, parse};

use crate::decode::Decoder;
use crate::output::{Colours, Output};

/// What to do. Where several are asked for, the first of this order is done, as in the C clients.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Mode {
    /// `--cluster`.
    Cluster,
    /// `--latency` and `--latency-history`.
    Latency,
    /// `--latency-dist`.
    LatencyDistribution,
    /// `--replica`.
    Replica,
    /// `--rdb` and `--functions-rdb`.
    Rdb,
    /// `--pipe`.
    Pipe,
    /// `--bigkeys`.
    BigKeys,
    /// `--memkeys`.
    MemoryKeys,
    /// `--keystats`.
    KeyStatistics,
    /// `--hotkeys`.
    HotKeys,
    /// `--stat`.
    Statistics,
    /// `--scan`.
    Scan,
    /// `--lru-test`.
    LruTest,
    /// `--intrinsic-latency`.
    IntrinsicLatency,
    /// `--test_hint`.
    Hint,
    /// `--test_hint_file`.
    HintFile,
    /// `--replay`.
    Replay,
    /// `--explain`.
    Explain,
    /// `--eval`.
    Eval,
    /// A command of the arguments, lines of standard input, or the prompt.
    #[default]
    Command,
}

/// Debugging of scripts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Debugger {
    /// In a forked session whose changes are rolled back.
    Forked,
    /// In the server itself, which waits.
    Sync,
}

/// All options, with their defaults.
#[derive(Clone, Debug)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a switch of its own that the user sets"
)]
pub(crate) struct Options {
    pub(crate) mode: Mode,
    /// The server; the protocol follows from `resp2` and `resp3`.
    pub(crate) target: Target,
    pub(crate) user: Option<String>,
    pub(crate) password: Option<Vec<u8>>,
    /// The password of a URL in the environment, when nothing else gives one.
    environment_password: Option<Vec<u8>>,
    pub(crate) ask_password: bool,
    pub(crate) password_warning: bool,
    pub(crate) resp2: bool,
    pub(crate) resp3: bool,
    /// Follow redirections of the cluster.
    pub(crate) follow_redirects: bool,
    /// Refuse commands that write, before they are sent.
    pub(crate) read_only: bool,
    /// The server is one whose data matters: ask before it is destroyed.
    pub(crate) production: bool,

    /// Times to run the command; negative means for ever.
    pub(crate) repeat: i64,
    pub(crate) interval: Duration,
    pub(crate) stdin_last_argument: bool,
    pub(crate) stdin_tag: Option<Vec<u8>>,
    pub(crate) quoted_input: bool,
    /// Lines to run, instead of standard input.
    pub(crate) file: Option<Vec<u8>>,

    pub(crate) output: Output,
    pub(crate) colours: Colours,
    pub(crate) decode: Option<Decoder>,
    pub(crate) element_delimiter: Vec<u8>,
    pub(crate) reply_delimiter: Vec<u8>,
    pub(crate) show_pushes: bool,
    /// `-e`: an error reply ends a one-shot command with status 1.
    pub(crate) error_status: bool,
    /// `--strict`: so does every other thing that goes wrong, from standard input as well.
    pub(crate) strict: bool,
    pub(crate) verbose: bool,

    pub(crate) eval: Option<Vec<u8>>,
    pub(crate) debugger: Option<Debugger>,

    pub(crate) pattern: Option<Vec<u8>>,
    pub(crate) scan_count: u32,
    pub(crate) scan_type: Option<Vec<u8>>,
    pub(crate) cursor: u64,
    /// Rows of rankings.
    pub(crate) top: usize,
    pub(crate) hot_keys: usize,
    /// `MEMORY USAGE ... SAMPLES`; `None` leaves it to the server.
    pub(crate) memory_samples: Option<u64>,
    pub(crate) filters: Filters,
    pub(crate) actions: Actions,
    /// Walk all primaries.
    pub(crate) cluster_wide: bool,

    pub(crate) latency_history: bool,
    pub(crate) monochrome: bool,
    pub(crate) intrinsic_seconds: u64,
    pub(crate) lru_keys: u64,

    pub(crate) rdb_file: Vec<u8>,
    pub(crate) rdb_functions_only: bool,
    pub(crate) pipe_timeout: Duration,

    pub(crate) hint: Vec<u8>,
    pub(crate) replay: Vec<u8>,
    pub(crate) show_differences: bool,

    pub(crate) cluster: ClusterOptions,
    /// Words after the options: the command, or the arguments of the mode.
    pub(crate) words: Vec<Vec<u8>>,
}

impl Options {
    /// The defaults, which depend on whether standard output is a terminal.
    pub(crate) fn new(stdout_is_terminal: bool) -> Self {
        Self {
            mode: Mode::default(),
            target: Target::default(),
            user: None,
            password: None,
            environment_password: None,
            ask_password: false,
            password_warning: true,
            resp2: false,
            resp3: false,
            follow_redirects: false,
            read_only: false,
            production: false,
            repeat: 1,
            interval: Duration::ZERO,
            stdin_last_argument: false,
            stdin_tag: None,
            quoted_input: false,
            file: None,
            output: if stdout_is_terminal {
                Output::Standard
            } else {
                Output::Raw
            },
            colours: Colours::Auto,
            decode: None,
            element_delimiter: b"\n".to_vec(),
            reply_delimiter: b"\n".to_vec(),
            show_pushes: stdout_is_terminal,
            error_status: false,
            strict: false,
            verbose: false,
            eval: None,
            debugger: None,
            pattern: None,
            scan_count: 10,
            scan_type: None,
            cursor: 0,
            top: 10,
            hot_keys: 16,
            memory_samples: None,
            filters: Filters::default(),
            actions: Actions::default(),
            cluster_wide: false,
            latency_history: false,
            monochrome: false,
            intrinsic_seconds: 0,
            lru_keys: 0,
            rdb_file: Vec::new(),
            rdb_functions_only: false,
            pipe_timeout: Duration::from_secs(30),
            hint: Vec::new(),
            replay: Vec::new(),
            show_differences: false,
            cluster: ClusterOptions::default(),
            words: Vec::new(),
        }
    }

    /// Asks for `mode`, unless one that goes first was asked for.
    fn choose(&mut self, mode: Mode) {
        self.mode = self.mode.min(mode);
    }
}
