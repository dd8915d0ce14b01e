//! JSON text in tokens.

use crate::number::parse_prefix;

/// A piece of JSON text.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Token {
    ObjectBegin,
    ObjectEnd,
    ArrayBegin,
    ArrayEnd,
    String(Vec<u8>),
    Number(f64),
    Boolean(bool),
    Null,
    Colon,
    Comma,
    End,
    /// What is wrong with the text.
    Invalid(&'static str),
}

impl Token {
    /// As messages name it.
    pub(super) fn name(&self) -> &'static str {
        match self {
            Self::ObjectBegin => "T_OBJ_BEGIN",
            Self::ObjectEnd => "T_OBJ_END",
            Self::ArrayBegin => "T_ARR_BEGIN",
            Self::ArrayEnd => "T_ARR_END",
            Self::String(_) => "T_STRING",
            Self::Number(_) => "T_NUMBER",
            Self::Boolean(_) => "T_BOOLEAN",
            Self::Null => "T_NULL",
            Self::Colon => "T_COLON",
            Self::Comma => "T_COMMA",
            Self::End => "T_END",
            Self::Invalid(reason) => reason,
        }
    }
}

/// Takes tokens from JSON text.
pub(super) struct Tokens<'a> {
    text: &'a [u8],
    /// The offset behind the last token.
    pub(super) at: usize,
    /// The offset that messages about the last token name.
    pub(super) token_at: usize,
    /// Takes numbers that JSON does not know.
    invalid_numbers: bool,
}

impl<'a> Tokens<'a> {
    pub(super) fn new(text: &'a [u8], invalid_numbers: bool) -> Self {
        Self {
            text,
            at: 0,
            token_at: 0,
            invalid_numbers,
        }
    }

    fn rest(&self) -> &'a [u8] {
        self.text.get(self.at..).unwrap_or_default()
    }

    /// The next token; the end, or a zero, for ever at the end.
    pub(super) fn next(&mut self) -> Token {
        let blanks = self
            .rest()
            .iter()
            .take_while(|byte| matches!(byte, b' ' | b'\t' | b'\n' | b'\r'))
            .count();
        self.at += blanks;
        self.token_at = self.at;
        let Some(&first) = self.rest().first() else {
            return Token::End;
        };
        let single = match first {
            0 => return Token::End,
            b'{' => Token::ObjectBegin,
            b'}' => Token::ObjectEnd,
            b'[' => Token::ArrayBegin,
            b']' => Token::ArrayEnd,
            b':' => Token::Colon,
            b',' => Token::Comma,
            b'"' => return self.string(),
            b'-' | b'0'..=b'9' => {
                if !self.invalid_numbers && self.is_unknown_number() {
                    return Token::Invalid("invalid number");
                }
                return self.number();
            }
            _ => return self.word(),
        };
        self.at += 1;
        single
    }

    fn word(&mut self) -> Token {
        for (word, token) in [
            (&b"true"[..], Token::Boolean(true)),
            (b"false", Token::Boolean(false)),
            (b"null", Token::Null),
        ] {
            if self.rest().starts_with(word) {
                self.at += word.len();
                return token;
            }
        }
        if self.invalid_numbers && self.is_unknown_number() {
            return self.number();
        }
        Token::Invalid("invalid token")
    }

    fn number(&mut self) -> Token {
        match parse_prefix(self.rest()) {
            Some((number, bytes)) => {
                self.at += bytes;
                Token::Number(number)
            }
            None => Token::Invalid("invalid number"),
        }
    }

    /// True for what C reads as a number and JSON does not: signs, leading zeros, hexadecimal, infinite, none.
    fn is_unknown_number(&self) -> bool {
        let rest = self.rest();
        if rest.first() == Some(&b'+') {
            return true;
        }
        let rest = rest.strip_prefix(b"-").unwrap_or(rest);
        match rest {
            [b'0', b'x' | b'X' | b'0'..=b'9', ..] => true,
            [b'0'..=b'9', ..] => false,
            _ => rest.get(..3).is_some_and(|word| {
                word.eq_ignore_ascii_case(b"inf") || word.eq_ignore_ascii_case(b"nan")
            }),
        }
    }

    fn string(&mut self) -> Token {
        self.at += 1;
        let mut out = Vec::new();
        loop {
            let rest = self.rest();
            let plain = rest
                .iter()
                .position(|byte| matches!(byte, b'"' | b'\\' | 0))
                .unwrap_or(rest.len());
            out.extend_from_slice(&rest[..plain]);
            self.at += plain;
            match self.rest() {
                [b'"', ..] => {
                    self.at += 1;
                    return Token::String(out);
                }
                [b'\\', b'u', ..] => {
                    let Some((character, bytes)) = unicode_escape(self.rest()) else {
                        return self.invalid("invalid unicode escape code");
                    };
                    out.extend_from_slice(character.encode_utf8(&mut [0; 4]).as_bytes());
                    self.at += bytes;
                }
                [b'\\', escaped, ..] => {
                    let Some(byte) = simple_escape(*escaped) else {
                        return self.invalid("invalid escape code");
                    };
                    out.push(byte);
                    self.at += 2;
                }
                [b'\\'] => return self.invalid("invalid escape code"),
                // A zero in a string counts as its end, too.
                _ => return self.invalid("unexpected end of string"),
            }
        }
    }

    fn invalid(&mut self, reason: &'static str) -> Token {
        self.token_at = self.at;
        Token::Invalid(reason)
    }
}

fn simple_escape(letter: u8) -> Option<u8> {
    Some(match letter {
        b'"' | b'\\' | b'/' => letter,
        b'b' => 8,
        b'f' => 12,
        b'n' => b'\n',
        b'r' => b'\r',
        b't' => b'\t',
        _ => return None,
    })
}

/// The character of an escape, two of them for those beyond 16 bits, and its length.
fn unicode_escape(text: &[u8]) -> Option<(char, usize)> {
    let first = code_unit(text)?;
    if !(0xd800..0xe000).contains(&first) {
        return Some((char::from_u32(first)?, 6));
    }
    let second = code_unit(&text[6..])?;
    if first >= 0xdc00 || !(0xdc00..0xe000).contains(&second) {
        return None;
    }
    let character = 0x1_0000 + ((first & 0x3ff) << 10) + (second & 0x3ff);
    Some((char::from_u32(character)?, 12))
}

fn code_unit(text: &[u8]) -> Option<u32> {
    let digits = text.strip_prefix(b"\\u")?.get(..4)?;
    digits.iter().try_fold(0, |value, digit| {
        Some(value << 4 | char::from(*digit).to_digit(16)?)
    })
}
