//! `--check`: what is wrong with scripts, without running them.
//!
//! The machine says whether a script is Lua at all. Then [`tokens`] splits it, [`globals`] looks at the names it uses and
//! [`calls`] at the commands it calls. No rule reports what it only suspects of a value it cannot see.

mod calls;
mod globals;
mod literals;
mod tokens;

use std::process::ExitCode;

use anyhow::ensure;
use ferrous_lua::{LibraryCode, Machine, Script, Settings, ShebangError};
use serde_json::json;

use crate::options::{Format, Options};
use crate::{read, say};
use tokens::{Place, Token};

/// How bad a finding is. Errors decide the exit status.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Severity {
    /// It fails when it runs, or breaks a rule of scripts.
    Error,
    /// It may surprise.
    Warning,
}

impl Severity {
    fn name(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Warning => "warning",
        }
    }
}

/// Something wrong with a script.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Finding {
    place: Place,
    severity: Severity,
    rule: &'static str,
    message: String,
}

/// Checks the scripts that the options name.
pub(crate) fn run(options: &Options) -> anyhow::Result<ExitCode> {
    ensure!(
        options.format != Format::Junit,
        "--check prints text or json"
    );
    let mut checked = Vec::new();
    if let Some(text) = &options.text {
        checked.push(("-e", check(text.as_bytes())));
    } else if options.words.is_empty() {
        checked.push(("-", check(&read("-")?)));
    } else {
        for path in &options.words {
            checked.push((path, check(&read(path)?)));
        }
    }
    say(&match options.format {
        Format::Text | Format::Junit => as_text(&checked),
        Format::Json => as_json(&checked),
    })?;
    let mut findings = checked.iter().flat_map(|(_, findings)| findings);
    let failed = findings.any(|finding| finding.severity == Severity::Error);
    Ok(ExitCode::from(u8::from(failed)))
}

fn as_text(checked: &[(&str, Vec<Finding>)]) -> Vec<u8> {
    let lines = checked.iter().flat_map(|(file, findings)| {
        findings.iter().map(move |finding| {
            let Place { line, column } = finding.place;
            let (severity, rule) = (finding.severity.name(), finding.rule);
            let message = &finding.message;
            format!("{file}:{line}:{column}: {severity}: {message} [{rule}]\n")
        })
    });
    lines.collect::<String>().into_bytes()
}

fn as_json(checked: &[(&str, Vec<Finding>)]) -> Vec<u8> {
    let found = checked.iter().flat_map(|(file, findings)| {
        findings.iter().map(move |finding| {
            json!({
                "file": file,
                "line": finding.place.line,
                "column": finding.place.column,
                "severity": finding.severity.name(),
                "rule": finding.rule,
                "message": finding.message,
            })
        })
    });
    format!("{}\n", found.collect::<serde_json::Value>()).into_bytes()
}

/// What is wrong with a script, in its order.
fn check(text: &[u8]) -> Vec<Finding> {
    if let Some(finding) = not_lua(text) {
        return vec![finding];
    }
    let tokens = tokens::split(text);
    let mut findings = globals::check(&tokens);
    findings.extend(calls::check(&tokens));
    findings.sort_by_key(|finding| finding.place);
    findings
}

fn not_lua(text: &[u8]) -> Option<Finding> {
    let syntax = |place, message| Finding {
        place,
        severity: Severity::Error,
        rule: "syntax",
        message,
    };
    let script = match read_first_line(text) {
        Ok(script) => script,
        Err(message) => return Some(syntax(Place { line: 1, column: 1 }, message)),
    };
    let error = Machine::new(&Settings::default()).check(&script).err()?;
    // Such as: Error compiling script (new function): user_script:3: '=' expected near 'x'
    let place_and_message = error
        .split_once("user_script:")
        .and_then(|(_, rest)| rest.split_once(": "));
    let (line, message) = place_and_message.unwrap_or(("1", &error));
    let line = line.parse().unwrap_or(1);
    let column = column_near(&tokens::split(text), line, message);
    Some(syntax(Place { line, column }, message.to_owned()))
}

/// Reads a script, or the code of a library as if it were one.
fn read_first_line(text: &[u8]) -> Result<Script, String> {
    let names_library = |error: &ShebangError| matches!(error, ShebangError::Option(option) if option.starts_with("name="));
    match Script::new(text) {
        Err(error) if names_library(&error) => {
            LibraryCode::new(text).map_err(|error| error.to_string())?;
            let end = text.iter().position(|byte| *byte == b'\n');
            let code = &text[end.unwrap_or(text.len())..];
            Script::new(code).map_err(|error| error.to_string())
        }
        other => other.map_err(|error| error.to_string()),
    }
}

/// The column of the last token of a line that a message names, or of its first.
fn column_near(tokens: &[Token<'_>], line: usize, message: &str) -> usize {
    let near = message
        .rsplit_once("near '")
        .map_or("", |(_, near)| near.trim_end_matches('\''));
    let mut on_line = tokens.iter().filter(|token| token.place.line == line);
    let named = on_line.clone().rfind(|token| token.text == near.as_bytes());
    named
        .or_else(|| on_line.next())
        .map_or(1, |token| token.place.column)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn finds(script: &str, expected: &[&str]) {
        let found = as_text(&[("f", check(script.as_bytes()))]);
        let found = String::from_utf8(found).expect("findings are text");
        let lines: Vec<_> = found.lines().collect();
        assert_eq!(lines, expected, "{script}");
    }

    #[test]
    fn good_scripts() {
        for script in [
            "local n = redis.call('INCR', KEYS[1]) return {n, ok = 1}",
            "local function f(a, ...) for i, v in ipairs(a) do a[i] = v end return select('#', ...) end return f({})",
            "#!lua flags=no-writes\nreturn redis.call('GET', KEYS[1]) -- print(x)",
            "local key = KEYS[1] .. ':x' return redis.pcall('SET', key, [[print x]])",
            "return redis.call(ARGV[1], 'x')",
            "#!lua name=l\nredis.register_function('f', function(keys) return redis.call('GET', keys[1]) end)",
            "return redis.call('GET', (function() for _ = 1, 2 do if _ then repeat until true end end return KEYS[1] end)())",
        ] {
            finds(script, &[]);
        }
    }

    #[test]
    fn syntax() {
        let message = "f:2:5: error: '=' expected near 'y' [syntax]";
        finds("local a\n  x y", &[message]);
        finds(
            "#!lua flags=fast\nreturn 1",
            &["f:1:1: error: Unexpected flag in script shebang: fast [syntax]"],
        );
        let message =
            "f:1:1: error: Invalid metadata value, name argument was given multiple times [syntax]";
        finds("#!lua name=a name=b\n", &[message]);
        finds(
            "#!lua name=a\nx",
            &["f:2:1: error: '=' expected near '<eof>' [syntax]"],
        );
    }

    #[test]
    fn names() {
        finds(
            "total = 1\nreturn prnt(KEYS[1])",
            &[
                "f:1:1: error: 'total' is no local variable, and scripts have no globals of their own: write 'local total' [global]",
                "f:2:8: error: 'prnt' is not declared [global]",
            ],
        );
        finds(
            "print('x') return os.time()",
            &[
                "f:1:1: error: 'print' is not there in scripts [forbidden]",
                "f:1:19: error: 'os.time' is not there in scripts [forbidden]",
            ],
        );
    }

    #[test]
    fn commands() {
        finds(
            "redis.call('SUBSCRIBE', 'c')",
            &["f:1:12: error: scripts may not call SUBSCRIBE [forbidden]"],
        );
        finds(
            "return redis.call('GET')",
            &["f:1:19: error: GET takes another number of arguments [arguments]"],
        );
        finds(
            "return redis.call('RANDOMKEY')",
            &["f:1:19: warning: the reply of RANDOMKEY differs from run to run [random]"],
        );
    }

    #[test]
    fn keys() {
        finds(
            "redis.call('SET', 'lock', ARGV[1])",
            &["f:1:19: error: the key of SET is not from KEYS: pass it as a key [key]"],
        );
        finds(
            "redis.call('MSET', 'a:' .. ARGV[1], 1, KEYS[1], 2)",
            &["f:1:20: error: the key of MSET is not from KEYS: pass it as a key [key]"],
        );
        finds(
            "local lock = 'lock:' .. ARGV[1]\nredis.call('DEL', lock)",
            &["f:2:19: error: the key of DEL is not from KEYS: pass it as a key [key]"],
        );
        for good in [
            "local a = 'x:' .. KEYS[1] redis.call('DEL', a)",
            "local a = 'x' a = KEYS[1] redis.call('DEL', a)",
            "local a = 'x' for _, a in ipairs(KEYS) do redis.call('DEL', a) end",
            "local a = 'x' local f = function(b, a) redis.call('DEL', a) end return f(a, KEYS[1])",
        ] {
            finds(good, &[]);
        }
        finds(
            "redis.call('SET', KEYS[1], redis.call('GET', KEYS[2]))",
            &[
                "f:1:46: warning: KEYS[1] and KEYS[2] must share a slot in a cluster: give both one {tag} [slot]",
            ],
        );
    }
}
