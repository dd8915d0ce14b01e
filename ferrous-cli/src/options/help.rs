//! Texts drawn from the table of flags: help, version, completions, manual page.

use clap::{Arg, ArgAction, Command};
use clap_complete::Shell;

use super::flags::{SECTIONS, Set};

const EXAMPLES: &str = "\
Examples:
  ferrous-cli                                      the prompt; 'help' explains it
  ferrous-cli -u valkey://default:PASSWORD@localhost:6379/0 ping
  cat /etc/passwd | ferrous-cli -x set mypasswd
  ferrous-cli -D \"\" --raw dump key > key.dump && ferrous-cli -X tag restore key2 0 tag replace < key.dump
  ferrous-cli -r 100 -i 1 info | grep used_memory_human:
  ferrous-cli --quoted-input set '\"null-\\x00-separated\"' value
  ferrous-cli --eval myscript.lua key1 key2 , arg1 arg2 arg3
  ferrous-cli --scan --pattern 'session:*' --unlink --rate 1000 --dry-run
  ferrous-cli --output json client list
  ferrous-cli @primaries dbsize                    every primary of a cluster, and the sum
";

/// Column at which explanations begin, and the width they are wrapped to.
const HELP_COLUMN: usize = 30;
const HELP_WIDTH: usize = 100;

/// One line: the program and its version.
pub(crate) fn version() -> String {
    format!("ferrous-cli {}\n", env!("CARGO_PKG_VERSION"))
}

/// The text of `--help`.
pub(crate) fn help() -> String {
    let mut out = version();
    out.push_str("\nUsage: ferrous-cli [OPTIONS] [cmd [arg [arg ...]]]\n\n");
    out.push_str(EXAMPLES);
    for section in SECTIONS {
        crate::append!(out, "\n{}:\n", section.title);
        for flag in section.flags {
            let spelling = format!("  {} {}", flag.names.join(", "), placeholder(flag.value));
            push_entry(&mut out, spelling.trim_end(), flag.help);
        }
    }
    out.push_str(
        "\nWithout a command the prompt is started, or the lines of standard input are run.\n",
    );
    out
}

/// The sections of the help: titles, and the spellings and meanings of their flags.
#[cfg(test)]
pub(crate) fn flag_rows() -> Vec<(&'static str, Vec<(String, String)>)> {
    let row = |flag: &super::flags::Flag| {
        let spelling = format!("{} {}", flag.names.join(", "), placeholder(flag.value));
        (spelling.trim_end().to_owned(), flag.help.to_owned())
    };
    SECTIONS
        .iter()
        .map(|section| (section.title, section.flags.iter().map(row).collect()))
        .collect()
}

fn placeholder(value: &str) -> String {
    if value.is_empty() {
        String::new()
    } else {
        format!("<{value}>")
    }
}

/// Appends a flag and its explanation, wrapped beside it, or below it when the flag is long.
fn push_entry(out: &mut String, spelling: &str, help: &str) {
    out.push_str(spelling);
    let mut column = spelling.len();
    if column + 2 > HELP_COLUMN {
        out.push('\n');
        column = 0;
    }
    out.push_str(&" ".repeat(HELP_COLUMN - column));
    column = HELP_COLUMN;
    for (index, word) in help.split(' ').enumerate() {
        if index > 0 && column + 1 + word.len() > HELP_WIDTH {
            out.push('\n');
            out.push_str(&" ".repeat(HELP_COLUMN));
            column = HELP_COLUMN;
        } else if index > 0 {
            out.push(' ');
            column += 1;
        }
        out.push_str(word);
        column += word.len();
    }
    out.push('\n');
}

/// The completion script for a shell, `None` when the shell is unknown.
pub(crate) fn completions(shell: &str) -> Option<String> {
    let shell: Shell = shell.parse().ok()?;
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut definition(), "ferrous-cli", &mut script);
    String::from_utf8(script).ok()
}

/// The manual page, in roff.
pub(crate) fn manual() -> String {
    let mut page = Vec::new();
    clap_mangen::Man::new(definition())
        .render(&mut page)
        .expect("writing to memory does not fail");
    String::from_utf8_lossy(&page).into_owned()
}

/// The table as clap sees it; clap only describes the command line, it does not parse it.
fn definition() -> Command {
    let mut command = Command::new("ferrous-cli")
        .version(env!("CARGO_PKG_VERSION"))
        .about(env!("CARGO_PKG_DESCRIPTION"))
        .after_help(EXAMPLES)
        .disable_help_flag(true)
        .disable_version_flag(true);
    for section in SECTIONS {
        for flag in section.flags {
            let mut arg = Arg::new(flag.names[0])
                .help(flag.help)
                .help_heading(section.title);
            for name in flag.names {
                arg = spell(arg, name);
            }
            command = command.arg(match flag.set {
                Set::Switch(_) => arg.action(ArgAction::SetTrue),
                Set::Value(_) => arg.action(ArgAction::Set).value_name(flag.value),
                Set::Words(_) => arg
                    .action(ArgAction::Append)
                    .value_name(flag.value)
                    .num_args(1..),
            });
        }
    }
    command.arg(
        Arg::new("cmd")
            .action(ArgAction::Append)
            .help("Command and its arguments"),
    )
}

fn spell(arg: Arg, name: &'static str) -> Arg {
    let has_name = arg.get_long().is_some() || arg.get_short().is_some();
    match (name.strip_prefix("--"), has_name) {
        (Some(long), false) => arg.long(long),
        (Some(long), true) if arg.get_long().is_none() => arg.long(long),
        (Some(long), true) => arg.visible_alias(long),
        (None, _) => match name.chars().nth(1) {
            Some(short) if arg.get_short().is_none() => arg.short(short),
            _ => arg,
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_text_can_be_made() {
        definition().debug_assert();
        for shell in ["bash", "zsh", "fish"] {
            assert!(
                completions(shell).unwrap().contains("quoted-json"),
                "{shell}"
            );
        }
        assert_eq!(completions("cmd.exe"), None);
        assert!(manual().contains("\\-\\-bigkeys"));
        assert!(help().lines().all(|line| line.len() <= 110));
    }
}
