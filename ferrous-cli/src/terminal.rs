//! Standard output, standard error and the keyboard.

use std::io::{self, BufRead, Write};

use rustix::termios::{LocalModes, OptionalActions, tcgetattr, tcsetattr};

/// Prints to standard error, which may be closed.
#[macro_export]
macro_rules! talk {
    ($($part:tt)*) => {{
        use std::io::Write as _;
        // There is nobody left to tell when standard error is gone.
        let _ = writeln!(std::io::stderr(), $($part)*);
    }};
}

/// Appends formatted text to a `String`.
#[macro_export]
macro_rules! append {
    ($text:expr, $($part:tt)*) => {{
        use std::fmt::Write as _;
        // Writing to a string does not fail.
        let _ = write!($text, $($part)*);
    }};
}

/// Prints a line to standard output.
#[macro_export]
macro_rules! print_line {
    ($($part:tt)*) => { $crate::say(format!("{}\n", format_args!($($part)*)).as_bytes()) };
}

/// Writes to standard output at once. Ends the program, as the signal would, when nobody reads it any more.
pub(crate) fn say(bytes: &[u8]) {
    let mut out = io::stdout().lock();
    if out.write_all(bytes).and_then(|()| out.flush()).is_err() {
        // 128 + SIGPIPE.
        std::process::exit(141);
    }
}

/// Asks for a secret, which does not appear while it is typed.
pub(crate) fn ask_password(prompt: &str) -> io::Result<Vec<u8>> {
    let stdin = io::stdin();
    let Ok(saved) = tcgetattr(&stdin) else {
        // Not a terminal: the secret is the first line.
        return first_line();
    };
    say(prompt.as_bytes());
    let mut hidden = saved.clone();
    hidden.local_modes -= LocalModes::ECHO;
    tcsetattr(&stdin, OptionalActions::Flush, &hidden)?;
    let password = first_line();
    tcsetattr(&stdin, OptionalActions::Flush, &saved)?;
    say(b"\n");
    password
}

fn first_line() -> io::Result<Vec<u8>> {
    let mut line = Vec::new();
    io::stdin().lock().read_until(b'\n', &mut line)?;
    while matches!(line.last(), Some(b'\n' | b'\r')) {
        line.pop();
    }
    Ok(line)
}

/// Asks a question that needs the answer `yes`.
pub(crate) fn confirm(question: &str) -> bool {
    say(format!("{question} (type 'yes' to accept): ").as_bytes());
    first_line().is_ok_and(|answer| answer.eq_ignore_ascii_case(b"yes"))
}
