//! What clients may be called.

use ferrous_engine::error::{CommandError, CommandResult};

/// `name`, when it has neither blanks nor control characters; `what` is what the refusal calls it.
///
/// # Errors
/// `ERR … cannot contain spaces, newlines or special characters.`
pub(in crate::commands) fn check_name(name: &[u8], what: &str) -> CommandResult<Box<str>> {
    match std::str::from_utf8(name) {
        Ok(text) if name.iter().all(|byte| (b'!'..=b'~').contains(byte)) => Ok(text.into()),
        _ => Err(CommandError::new(format!(
            "ERR {what} cannot contain spaces, newlines or special characters."
        ))),
    }
}
