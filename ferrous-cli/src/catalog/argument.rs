//! The arguments of a command as a tree, and the notation of the built-in table.
//!
//! `name` is a word, `name:i` an integer, `:d` a double, `:t` a time, `:k` a key, `:p` a pattern; `!TOKEN` stands
//! for itself, `TOKEN=x` goes before x; `(a|b)` is one of several, `{a b}` several in a row; behind it `+` repeats
//! it, `*` repeats it with its token; `[x]` may be left out.

use std::fmt;

/// One argument.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Argument {
    pub(super) kind: Kind,
    /// The word that goes before it, or that it is.
    pub(super) token: Option<String>,
    pub(super) optional: bool,
    pub(super) repeats: Repeats,
}

/// What an argument consists of.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Kind {
    /// Its token alone.
    Token,
    /// A word of this name.
    Word(String, WordType),
    /// One of these.
    OneOf(Vec<Argument>),
    /// All of these, in order.
    Block(Vec<Argument>),
}

/// What a word must look like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum WordType {
    Text,
    Integer,
    Double,
    Time,
    Key,
    Pattern,
}

/// Whether an argument can be given several times.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Repeats {
    Never,
    /// The token comes once, before the first.
    Values,
    /// Each with its token.
    Everything,
}

const TYPE_LETTERS: [(WordType, &str); 5] = [
    (WordType::Integer, ":i"),
    (WordType::Double, ":d"),
    (WordType::Time, ":t"),
    (WordType::Key, ":k"),
    (WordType::Pattern, ":p"),
];

impl Argument {
    /// The argument without token, repetition and brackets.
    pub(super) fn inner(&self) -> String {
        match &self.kind {
            Kind::Token => self.token.clone().unwrap_or_default(),
            Kind::Word(name, _) => name.clone(),
            Kind::OneOf(choices) => join(choices, "|"),
            Kind::Block(parts) => join(parts, " "),
        }
    }

    /// The argument once, with its token.
    pub(super) fn once(&self) -> String {
        match (&self.kind, &self.token) {
            (Kind::Token, _) | (_, None) => self.inner(),
            (_, Some(token)) => format!("{token} {}", self.inner()),
        }
    }

    /// How more of a repeated argument are written.
    pub(super) fn again(&self) -> Option<String> {
        match self.repeats {
            Repeats::Never => None,
            Repeats::Values => Some(format!("[{} ...]", self.inner())),
            Repeats::Everything => Some(format!("[{} ...]", self.once())),
        }
    }
}

/// As the documentation writes it: `[COUNT count]`, `key [key ...]`, `NX|XX`.
impl fmt::Display for Argument {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (open, close) = if self.optional { ("[", "]") } else { ("", "") };
        write!(out, "{open}{}", self.once())?;
        if let Some(again) = self.again() {
            write!(out, " {again}")?;
        }
        out.write_str(close)
    }
}

fn join(arguments: &[Argument], separator: &str) -> String {
    let parts: Vec<String> = arguments.iter().map(Argument::to_string).collect();
    parts.join(separator)
}

/// Reads the table's notation, which must be well formed.
pub(super) fn parse(text: &str) -> Vec<Argument> {
    let mut rest = text;
    parse_list(&mut rest, ' ')
}

/// Reads arguments apart by `separator`, up to a closing bracket or the end.
fn parse_list(rest: &mut &str, separator: char) -> Vec<Argument> {
    let mut list = Vec::new();
    while !rest.is_empty() && !rest.starts_with([')', '}', ']']) {
        list.push(parse_one(rest));
        *rest = rest.strip_prefix(separator).unwrap_or(rest);
    }
    list
}

fn parse_one(rest: &mut &str) -> Argument {
    if let Some(inner) = rest.strip_prefix('[') {
        *rest = inner;
        let argument = parse_one(rest);
        *rest = rest.strip_prefix(']').unwrap_or(rest);
        return Argument {
            optional: true,
            ..argument
        };
    }
    let mut argument = Argument {
        kind: Kind::Token,
        token: None,
        optional: false,
        repeats: Repeats::Never,
    };
    if let Some(token) = rest.strip_prefix('!') {
        *rest = token;
        argument.token = Some(take_word(rest).to_owned());
    } else {
        let word = take_word(rest).to_owned();
        if let Some(value) = rest.strip_prefix('=') {
            *rest = value;
            argument.token = Some(word);
            argument.kind = parse_kind(rest);
        } else if word.is_empty() {
            argument.kind = parse_kind(rest);
        } else {
            argument.kind = word_kind(&word);
        }
    }
    for (sign, repeats) in [('+', Repeats::Values), ('*', Repeats::Everything)] {
        if let Some(after) = rest.strip_prefix(sign) {
            *rest = after;
            argument.repeats = repeats;
        }
    }
    argument
}

fn parse_kind(rest: &mut &str) -> Kind {
    if let Some(inner) = rest.strip_prefix('(') {
        *rest = inner;
        let choices = parse_list(rest, '|');
        *rest = rest.strip_prefix(')').unwrap_or(rest);
        Kind::OneOf(choices)
    } else if let Some(inner) = rest.strip_prefix('{') {
        *rest = inner;
        let parts = parse_list(rest, ' ');
        *rest = rest.strip_prefix('}').unwrap_or(rest);
        Kind::Block(parts)
    } else {
        word_kind(take_word(rest))
    }
}

fn word_kind(word: &str) -> Kind {
    let typed = TYPE_LETTERS
        .iter()
        .find_map(|(kind, letter)| Some((word.strip_suffix(letter)?, *kind)));
    let (name, kind) = typed.unwrap_or((word, WordType::Text));
    Kind::Word(name.to_owned(), kind)
}

/// Takes characters up to the next sign of the notation.
fn take_word<'text>(rest: &mut &'text str) -> &'text str {
    // These two tokens of the stream commands look like signs.
    let sign = usize::from(rest.starts_with(['=', '*', '+']));
    let end = rest[sign..].find([' ', '|', '(', ')', '{', '}', '[', ']', '=', '+', '*']);
    let (word, after) = rest.split_at(end.map_or(rest.len(), |end| end + sign));
    *rest = after;
    word
}

/// The table's notation of `arguments`.
#[cfg(test)]
pub(super) fn compact(arguments: &[Argument]) -> String {
    let parts: Vec<String> = arguments.iter().map(compact_one).collect();
    parts.join(" ")
}

#[cfg(test)]
fn compact_one(argument: &Argument) -> String {
    let inner = match &argument.kind {
        Kind::Token => String::new(),
        Kind::Word(name, kind) => {
            let letter = TYPE_LETTERS
                .iter()
                .find(|(typed, _)| typed == kind)
                .map_or("", |(_, letter)| letter);
            format!("{name}{letter}")
        }
        Kind::OneOf(choices) => format!(
            "({})",
            choices
                .iter()
                .map(compact_one)
                .collect::<Vec<_>>()
                .join("|")
        ),
        Kind::Block(parts) => format!("{{{}}}", compact(parts)),
    };
    let mut text = match (&argument.kind, &argument.token) {
        (Kind::Token, Some(token)) => format!("!{token}"),
        (_, Some(token)) => format!("{token}={inner}"),
        (_, None) => inner,
    };
    text.push_str(match argument.repeats {
        Repeats::Never => "",
        Repeats::Values => "+",
        Repeats::Everything => "*",
    });
    if argument.optional {
        format!("[{text}]")
    } else {
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(notation: &str, syntax: &str) {
        let arguments = parse(notation);
        assert_eq!(compact(&arguments), notation);
        assert_eq!(join(&arguments, " "), syntax);
    }

    #[test]
    fn syntax_is_written_as_in_the_documentation() {
        check("key:k [count:i]", "key [count]");
        check("key:k+", "key [key ...]");
        check(
            "{parameter value}+",
            "parameter value [parameter value ...]",
        );
        check("[MATCH=pattern:p] [(!NX|!XX)]", "[MATCH pattern] [NX|XX]");
        check("[GET=pattern:p*]", "[GET pattern [GET pattern ...]]");
        check("KEYS=key:k+", "KEYS key [key ...]");
        check(
            "(key:k|!\"\") [{COUNT=count:i [!ANY]}]",
            "key|\"\" [COUNT count [ANY]]",
        );
        check("[(!=|!~)] (!*|id)", "[=|~] *|id");
    }
}
