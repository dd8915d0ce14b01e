//! Glob patterns of KEYS, SCAN, PSUBSCRIBE and CONFIG GET.
//!
//! | pattern | matches |
//! | --- | --- |
//! | `*` | any bytes, or none |
//! | `?` | any byte |
//! | `[a-z]`, `[^ab]` | a byte in the class, or not in it |
//! | `\x` | the byte `x` |
//!
//! Oddities that clients may depend on: a class needs no `]` at the end of the pattern; its first
//! `]` ends it, even as `[]`, which matches nothing; `[z-a]` is `[a-z]`; an escaped byte in a class
//! minds case even when the rest does not; and the empty string matches the empty pattern alone,
//! not even `*`.

/// Whether letters match in either case.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Case {
    /// `a` matches `a`.
    Sensitive,
    /// `a` matches `a` and `A`.
    Insensitive,
}

impl Case {
    fn fold(self, byte: u8) -> u8 {
        match self {
            Self::Sensitive => byte,
            Self::Insensitive => byte.to_ascii_lowercase(),
        }
    }

    fn equal(self, left: u8, right: u8) -> bool {
        self.fold(left) == self.fold(right)
    }
}

/// A pattern, looked through once to match many strings.
#[derive(Clone, Copy, Debug)]
pub struct Glob<'a> {
    pattern: &'a [u8],
    case: Case,
    /// The length of the plain bytes that every match begins with.
    prefix_len: usize,
}

impl<'a> Glob<'a> {
    /// Any bytes are a pattern.
    pub fn new(pattern: &'a [u8], case: Case) -> Self {
        let is_plain = |byte: &u8| !matches!(byte, b'*' | b'?' | b'[' | b'\\');
        let plain = pattern.iter().take_while(|byte| is_plain(byte)).count();
        Self {
            pattern,
            case,
            prefix_len: if case == Case::Sensitive { plain } else { 0 },
        }
    }

    /// The string that alone can match, if there is only one.
    pub fn literal(&self) -> Option<&'a [u8]> {
        let all_plain = self.case == Case::Sensitive && self.prefix_len == self.pattern.len();
        all_plain.then_some(self.pattern)
    }

    /// True when `text` as a whole matches.
    ///
    /// O(pattern length * text length) at worst: the shortest stretch for the last `*` never has
    /// to be revised for the sake of an earlier one. O(pattern length) for a prefix with `*`.
    pub fn matches(&self, text: &[u8]) -> bool {
        let (prefix, pattern) = self.pattern.split_at(self.prefix_len);
        let Some(rest) = text.strip_prefix(prefix) else {
            return false;
        };
        if text.is_empty() {
            return self.pattern.is_empty();
        }
        match_from(pattern, rest, self.case)
    }
}

/// True when `text` as a whole matches `pattern`. See [`Glob::matches`].
pub fn matches(pattern: &[u8], text: &[u8], case: Case) -> bool {
    Glob::new(pattern, case).matches(text)
}

fn match_from(pattern: &[u8], text: &[u8], case: Case) -> bool {
    let (mut pattern, mut text) = (pattern, text);
    // What follows the last `*` seen, and the text from where it was last tried.
    let mut retry: Option<(&[u8], &[u8])> = None;
    while let [byte, rest_of_text @ ..] = text {
        if let [b'*', rest @ ..] = pattern {
            if rest.is_empty() {
                return true;
            }
            pattern = rest;
            retry = Some((rest, text));
        } else if let Some(rest) = match_one(pattern, *byte, case) {
            (pattern, text) = (rest, rest_of_text);
        } else {
            let Some((after_star, [_, shorter @ ..])) = retry else {
                return false;
            };
            (pattern, text) = (after_star, shorter);
            retry = Some((after_star, shorter));
        }
    }
    pattern.iter().all(|byte| *byte == b'*')
}

/// The rest of the pattern, if its first element, which is no `*`, matches `byte`.
fn match_one(pattern: &[u8], byte: u8, case: Case) -> Option<&[u8]> {
    let (matched, rest) = match pattern {
        [] => return None,
        [b'?', rest @ ..] => (true, rest),
        [b'[', b'^', class @ ..] => {
            let (found, rest) = match_class(class, byte, case);
            (!found, rest)
        }
        [b'[', class @ ..] => match_class(class, byte, case),
        [b'\\', escaped, rest @ ..] => (case.equal(*escaped, byte), rest),
        [plain, rest @ ..] => (case.equal(*plain, byte), rest),
    };
    matched.then_some(rest)
}

/// Whether a class that begins at `pattern` holds `byte`, and what follows the class.
fn match_class(mut pattern: &[u8], byte: u8, case: Case) -> (bool, &[u8]) {
    let mut found = false;
    loop {
        let (holds, rest) = match pattern {
            [] => return (found, pattern),
            [b'\\', escaped, rest @ ..] => (*escaped == byte, rest),
            [b']', rest @ ..] => return (found, rest),
            [from, b'-', to, rest @ ..] => {
                let (from, to) = (*from.min(to), *from.max(to));
                let range = case.fold(from)..=case.fold(to);
                (range.contains(&case.fold(byte)), rest)
            }
            [plain, rest @ ..] => (case.equal(*plain, byte), rest),
        };
        found |= holds;
        pattern = rest;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(pattern: &str, text: &str, expected: bool) {
        let actual = matches(pattern.as_bytes(), text.as_bytes(), Case::Sensitive);
        assert_eq!(actual, expected, "{pattern:?} on {text:?}");
    }

    #[test]
    fn the_plain_cases() {
        check("", "", true);
        check("", "a", false);
        check("abc", "abc", true);
        check("abc", "abcd", false);
        check("a*", "a", true);
        check("a*c", "abcbc", true);
        check("a*d", "abcbc", false);
        check("*a*b*", "xxaxxbxx", true);
        check("h?llo", "hallo", true);
        check("h?llo", "hllo", false);
        check("h[ae]llo", "hello", true);
        check("h[^e]llo", "hello", false);
        check("h[a-b]llo", "hbllo", true);
        check(r"h\*llo", "h*llo", true);
        check(r"h\*llo", "hallo", false);
        check("a**", "a", true);
    }

    #[test]
    fn the_odd_cases() {
        check("*", "", false);
        check("**", "", false);
        check("[ab", "b", true);
        check("[", "x", false);
        check("[^", "x", true);
        check("[]", "]", false);
        check("[]a]", "a]", false);
        check("[^]a", "xa", true);
        check("[z-a]", "m", true);
        check("[a-]", "]", true);
        check("[a-]", "`", true);
        check(r"\", r"\", true);
        check(r"[\", r"\", true);
        check(r"[\]]", "]", true);
        check("[a-", "-", true);
    }

    #[test]
    fn case_may_be_ignored() {
        let insensitive = |pattern: &str, text: &str| {
            matches(pattern.as_bytes(), text.as_bytes(), Case::Insensitive)
        };
        assert!(insensitive("MaxMemory*", "maxmemory-policy"));
        assert!(insensitive("[A-C]x", "bX"));
        assert!(insensitive(r"\A", "a"));
        assert!(!insensitive(r"[\A]", "a"));
    }

    #[test]
    fn many_stars_take_no_exponential_time() {
        let pattern = "a*".repeat(200) + "b";
        check(&pattern, &"a".repeat(5000), false);
    }

    #[test]
    fn knows_a_literal() {
        assert_eq!(
            Glob::new(b"abc", Case::Sensitive).literal(),
            Some(&b"abc"[..])
        );
        assert_eq!(Glob::new(b"ab*", Case::Sensitive).literal(), None);
        assert_eq!(Glob::new(b"abc", Case::Insensitive).literal(), None);
    }
}
