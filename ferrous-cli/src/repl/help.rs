//! `help`: commands, groups, and the prompt itself.

use crate::catalog::{Catalog, Entry};

const GENERAL: &str = "\
To get help about commands type:
      \"help @<group>\" to get a list of commands in <group>
      \"help <command>\" for help on <command>
      \"help <tab>\" to get a list of possible help topics
      \"quit\" to exit

At the prompt:
      5 PING                 runs a command five times
      GET k | jq .           pipes the reply to a shell command
      :set                   lists the settings
      :watch 2 INFO stats    runs a command every two seconds, until Ctrl-C
      :explain ZRANGE z 0 9  tells what a command would cost, where, and whether you may
      :peek KEY              shows a value, its type, time to live and memory
      :record FILE           writes commands and replies to a file; ':record' ends it
      :help                  explains these

Preferences are read from ~/.redisclirc, lines like ':set nohints'.
";

/// The text for what follows `help`.
pub(super) fn help(catalog: &Catalog, words: &[Vec<u8>]) -> String {
    let words: Vec<String> = words
        .iter()
        .map(|word| String::from_utf8_lossy(word).into_owned())
        .collect();
    let Some(first) = words.first() else {
        return format!("{}{GENERAL}", crate::options::version());
    };
    let wanted = words.join(" ");
    let mut found: Vec<&Entry> = match first.strip_prefix('@') {
        Some(group) => {
            let group = group.replace('_', "-").to_ascii_lowercase();
            catalog
                .entries()
                .iter()
                .filter(|entry| entry.group.replace('_', "-") == group)
                .collect()
        }
        None => catalog.get(&wanted).into_iter().collect(),
    };
    if found.is_empty() {
        // The beginning of a name shows all that begin so.
        let prefix = wanted.to_ascii_uppercase();
        found = catalog
            .entries()
            .iter()
            .filter(|entry| entry.name.starts_with(&prefix))
            .collect();
    }
    let mut out = String::new();
    for entry in found {
        push_entry(&mut out, entry);
    }
    out.push('\n');
    out
}

fn push_entry(out: &mut String, entry: &Entry) {
    let (bold, plain, heading) = if std::env::var_os("NO_COLOR").is_some() {
        ("", "", "")
    } else {
        ("\x1b[1m", "\x1b[0m", "\x1b[33m")
    };
    out.push_str(
        &format!("\n  {bold}{}{plain} \x20{}\n", entry.name, entry.syntax()).replace(" \x20", " "),
    );
    let facts = [
        ("summary", &entry.summary),
        ("since", &entry.since),
        ("group", &entry.group),
        ("complexity", &entry.complexity),
    ];
    for (name, text) in facts.into_iter().filter(|(_, text)| !text.is_empty()) {
        crate::append!(out, "  {heading}{name}:{plain} {text}\n");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn shows(words: &[&str], expected: &[&str]) {
        let words: Vec<Vec<u8>> = words.iter().map(|word| word.as_bytes().to_vec()).collect();
        let text = help(Catalog::built_in(), &words);
        for expected in expected {
            assert!(text.contains(expected), "{expected:?} is not in {text}");
        }
    }

    #[test]
    fn finds_commands_groups_and_beginnings() {
        shows(&[], &["help @<group>"]);
        shows(
            &["getrange"],
            &["GETRANGE", "key start end", "2.4.0", "string"],
        );
        shows(&["config", "set"], &["CONFIG SET", "parameter value"]);
        shows(&["@string"], &["APPEND", "STRLEN"]);
        shows(&["@sorted_set"], &["ZADD"]);
        shows(&["zrangeby"], &["ZRANGEBYSCORE", "ZRANGEBYLEX"]);
    }
}
