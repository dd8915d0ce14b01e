//! The line of a script that an error names.

/// The line that an error reply or a message says it came from, with its number; `None` when it names none.
pub(crate) fn of(script: &[u8], error: &[u8]) -> Option<String> {
    let error = String::from_utf8_lossy(error);
    let place = ["user_script:", "user_function:"]
        .iter()
        .filter_map(|source| Some(error.rfind(source)? + source.len()))
        .max()?;
    let digits = error[place..].split(|digit: char| !digit.is_ascii_digit());
    let number: usize = digits.into_iter().next()?.parse().ok()?;
    let text = script
        .split(|byte| *byte == b'\n')
        .nth(number.checked_sub(1)?)?;
    let text = String::from_utf8_lossy(text);
    Some(format!("{number:>5} | {}\n", text.trim_end()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_place_counts() {
        let script = b"a\nb\r\nc";
        let excerpt = |error: &str| of(script, error.as_bytes());
        let line = Some("    2 | b\n".to_owned());
        assert_eq!(excerpt("ERR x script: f, on @user_script:2."), line);
        assert_eq!(excerpt("user_script:1: x, on @user_function:2."), line);
        assert_eq!(excerpt("ERR user_script:9: x"), None);
        assert_eq!(excerpt("ERR x"), None);
    }
}
