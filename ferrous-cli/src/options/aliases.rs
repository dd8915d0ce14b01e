//! Names for servers, from `~/.config/ferrous/connections`.
//!
//! One per line: a name, `=`, a URI. `#` starts a comment.

use std::path::PathBuf;
use std::{env, fs};

use super::UsageError;

/// The URI that `name` stands for.
pub(super) fn resolve(name: &str) -> Result<String, UsageError> {
    let path =
        path().ok_or_else(|| UsageError::new("No home directory to look up connections in."))?;
    let text = fs::read_to_string(&path)
        .map_err(|error| UsageError::new(format!("Can't read {}: {error}", path.display())))?;
    find(&text, name).map(str::to_owned).ok_or_else(|| {
        UsageError::new(format!(
            "No connection named '{name}' in {}",
            path.display()
        ))
    })
}

fn path() -> Option<PathBuf> {
    let config = env::var_os("XDG_CONFIG_HOME")
        .map(PathBuf::from)
        .or_else(|| Some(PathBuf::from(env::var_os("HOME")?).join(".config")))?;
    Some(config.join("ferrous").join("connections"))
}

fn find<'text>(text: &'text str, wanted: &str) -> Option<&'text str> {
    text.lines()
        .filter(|line| !line.trim_start().starts_with('#'))
        .find_map(|line| {
            let (name, uri) = line.split_once('=')?;
            (name.trim() == wanted).then(|| uri.trim())
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_by_name() {
        let text = "# servers\nlocal = redis://127.0.0.1\n\nprod=rediss://u:p=w@h/2\n";
        assert_eq!(find(text, "prod"), Some("rediss://u:p=w@h/2"));
        assert_eq!(find(text, "local"), Some("redis://127.0.0.1"));
        assert_eq!(find(text, "# servers"), None);
    }
}
