//! Command lines as tests write them.

/// Splits a line into arguments at white space.
///
/// Double quotes hold white space together, and inside them `\xHH`, `\r`, `\n`, `\t`, `\"` and `\\` stand for bytes.
pub(crate) fn words(line: &str) -> Vec<Vec<u8>> {
    let mut words = Vec::new();
    let mut rest = line.trim_start();
    while !rest.is_empty() {
        let (word, after) = if let Some(quoted) = rest.strip_prefix('"') {
            unquote(quoted, line)
        } else {
            let (word, after) = rest.split_at(rest.find(char::is_whitespace).unwrap_or(rest.len()));
            (word.as_bytes().to_vec(), after)
        };
        words.push(word);
        rest = after.trim_start();
    }
    words
}

/// The bytes up to the closing quote, and what follows it.
fn unquote<'a>(quoted: &'a str, line: &str) -> (Vec<u8>, &'a str) {
    let mut word = Vec::new();
    let mut chars = quoted.chars();
    loop {
        match chars.next() {
            None => panic!("a quote is not closed in {line:?}"),
            Some('"') => return (word, chars.as_str()),
            Some('\\') => word.push(escaped(&mut chars, line)),
            Some(plain) => word.extend_from_slice(plain.encode_utf8(&mut [0; 4]).as_bytes()),
        }
    }
}

fn escaped(chars: &mut std::str::Chars<'_>, line: &str) -> u8 {
    match chars.next() {
        Some('x') => {
            let digits: String = chars.by_ref().take(2).collect();
            u8::from_str_radix(&digits, 16)
                .unwrap_or_else(|_| panic!("\\x takes two hexadecimal digits in {line:?}"))
        }
        Some('r') => b'\r',
        Some('n') => b'\n',
        Some('t') => b'\t',
        Some(same @ ('"' | '\\')) => same as u8,
        other => panic!("unknown escape {other:?} in {line:?}"),
    }
}

#[test]
fn words_are_split_and_unescaped() {
    assert_eq!(
        words(r#"SET k "a b\x00\"" "" z"#),
        [&b"SET"[..], b"k", b"a b\0\"", b"", b"z"]
    );
}
