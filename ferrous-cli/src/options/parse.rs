//! The parser of the command line.
//!
//! Hand-written, because scripts depend on the rules of the C clients: options are whole words, end at the
//! first word that is none, may be repeated, and numbers are read as far as they go.

use std::ffi::OsString;
use std::fmt;
use std::io::IsTerminal;
use std::os::unix::ffi::OsStringExt;

use ferrous_client::{Credentials, Protocol};

use super::flags::{Flag, Set, all};
use super::{Filters, Mode, Options, environment};

/// A command line that makes no sense. Its text goes to standard error, and the program ends with status 1.
#[derive(Debug)]
pub(crate) struct UsageError(String);

impl UsageError {
    pub(super) fn new(message: impl Into<String>) -> Self {
        Self(message.into())
    }
}

impl fmt::Display for UsageError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.0)
    }
}

impl std::error::Error for UsageError {}

/// Reads the arguments that follow the program's name, then the environment.
pub(crate) fn parse(arguments: impl Iterator<Item = OsString>) -> Result<Options, UsageError> {
    let words: Vec<Vec<u8>> = arguments.map(OsStringExt::into_vec).collect();
    let faked = std::env::var_os("FAKETTY").is_some();
    let mut options = Options::new(faked || std::io::stdout().is_terminal());
    environment::apply_url(&mut options)?;
    options.words = parse_words(&mut options, &words)?.to_vec();
    check(&options)?;
    if options.password_warning && options.password.is_some() && !options.ask_password {
        crate::talk!(
            "Warning: Using a password with '-a' or '-u' option on the command line interface may not be safe."
        );
    }
    environment::apply(&mut options);
    settle(&mut options);
    Ok(options)
}

/// Applies the options at the front of `words`; returns the words behind them.
fn parse_words<'words>(
    options: &mut Options,
    words: &'words [Vec<u8>],
) -> Result<&'words [Vec<u8>], UsageError> {
    let mut rest = words;
    while let Some((word, after)) = rest.split_first() {
        if !word.starts_with(b"-") || word == b"-" && after.is_empty() {
            break;
        }
        rest = match (find(word).map(|flag| &flag.set), after) {
            (Some(Set::Switch(set)), _) => {
                set(options);
                after
            }
            (Some(Set::Value(set)), [value, after @ ..]) => {
                set(options, value)?;
                after
            }
            (Some(Set::Words(set)), [_, ..]) => {
                // The words up to the next option belong to this one.
                let end = after.iter().skip(1).position(|word| word.starts_with(b"-"));
                let end = end.map_or(after.len(), |end| end + 1);
                set(options, &after[..end])?;
                &after[end..]
            }
            // The host needs a value: alone, -h asks for help, as everywhere.
            (Some(_), []) if word == b"-h" => {
                crate::say(super::help().as_bytes());
                std::process::exit(0);
            }
            _ => {
                return Err(UsageError(format!(
                    "Unrecognized option or bad number of args for: '{}'",
                    String::from_utf8_lossy(word)
                )));
            }
        };
    }
    Ok(rest)
}

fn find(word: &[u8]) -> Option<&'static Flag> {
    all().find(|flag| flag.names.iter().any(|name| name.as_bytes() == word))
}

/// Refuses combinations that contradict each other.
fn check(options: &Options) -> Result<(), UsageError> {
    let unix = matches!(options.target.address, ferrous_client::Address::Unix(_));
    let contradictions = [
        (
            options.follow_redirects && unix,
            "Options -c and -s are mutually exclusive.",
        ),
        (
            options.resp2 && options.resp3,
            "Options -2 and -3 are mutually exclusive.",
        ),
        (
            options.stdin_last_argument && options.stdin_tag.is_some(),
            "Options -x and -X are mutually exclusive.",
        ),
        (
            options.debugger.is_some() && options.eval.is_none(),
            "Options --ldb and --ldb-sync-mode require --eval.\nTry ferrous-cli --help for more information.",
        ),
        (
            options.actions.action.is_some() && options.mode != Mode::Scan,
            "Options --unlink, --expire, --copy-to and --dump require --scan.",
        ),
        (
            options.filters != Filters::default() && options.mode != Mode::Scan,
            "Options --ttl and --min-memory require --scan.",
        ),
        (
            options.mode == Mode::Explain && options.words.is_empty(),
            "Option --explain needs a command.",
        ),
    ];
    match contradictions.iter().find(|(applies, _)| *applies) {
        Some((_, message)) => Err(UsageError::new(*message)),
        None => Ok(()),
    }
}

/// Derives the connection's settings from the flags that affect several of them.
fn settle(options: &mut Options) {
    options.target.protocol = match options {
        Options { resp2: true, .. } => Protocol::Resp2,
        Options { resp3: true, .. } => Protocol::Resp3,
        Options { output, .. } if output.is_json() => Protocol::PreferResp3,
        _ => Protocol::Resp2,
    };
    options.settle_credentials();
}

impl Options {
    /// Takes user and password into the connection's settings.
    pub(crate) fn settle_credentials(&mut self) {
        if let Some(password) = self.password.clone() {
            self.target.credentials = Some(Credentials {
                user: self.user.clone(),
                password,
            });
        }
    }
}

/// The number at the front of `text`, as C's `strtoll` reads it: 0 when there is none.
pub(super) fn leading_integer(text: &[u8]) -> i64 {
    let text = text.trim_ascii_start();
    let sign = usize::from(matches!(text.first(), Some(b'-' | b'+')));
    let digits = text[sign..]
        .iter()
        .take_while(|byte| byte.is_ascii_digit())
        .count();
    let number = std::str::from_utf8(&text[..sign + digits]).unwrap_or_default();
    match number.parse() {
        Ok(number) => number,
        Err(_) if digits == 0 => 0,
        Err(_) if number.starts_with('-') => i64::MIN,
        Err(_) => i64::MAX,
    }
}

/// The decimal number at the front of `text`, as C's `atof` reads the usual ones: 0 when there is none.
pub(super) fn leading_decimal(text: &[u8]) -> f64 {
    let text = text.trim_ascii_start();
    (0..=text.len())
        .rev()
        .find_map(|end| std::str::from_utf8(&text[..end]).ok()?.parse().ok())
        .unwrap_or(0.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(words: &[&str]) -> Result<Options, UsageError> {
        let words: Vec<_> = words.iter().map(|word| word.as_bytes().to_vec()).collect();
        let mut options = Options::new(false);
        options.words = parse_words(&mut options, &words)?.to_vec();
        check(&options)?;
        settle(&mut options);
        Ok(options)
    }

    #[test]
    fn options_end_at_the_first_word() {
        let options = parsed(&["-n", "3", "SET", "-x", "v"]).unwrap();
        assert_eq!(options.target.database, 3);
        assert_eq!(options.words, [b"SET".as_slice(), b"-x", b"v"]);
        assert!(!options.stdin_last_argument);
    }

    #[test]
    fn cluster_takes_words_up_to_the_next_option() {
        let options = parsed(&[
            "--cluster",
            "create",
            "a:1",
            "b:2",
            "--cluster-replicas",
            "1",
        ])
        .unwrap();
        assert_eq!(options.mode, Mode::Cluster);
        assert_eq!(options.cluster.command, b"create");
        assert_eq!(options.cluster.arguments, [b"a:1", b"b:2"]);
        assert_eq!(options.cluster.replicas, 1);
    }

    #[test]
    fn the_earlier_mode_wins() {
        assert_eq!(
            parsed(&["--scan", "--bigkeys"]).unwrap().mode,
            Mode::BigKeys
        );
        assert_eq!(
            parsed(&["--bigkeys", "--scan"]).unwrap().mode,
            Mode::BigKeys
        );
    }

    #[test]
    fn json_prefers_resp3() {
        assert_eq!(
            parsed(&["--json"]).unwrap().target.protocol,
            Protocol::PreferResp3
        );
        assert_eq!(
            parsed(&["--json", "-2"]).unwrap().target.protocol,
            Protocol::Resp2
        );
    }

    #[test]
    fn refusals() {
        for (words, message) in [
            (
                &["--nope"][..],
                "Unrecognized option or bad number of args for: '--nope'",
            ),
            (
                &["-p"],
                "Unrecognized option or bad number of args for: '-p'",
            ),
            (&["-2", "-3"], "Options -2 and -3 are mutually exclusive."),
            (
                &["-x", "-X", "t"],
                "Options -x and -X are mutually exclusive.",
            ),
            (
                &["-c", "-s", "/s"],
                "Options -c and -s are mutually exclusive.",
            ),
        ] {
            assert_eq!(parsed(words).unwrap_err().to_string(), message);
        }
    }

    #[test]
    fn numbers_are_read_as_far_as_they_go() {
        assert_eq!(leading_integer(b"12x"), 12);
        assert_eq!(leading_integer(b"-3"), -3);
        assert_eq!(leading_integer(b"x"), 0);
        assert_eq!(leading_integer(b"99999999999999999999"), i64::MAX);
        assert!((leading_decimal(b"0.5s") - 0.5).abs() < 1e-9);
        assert!(leading_decimal(b"x").abs() < 1e-9);
    }
}
