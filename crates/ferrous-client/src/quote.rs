//! Bytes as text that a person can read and type.

use ferrous_resp::{quote_into, split_line};

/// `bytes` in double quotes, with escapes for all that is not printable ASCII.
pub fn quote(bytes: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(bytes.len() + 2);
    quote_into(&mut out, bytes);
    out
}

/// Reads one word that may be quoted: plain text is taken as it is, a quoted string is unescaped.
///
/// `None` when the text holds an unbalanced quote, or no word or more than one.
pub fn unquote(text: &[u8]) -> Option<Vec<u8>> {
    let mut words = split_line(text)?;
    (words.len() == 1).then(|| words.remove(0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unquotes_one_word() {
        assert_eq!(unquote(b"plain"), Some(b"plain".to_vec()));
        assert_eq!(unquote(&quote(b"\0 \"")), Some(b"\0 \"".to_vec()));
        assert_eq!(unquote(b"two words"), None);
        assert_eq!(unquote(b"\"open"), None);
        assert_eq!(unquote(b""), None);
    }
}
