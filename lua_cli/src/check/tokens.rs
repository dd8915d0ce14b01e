//! Splits a script that is Lua, or nearly, into tokens.

/// A place in a script, both counted from 1; the column in bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Place {
    pub(super) line: usize,
    pub(super) column: usize,
}

/// What a token is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// A name or a keyword.
    Word,
    /// A string; the token's text is what is between its quotes, as written.
    Text,
    /// A number.
    Number,
    /// Punctuation.
    Sign,
}

/// A token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Token<'a> {
    pub(super) kind: Kind,
    pub(super) text: &'a [u8],
    pub(super) place: Place,
}

impl Token<'_> {
    /// Whether it is this word or sign.
    pub(super) fn is(&self, text: &str) -> bool {
        matches!(self.kind, Kind::Word | Kind::Sign) && self.text == text.as_bytes()
    }

    /// Its text for a message.
    pub(super) fn shown(&self) -> String {
        String::from_utf8_lossy(self.text).into_owned()
    }
}

/// The tokens of a script; comments and its first line of flags are left out.
pub(super) fn split(script: &[u8]) -> Vec<Token<'_>> {
    let mut splitter = Splitter {
        script,
        at: 0,
        line: 1,
        line_start: 0,
    };
    if script.starts_with(b"#") {
        splitter.skip_line();
    }
    std::iter::from_fn(|| splitter.next()).collect()
}

struct Splitter<'a> {
    script: &'a [u8],
    at: usize,
    line: usize,
    line_start: usize,
}

impl<'a> Splitter<'a> {
    fn next(&mut self) -> Option<Token<'a>> {
        self.skip_blanks();
        let start = self.at;
        let place = Place {
            line: self.line,
            column: start - self.line_start + 1,
        };
        let first = *self.script.get(start)?;
        let (kind, text) = match first {
            b'A'..=b'Z' | b'a'..=b'z' | b'_' => (Kind::Word, self.take_while(is_name)),
            b'0'..=b'9' => (
                Kind::Number,
                self.take_while(|byte| is_name(byte) || byte == b'.'),
            ),
            b'"' | b'\'' => (Kind::Text, self.quoted(first)),
            b'[' => match self.long_bracket() {
                Some(text) => (Kind::Text, text),
                None => (Kind::Sign, self.take(1)),
            },
            _ => (Kind::Sign, self.sign()),
        };
        Some(Token { kind, text, place })
    }

    fn rest(&self) -> &'a [u8] {
        &self.script[self.at..]
    }

    /// Moves on by `len` bytes, counting lines.
    fn take(&mut self, len: usize) -> &'a [u8] {
        let taken = &self.rest()[..len.min(self.rest().len())];
        for (offset, _) in taken.iter().enumerate().filter(|(_, byte)| **byte == b'\n') {
            self.line += 1;
            self.line_start = self.at + offset + 1;
        }
        self.at += taken.len();
        taken
    }

    fn take_while(&mut self, belongs: impl Fn(u8) -> bool) -> &'a [u8] {
        let rest = self.rest();
        self.take(rest.iter().take_while(|byte| belongs(**byte)).count())
    }

    fn skip_line(&mut self) {
        self.take_while(|byte| byte != b'\n');
    }

    fn skip_blanks(&mut self) {
        loop {
            self.take_while(|byte| byte.is_ascii_whitespace() || byte == 0x0b);
            if !self.rest().starts_with(b"--") {
                return;
            }
            self.take(2);
            if self.long_bracket().is_none() {
                self.skip_line();
            }
        }
    }

    fn sign(&mut self) -> &'a [u8] {
        let signs: [&[u8]; 6] = [b"...", b"..", b"==", b"~=", b"<=", b">="];
        let rest = self.rest();
        let long = signs.into_iter().find(|sign| rest.starts_with(sign));
        self.take(long.map_or(1, <[u8]>::len))
    }

    fn quoted(&mut self, quote: u8) -> &'a [u8] {
        self.take(1);
        let rest = self.rest();
        let mut len = 0;
        while len < rest.len() && rest[len] != quote {
            len += if rest[len] == b'\\' { 2 } else { 1 };
        }
        let text = self.take(len);
        self.take(1);
        text
    }

    /// `[[text]]` with any number of equals signs within both pairs; `None`, with nothing taken, when there is none here.
    fn long_bracket(&mut self) -> Option<&'a [u8]> {
        let after = self.rest().strip_prefix(b"[")?;
        let level = after.iter().take_while(|byte| **byte == b'=').count();
        if after.get(level) != Some(&b'[') {
            return None;
        }
        self.take(level + 2);
        let close = [&b"]"[..], &b"=".repeat(level), b"]"].concat();
        let rest = self.rest();
        let len = rest
            .windows(close.len())
            .position(|window| window == close)
            .unwrap_or(rest.len());
        let text = self.take(len);
        self.take(close.len());
        Some(text)
    }
}

fn is_name(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_'
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_and_texts() {
        let script = b"#!lua\n-- a\n--[[ b\n]] x = 'it\\'s' .. [=[ ]] ]=]\n  y[1]";
        let tokens = split(script);
        let shown: Vec<_> = tokens.iter().map(Token::shown).collect();
        assert_eq!(
            shown,
            ["x", "=", "it\\'s", "..", " ]] ", "y", "[", "1", "]"]
        );
        assert_eq!(tokens[0].place, Place { line: 4, column: 4 });
        assert_eq!(tokens[5].place, Place { line: 5, column: 3 });
    }
}
