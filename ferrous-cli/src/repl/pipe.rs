//! Replies that go elsewhere than the screen: to a shell command or to the pager.

use std::env;
use std::io::{self, Write};
use std::process::{Command, Stdio};

use ferrous_client::Value;
use ferrous_client::print::raw;
use rustix::termios::tcgetwinsize;

/// Splits `GET k | jq .` at the first ` | ` outside quotes.
pub(super) fn split(line: &str, enabled: bool) -> (&str, Option<&str>) {
    let mut quote = None;
    let mut escaped = false;
    for (at, letter) in line.char_indices().filter(|_| enabled) {
        match (letter, quote) {
            _ if escaped => escaped = false,
            ('\\', Some(_)) => escaped = true,
            ('"' | '\'', None) => quote = Some(letter),
            (_, Some(open)) if letter == open => quote = None,
            ('|', None) if line[..at].ends_with(' ') && line[at + 1..].starts_with(' ') => {
                return (line[..at].trim_end(), Some(line[at + 1..].trim_start()));
            }
            _ => {}
        }
    }
    (line, None)
}

/// The bytes that a shell command wants of a reply: its own, without the marks for people.
pub(super) fn plain(reply: Option<&Value>, shown: &[u8]) -> Vec<u8> {
    let Some(reply) = reply else {
        return shown.to_vec();
    };
    let mut text = Vec::new();
    raw(&mut text, reply, b"\n");
    text.push(b'\n');
    text
}

/// Runs a shell command with the text as its standard input.
pub(super) fn to_shell(command: &str, text: &[u8]) -> io::Result<()> {
    feed(Command::new("sh").arg("-c").arg(command), text)
}

/// Shows the text with `$FERROUS_PAGER`, `$PAGER` or `less`.
pub(super) fn to_pager(text: &[u8]) -> io::Result<()> {
    let pager = env::var("FERROUS_PAGER")
        .or_else(|_| env::var("PAGER"))
        .unwrap_or_else(|_| "less".to_owned());
    let mut command = Command::new("sh");
    command.arg("-c").arg(pager);
    if env::var_os("LESS").is_none() {
        command.env("LESS", "-SRXF");
    }
    feed(&mut command, text)
}

fn feed(command: &mut Command, text: &[u8]) -> io::Result<()> {
    let mut child = command.stdin(Stdio::piped()).spawn()?;
    if let Some(mut stdin) = child.stdin.take() {
        // A command that needs no more input closes it, which is no failure of ours.
        let _ = stdin.write_all(text);
    }
    child.wait()?;
    Ok(())
}

/// True when the text has more lines than the screen.
pub(super) fn is_tall(text: &[u8]) -> bool {
    let rows = tcgetwinsize(io::stdout()).map_or(24, |size| usize::from(size.ws_row));
    text.split(|&byte| byte == b'\n').count() > rows.max(2)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_bar_outside_quotes_is_a_pipe() {
        assert_eq!(split("GET k | jq .", true), ("GET k", Some("jq .")));
        assert_eq!(split("SET k \"a | b\"", true), ("SET k \"a | b\"", None));
        assert_eq!(
            split("SET k \"a\\\" | b\" | wc", true),
            ("SET k \"a\\\" | b\"", Some("wc"))
        );
        assert_eq!(split("SET k a|b", true), ("SET k a|b", None));
        assert_eq!(split("GET k | jq .", false), ("GET k | jq .", None));
    }
}
