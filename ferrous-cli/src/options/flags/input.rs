//! Flags about what is sent.

use std::time::Duration;

use super::super::parse::{leading_decimal, leading_integer};
use super::super::{Debugger, Mode, UsageError};
use super::{Flag, switch, value};

pub(super) const FLAGS: &[Flag] = &[
    value(
        &["-r"],
        "repeat",
        "Run the command that many times; a negative number means for ever.",
        |options, count| {
            options.repeat = leading_integer(count);
            Ok(())
        },
    ),
    value(
        &["-i"],
        "interval",
        "Seconds to wait after each run with -r, decimals allowed; also per cycle of --scan and --stat, \
         and per 100 cycles of the analysers.",
        |options, seconds| {
            options.interval = Duration::try_from_secs_f64(leading_decimal(seconds).max(0.0))
                .map_err(|_| UsageError::new("Invalid interval for -i."))?;
            Ok(())
        },
    ),
    switch(
        &["-x"],
        "Read the last argument from standard input.",
        |options| {
            options.stdin_last_argument = true;
        },
    ),
    value(
        &["-X"],
        "tag",
        "Read the argument that equals tag from standard input.",
        |options, tag| {
            options.stdin_tag = Some(tag.to_vec());
            Ok(())
        },
    ),
    switch(
        &["--quoted-input"],
        "Read the arguments as quoted strings.",
        |options| {
            options.quoted_input = true;
        },
    ),
    value(
        &["-f", "--file"],
        "file",
        "Run the lines of a file; errors name the line.",
        |options, file| {
            options.file = Some(file.to_vec());
            Ok(())
        },
    ),
    switch(
        &["-e"],
        "End with status 1 when the command fails, and print the error to standard error.",
        |options| {
            options.error_status = true;
        },
    ),
    switch(
        &["--explain"],
        "Do not run the command, tell about it: its cost, the size and slot of its keys, whether it is allowed.",
        |options| options.choose(Mode::Explain),
    ),
    switch(
        &["--strict"],
        "As -e, for standard input and files as well; a refused password or database is fatal too. \
         Status 3 means unreachable, 4 timed out.",
        |options| options.strict = true,
    ),
];

pub(super) const TRANSFER: &[Flag] = &[
    switch(
        &["--pipe"],
        "Send standard input as it is, commands in the protocol's form.",
        |options| {
            options.choose(Mode::Pipe);
        },
    ),
    value(
        &["--pipe-timeout"],
        "n",
        "With --pipe, give up when no reply comes for n seconds after all was sent (default: 30; 0 waits for ever).",
        |options, seconds| {
            options.pipe_timeout = Duration::from_secs(leading_integer(seconds).max(0) as u64);
            Ok(())
        },
    ),
    value(
        &["--rdb"],
        "file",
        "Save a snapshot of the server's data; '-' is standard output.",
        |options, file| {
            if options.rdb_functions_only {
                return Err(UsageError::new(
                    "Option --functions-rdb and --rdb are mutually exclusive.",
                ));
            }
            options.rdb_file = file.to_vec();
            options.choose(Mode::Rdb);
            Ok(())
        },
    ),
    value(
        &["--functions-rdb"],
        "file",
        "As --rdb, of the functions only, without keys.",
        |options, file| {
            if !options.rdb_file.is_empty() {
                return Err(UsageError::new(
                    "Option --functions-rdb and --rdb are mutually exclusive.",
                ));
            }
            options.rdb_file = file.to_vec();
            options.rdb_functions_only = true;
            options.choose(Mode::Rdb);
            Ok(())
        },
    ),
    switch(
        &["--replica", "--slave"],
        "Act as a replica and show the commands of the primary.",
        |options| {
            options.choose(Mode::Replica);
        },
    ),
    value(
        &["--replay"],
        "file",
        "Run the commands of a recorded session (see ':record' at the prompt).",
        |options, file| {
            options.replay = file.to_vec();
            options.choose(Mode::Replay);
            Ok(())
        },
    ),
    switch(
        &["--diff"],
        "With --replay, show only where replies differ, and end with status 1 if any does.",
        |options| {
            options.show_differences = true;
        },
    ),
];

pub(super) const SCRIPTS: &[Flag] = &[
    value(
        &["--eval"],
        "file",
        "Run the Lua script of the file; the words that follow are keys, and after a comma arguments.",
        |options, file| {
            options.eval = Some(file.to_vec());
            options.choose(Mode::Eval);
            Ok(())
        },
    ),
    switch(
        &["--ldb"],
        "With --eval, debug the script; its changes are rolled back.",
        |options| {
            options.debugger = Some(Debugger::Forked);
        },
    ),
    switch(
        &["--ldb-sync-mode"],
        "As --ldb, in the server itself, which waits, and keeps the changes.",
        |options| {
            options.debugger = Some(Debugger::Sync);
        },
    ),
];
