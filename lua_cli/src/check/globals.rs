//! Names that nobody declared, and functions that scripts do not have.
//!
//! A name that is a local variable anywhere in the script passes everywhere: the rule finds slips of the pen, not of scope.

use std::collections::HashSet;

use super::literals;
use super::tokens::{Kind, Token};
use super::{Finding, Severity};

const KEYWORDS: [&str; 21] = [
    "and", "break", "do", "else", "elseif", "end", "false", "for", "function", "if", "in", "local",
    "nil", "not", "or", "repeat", "return", "then", "true", "until", "while",
];

/// What a script finds without declaring it.
const KNOWN: [&str; 36] = [
    "ARGV",
    "KEYS",
    "_G",
    "_VERSION",
    "assert",
    "bit",
    "cjson",
    "cmsgpack",
    "collectgarbage",
    "coroutine",
    "error",
    "gcinfo",
    "getmetatable",
    "ipairs",
    "load",
    "loadstring",
    "math",
    "next",
    "os",
    "pairs",
    "pcall",
    "xpcall",
    "rawequal",
    "rawget",
    "rawset",
    "redis",
    "select",
    "server",
    "setmetatable",
    "string",
    "struct",
    "table",
    "tonumber",
    "tostring",
    "type",
    "unpack",
];

/// What plain Lua has and scripts have not.
const ABSENT: [&str; 11] = [
    "debug", "dofile", "getfenv", "io", "loadfile", "module", "newproxy", "package", "print",
    "require", "setfenv",
];

/// What is wrong with the names of a script.
pub(super) fn check(tokens: &[Token<'_>]) -> Vec<Finding> {
    let declared = declared(tokens);
    let mut reported = HashSet::new();
    let mut open = Vec::new();
    let mut findings = Vec::new();
    for (at, token) in tokens.iter().enumerate() {
        if token.kind == Kind::Sign {
            match token.text {
                b"{" | b"(" | b"[" => open.push(token.text[0]),
                b"}" | b")" | b"]" => {
                    open.pop();
                }
                _ => {}
            }
            continue;
        }
        let free = token.kind == Kind::Word
            && !is_field(tokens, at, open.last() == Some(&b'{'))
            && !declared.contains(token.text);
        if free
            && let Some(finding) = judge(tokens, at)
            && reported.insert(token.text)
        {
            findings.push(finding);
        }
    }
    findings
}

/// The names of all local variables and parameters.
fn declared<'a>(tokens: &[Token<'a>]) -> HashSet<&'a [u8]> {
    let mut names = HashSet::new();
    for (at, token) in tokens.iter().enumerate() {
        let rest = &tokens[at + 1..];
        let list = if token.is("local") && rest.first().is_some_and(|next| next.is("function")) {
            &rest[1..]
        } else if token.is("local") || token.is("for") {
            rest
        } else if token.is("function") {
            let open = rest.iter().position(|token| token.is("("));
            &rest[open.map_or(rest.len(), |open| open + 1)..]
        } else {
            continue;
        };
        names.extend(literals::names(list));
    }
    if tokens.windows(2).any(|pair| pair[0].is("function")) {
        // `function table:method()` declares it.
        names.insert(b"self");
    }
    names
}

/// Whether the word is the name of a field, after a dot or in a table that is written out.
fn is_field(tokens: &[Token<'_>], at: usize, in_table: bool) -> bool {
    let before = at.checked_sub(1).map(|before| tokens[before]);
    let after_dot = before.is_some_and(|before| before.is(".") || before.is(":"));
    let begins = before.is_some_and(|before| ["{", ",", ";"].iter().any(|sign| before.is(sign)));
    let assigned = tokens.get(at + 1).is_some_and(|after| after.is("="));
    after_dot || (in_table && begins && assigned)
}

fn judge(tokens: &[Token<'_>], at: usize) -> Option<Finding> {
    let token = tokens[at];
    let name = token.shown();
    let finding = |rule, message| {
        Some(Finding {
            place: token.place,
            severity: Severity::Error,
            rule,
            message,
        })
    };
    let name_is_in = |names: &[&str]| names.contains(&name.as_str());
    if name == "os" && tokens.get(at + 1).is_some_and(|dot| dot.is(".")) {
        let field = tokens.get(at + 2)?.shown();
        if field != "clock" {
            return finding("forbidden", format!("'os.{field}' is not there in scripts"));
        }
    }
    if name_is_in(&KEYWORDS) || name_is_in(&KNOWN) {
        return None;
    }
    if name_is_in(&ABSENT) {
        return finding("forbidden", format!("'{name}' is not there in scripts"));
    }
    let assigned = tokens.get(at + 1).is_some_and(|after| after.is("="));
    let defined = at > 0 && tokens[at - 1].is("function");
    if assigned || defined {
        let kind = if defined { "local function" } else { "local" };
        let message = format!(
            "'{name}' is no local variable, and scripts have no globals of their own: write '{kind} {name}'"
        );
        return finding("global", message);
    }
    finding("global", format!("'{name}' is not declared"))
}
