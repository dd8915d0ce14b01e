//! Names that stand for a literal throughout a script: declared once, from a literal, and never assigned again.

use std::collections::{HashMap, HashSet};

use super::tokens::{Kind, Token};

/// Each such name with the literal that its value begins with.
pub(super) fn find<'a>(tokens: &[Token<'a>]) -> HashMap<&'a [u8], Token<'a>> {
    let mut found = HashMap::new();
    let mut unsure = HashSet::new();
    for at in 0..tokens.len() {
        let [first, rest @ ..] = &tokens[at..] else {
            break;
        };
        if first.is("function") {
            unsure.extend(parameters(rest));
        } else if first.is("for") {
            unsure.extend(names(rest));
        } else if first.is("local") {
            match rest {
                [name, equals, literal, after @ ..]
                    if equals.is("=") && literal.kind == Kind::Text && !mentions_keys(after) =>
                {
                    if found.insert(name.text, *literal).is_some() {
                        unsure.insert(name.text);
                    }
                }
                _ => unsure.extend(names(rest)),
            }
        } else if first.kind == Kind::Word && is_assigned(tokens, at) {
            unsure.insert(first.text);
        }
    }
    found.retain(|name, _| !unsure.contains(name));
    found
}

/// Whether a concatenation that goes on here has a part that comes from `KEYS`.
fn mentions_keys(mut rest: &[Token<'_>]) -> bool {
    while let [dots, operand, after @ ..] = rest {
        if !dots.is("..") {
            break;
        }
        if operand.is("KEYS") {
            return true;
        }
        // An index or arguments are passed over as far as the next part.
        let ends = after.iter().position(|token| {
            token.is("..") || token.kind == Kind::Word || token.place.line > operand.place.line
        });
        rest = &after[ends.unwrap_or(after.len())..];
    }
    false
}

/// The names of a list that begins here: names and commas in turn.
pub(super) fn names<'a>(list: &[Token<'a>]) -> Vec<&'a [u8]> {
    let pairs = list.chunks(2);
    let mut names = Vec::new();
    for pair in pairs {
        if pair[0].kind != Kind::Word {
            break;
        }
        names.push(pair[0].text);
        if !pair.get(1).is_some_and(|comma| comma.is(",")) {
            break;
        }
    }
    names
}

fn parameters<'a>(rest: &[Token<'a>]) -> Vec<&'a [u8]> {
    let open = rest.iter().position(|token| token.is("("));
    names(&rest[open.map_or(rest.len(), |open| open + 1)..])
}

/// Whether a name is given a value here, by itself or in a list, and is not just declared.
fn is_assigned(tokens: &[Token<'_>], at: usize) -> bool {
    let before = at.checked_sub(1).map(|before| tokens[before]);
    if before.is_some_and(|before| before.is(".") || before.is("local")) {
        return false;
    }
    let mut list = tokens[at + 1..].chunks(2);
    loop {
        match list.next() {
            Some([sign, name]) if sign.is(",") && name.kind == Kind::Word => {}
            Some([sign, ..]) => return sign.is("="),
            _ => return false,
        }
    }
}
