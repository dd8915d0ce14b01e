//! The commands that a script calls: whether it may, with which keys, and what surprises are in them.

use std::collections::HashMap;

use ferrous_engine::command::{Flags, KeyIndexes, Registry};

use super::literals;
use super::tokens::{Kind, Place, Token};
use super::{Finding, Severity};
use crate::dataset::{Handler, registry};

/// What is wrong with the calls of a script.
pub(super) fn check(tokens: &[Token<'_>]) -> Vec<Finding> {
    let (registry, literals) = (registry(), literals::find(tokens));
    let mut findings = Vec::new();
    for at in 0..tokens.len() {
        if let Some(arguments) = arguments_of_call(tokens, at) {
            check_call(&registry, &literals, &arguments, &mut findings);
        }
    }
    findings.extend(slots(tokens));
    findings
}

/// The arguments of the call of a command that begins here, each as its tokens.
fn arguments_of_call<'t, 'a>(tokens: &'t [Token<'a>], at: usize) -> Option<Vec<&'t [Token<'a>]>> {
    let [api, dot, function, open, ..] = tokens.get(at..)? else {
        return None;
    };
    let is_call = (api.is("redis") || api.is("server"))
        && dot.is(".")
        && (function.is("call") || function.is("pcall"))
        && open.is("(");
    is_call.then(|| split_arguments(&tokens[at + 4..]))
}

fn split_arguments<'t, 'a>(tokens: &'t [Token<'a>]) -> Vec<&'t [Token<'a>]> {
    let (mut arguments, mut start, mut depth) = (Vec::new(), 0, 0_usize);
    for (at, token) in tokens.iter().enumerate() {
        // Blocks of a loop begin at their `do`; `elseif` and `else` go on with that of their `if`.
        let opens = ["(", "{", "[", "function", "if", "do", "repeat"];
        if opens.iter().any(|sign| token.is(sign)) {
            depth += 1;
        } else if depth > 0
            && [")", "}", "]", "end", "until"]
                .iter()
                .any(|sign| token.is(sign))
        {
            depth -= 1;
        } else if depth == 0 && (token.is(",") || token.is(")")) {
            if at > start {
                arguments.push(&tokens[start..at]);
            }
            start = at + 1;
            if token.is(")") {
                break;
            }
        }
    }
    arguments
}

fn check_call(
    registry: &Registry<Handler>,
    literals: &HashMap<&[u8], Token<'_>>,
    arguments: &[&[Token<'_>]],
    findings: &mut Vec<Finding>,
) {
    let Some([name]) = arguments.first() else {
        return;
    };
    if name.kind != Kind::Text {
        return;
    }
    let shown = name.shown().to_ascii_uppercase();
    let mut report = |place: Place, severity, rule, message: String| {
        findings.push(Finding {
            place,
            severity,
            rule,
            message,
        });
    };
    // What is no literal has an unknown value, which no word of a syntax equals.
    let argv: Vec<&[u8]> = arguments.iter().map(|argument| literal(argument)).collect();
    let Some(found) = registry.resolve(&argv) else {
        return;
    };
    let (Ok(command) | Err(command)) = found;
    let flags = command.description.flags;
    if flags.contains(Flags::NOSCRIPT) {
        let message = format!("scripts may not call {shown}");
        report(name.place, Severity::Error, "forbidden", message);
        return;
    }
    if found.is_err() {
        // Which of its subcommands is called is not seen here.
        return;
    }
    let description = command.description;
    let spreads = arguments.iter().any(|argument| may_be_several(argument));
    if !spreads && !description.arity.accepts(argv.len()) {
        let message = format!("{shown} takes another number of arguments");
        report(name.place, Severity::Error, "arguments", message);
    }
    if flags.contains(Flags::BLOCKING) {
        let message = format!("{shown} does not wait in scripts: it answers at once");
        report(name.place, Severity::Warning, "blocking", message);
    }
    if description.tips.contains(&"nondeterministic_output") {
        let message = format!("the reply of {shown} differs from run to run");
        report(name.place, Severity::Warning, "random", message);
    }
    let mut keys = KeyIndexes::new();
    for spec in description.keys {
        // Where its keys are may depend on a number that is not seen here.
        let _ = spec.find(&argv, &mut keys);
    }
    for key in keys {
        let Some(key) = arguments.get(key as usize) else {
            continue;
        };
        let mentions_keys = key.iter().any(|token| token.is("KEYS"));
        let is_literal = match key {
            [name] if name.kind == Kind::Word => literals.contains_key(name.text),
            _ => key[0].kind == Kind::Text,
        };
        if is_literal && !mentions_keys {
            let message = format!("the key of {shown} is not from KEYS: pass it as a key");
            report(key[0].place, Severity::Error, "key", message);
        }
    }
}

/// The value of an argument that is one literal.
fn literal<'a>(argument: &[Token<'a>]) -> &'a [u8] {
    match argument {
        [only] if matches!(only.kind, Kind::Text | Kind::Number) => only.text,
        _ => b"\0",
    }
}

/// Whether an argument may stand for several: a call or `...`.
fn may_be_several(argument: &[Token<'_>]) -> bool {
    argument
        .last()
        .is_some_and(|last| last.is(")") || last.is("..."))
}

/// Different elements of KEYS, which a cluster wants in one slot.
fn slots(tokens: &[Token<'_>]) -> Option<Finding> {
    let mut first = None;
    for window in tokens.windows(4) {
        let [keys, open, index, close] = window else {
            continue;
        };
        if !(keys.is("KEYS") && open.is("[") && index.kind == Kind::Number && close.is("]")) {
            continue;
        }
        let first = *first.get_or_insert(index);
        if first.text != index.text {
            let (one, other) = (first.shown(), index.shown());
            return Some(Finding {
                place: keys.place,
                severity: Severity::Warning,
                rule: "slot",
                message: format!(
                    "KEYS[{one}] and KEYS[{other}] must share a slot in a cluster: give both one {{tag}}"
                ),
            });
        }
    }
    None
}
