//! shim
use ferrous_engine::error::{CommandError, CommandResult};
pub(crate) fn check_name(name: &[u8], what: &str) -> CommandResult<Box<str>> {
    if name.iter().any(|b| !(b'!'..=b'~').contains(b)) {
        return Err(CommandError::new(format!(
            "ERR {what} cannot contain spaces, newlines or special characters."
        )));
    }
    Ok(String::from_utf8_lossy(name).into())
}
