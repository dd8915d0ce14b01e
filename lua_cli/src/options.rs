//! The command line.

use std::path::PathBuf;

use clap::{Parser, ValueEnum};
use ferrous_resp::Protocol;

/// Runs and checks Lua scripts for Redis, Valkey and Ferrous, without a server.
#[derive(Debug, Parser)]
#[command(
    version,
    override_usage = "lua_cli [OPTIONS] SCRIPT [KEY]... [, [ARG]...]\n       \
                      lua_cli [OPTIONS] -e TEXT [KEY]... [, [ARG]...]\n       \
                      lua_cli --check SCRIPT...\n       \
                      lua_cli --test [FILE|DIRECTORY]...",
    after_help = "Examples:\n  \
        lua_cli limit.lua user:1 , 10 60      run a file with one key and two arguments\n  \
        lua_cli -e 'return ARGV[1]' , hello   run a text\n  \
        lua_cli - key < limit.lua             run standard input\n  \
        lua_cli --check scripts/*.lua         what is wrong with them, for CI\n  \
        lua_cli --test tests/                 run the tests in tests/*_test.lua\n  \
        lua_cli --debug limit.lua user:1      step through it\n  \
        lua_cli -d dump.rdb                   a prompt over the keys of a file\n\n\
        Exit status: 0 success; 1 the script or a test failed, or a check found errors; 2 it could not be run or checked."
)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a switch of the command line"
)]
pub(crate) struct Options {
    /// The script (- is standard input), its keys, a comma as a word of its own, its arguments
    #[arg(
        value_name = "SCRIPT KEYS , ARGS",
        trailing_var_arg = true,
        allow_hyphen_values = true
    )]
    pub(crate) words: Vec<String>,
    /// Run this text instead of a file; all words are keys and arguments then
    #[arg(short = 'e', long = "eval", value_name = "TEXT")]
    pub(crate) text: Option<String>,

    /// Check without running: syntax, globals, commands, keys
    #[arg(long, group = "report", help_heading = "Without running", conflicts_with_all = ["sha", "server"])]
    pub(crate) check: bool,
    /// How --check and --test print what they found
    #[arg(
        long,
        value_enum,
        default_value = "text",
        requires = "report",
        help_heading = "Without running"
    )]
    pub(crate) format: Format,
    /// Print the SHA1 that EVALSHA knows the script by
    #[arg(long, help_heading = "Without running", conflicts_with = "server")]
    pub(crate) sha: bool,

    /// Run the tests in these files, and in the files *_test.lua of these directories
    #[arg(long, group = "report", help_heading = "Tests",
          conflicts_with_all = ["sha", "server", "text", "function", "profile", "debug"])]
    pub(crate) test: bool,
    /// Of the tests, run those whose names contain this
    #[arg(long, value_name = "TEXT", requires = "test", help_heading = "Tests")]
    pub(crate) filter: Option<String>,

    /// Prompt for pieces of Lua; all words are keys and arguments then
    #[arg(short = 'i', long, help_heading = "Where it runs",
          conflicts_with_all = ["check", "test", "sha", "server", "text", "function", "profile", "debug"])]
    pub(crate) interactive: bool,
    /// Run on a live server, such as `redis://host:6379/0`, instead of a keyspace of this process
    #[arg(short = 'u', long = "server", value_name = "URI", help_heading = "Where it runs",
          conflicts_with_all = ["trace", "time_limit", "memory_limit", "profile", "debug", "data", "effects"])]
    pub(crate) server: Option<String>,
    /// Begin with the keys of a file: RDB, JSON, or a command on each line
    #[arg(short = 'd', long, value_name = "FILE", help_heading = "Where it runs")]
    pub(crate) data: Vec<PathBuf>,

    /// The script is a library: call this function of it
    #[arg(short = 'f', long, value_name = "NAME", conflicts_with_all = ["check", "sha"])]
    pub(crate) function: Option<String>,
    /// Reply in RESP3, with maps, sets and doubles
    #[arg(short = '3', long = "resp3")]
    resp3: bool,

    /// Show every call of a command, its reply and its time on standard error
    #[arg(long, help_heading = "While it runs")]
    pub(crate) trace: bool,
    /// Show what would go to the append-only file and the replicas, on standard error
    #[arg(long, help_heading = "While it runs")]
    pub(crate) effects: bool,
    /// Show which lines took the time, on standard error
    #[arg(long, help_heading = "While it runs")]
    pub(crate) profile: bool,
    /// Halt at its lines, to step, look at variables and run commands
    #[arg(
        long,
        visible_alias = "ldb",
        help_heading = "While it runs",
        conflicts_with_all = ["profile", "trace"]
    )]
    pub(crate) debug: bool,
    /// End the script after so many milliseconds
    #[arg(long, value_name = "MS", help_heading = "While it runs")]
    pub(crate) time_limit: Option<u64>,
    /// Fail the script when it wants more than so many bytes
    #[arg(long, value_name = "BYTES", help_heading = "While it runs")]
    pub(crate) memory_limit: Option<usize>,
}

/// A format of findings.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// `file:line:column: severity: message [rule]`
    Text,
    /// One array of objects
    Json,
    /// The XML that build servers read, of tests
    Junit,
}

impl Options {
    /// The protocol that the reply is given in.
    pub(crate) fn protocol(&self) -> Protocol {
        if self.resp3 {
            Protocol::Resp3
        } else {
            Protocol::Resp2
        }
    }

    /// Whether the script comes from standard input.
    pub(crate) fn reads_input(&self) -> bool {
        let path = self.words.first();
        self.text.is_none() && path.is_none_or(|path| path == "-")
    }

    /// The keys and the arguments: a comma as a word of its own is between them.
    pub(crate) fn keys_and_arguments(&self) -> (Vec<&[u8]>, Vec<&[u8]>) {
        let script = usize::from(self.text.is_none() && !self.interactive);
        let mut words = self.words.iter().skip(script).map(String::as_bytes);
        let keys = words.by_ref().take_while(|word| *word != b",").collect();
        (keys, words.collect())
    }
}
