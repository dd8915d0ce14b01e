//! Servers by name, from `~/.config/ferrous/connections.toml`.
//!
//! A table per server: its `uri`, and if need be `production`, `read_only`, `password_command` (its first line of
//! output is the password) and `address_map` (announced addresses of a cluster's nodes and where they are reached).

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::{env, fs};

use ferrous_client::Address;
use serde::Deserialize;

use super::UsageError;

/// One table of the file.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Alias {
    pub(super) uri: String,
    /// Commands that destroy data are asked about first.
    #[serde(default)]
    pub(super) production: bool,
    /// As `--read-only`.
    #[serde(default)]
    pub(super) read_only: bool,
    password_command: Option<String>,
    #[serde(default)]
    address_map: BTreeMap<String, String>,
}

impl Alias {
    /// What the file says about `name`.
    pub(super) fn load(name: &str) -> Result<Self, UsageError> {
        let path = path()
            .ok_or_else(|| UsageError::new("No home directory to look up connections in."))?;
        let text = fs::read_to_string(&path)
            .map_err(|error| UsageError::new(format!("Can't read {}: {error}", path.display())))?;
        find(&text, name, &path)
    }

    /// The password, when a command is to be asked for it.
    pub(super) fn password(&self) -> Result<Option<Vec<u8>>, UsageError> {
        let Some(command) = &self.password_command else {
            return Ok(None);
        };
        let run = Command::new("sh")
            .args(["-c", command])
            .stdin(Stdio::inherit())
            .stderr(Stdio::inherit())
            .output()
            .map_err(|error| UsageError::new(format!("password_command: {error}")))?;
        if !run.status.success() {
            let failed = format!("password_command failed: {}", run.status);
            return Err(UsageError::new(failed));
        }
        let line = run.stdout.split(|&byte| byte == b'\n').next();
        Ok(line.map(<[u8]>::to_vec))
    }

    /// The pairs of announced and reachable address.
    pub(super) fn address_map(&self) -> Result<Vec<(Address, Address)>, UsageError> {
        self.address_map
            .iter()
            .map(|(inside, outside)| address_pair(inside, outside))
            .collect()
    }
}

/// Two addresses, both `host:port`.
pub(super) fn address_pair(inside: &str, outside: &str) -> Result<(Address, Address), UsageError> {
    let parse = |text: &str| {
        Address::parse_tcp(text)
            .ok_or_else(|| UsageError::new(format!("Not an address of the form host:port: {text}")))
    };
    Ok((parse(inside)?, parse(outside)?))
}

fn path() -> Option<PathBuf> {
    let config = env::var_os("XDG_CONFIG_HOME")
        .map(PathBuf::from)
        .or_else(|| Some(PathBuf::from(env::var_os("HOME")?).join(".config")))?;
    Some(config.join("ferrous").join("connections.toml"))
}

fn find(text: &str, name: &str, path: &Path) -> Result<Alias, UsageError> {
    let mut all: BTreeMap<String, Alias> = toml::from_str(text)
        .map_err(|error| UsageError::new(format!("{}: {error}", path.display())))?;
    all.remove(name).ok_or_else(|| {
        let known: Vec<&str> = all.keys().map(String::as_str).collect();
        UsageError::new(format!(
            "No connection named '{name}' in {} (there are: {})",
            path.display(),
            known.join(", ")
        ))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn named(text: &str, name: &str) -> Result<Alias, String> {
        find(text, name, Path::new("file")).map_err(|error| error.to_string())
    }

    #[test]
    fn finds_by_name() {
        let text = "# servers\n[local]\nuri = 'redis://127.0.0.1'\n\n[prod]\nuri = 'rediss://u:p=w@h/2'\n\
                    production = true\npassword_command = 'echo secret'\n\
                    address_map = { '10.0.0.1:6379' = 'gate:7001' }\n";
        let local = named(text, "local").unwrap();
        assert_eq!(
            (local.uri.as_str(), local.production),
            ("redis://127.0.0.1", false)
        );
        assert_eq!(local.password().unwrap(), None);
        let prod = named(text, "prod").unwrap();
        assert!(prod.production && !prod.read_only);
        assert_eq!(prod.password().unwrap(), Some(b"secret".to_vec()));
        assert_eq!(prod.address_map().unwrap()[0].1, Address::tcp("gate", 7001));
        assert_eq!(
            named(text, "nope"),
            Err("No connection named 'nope' in file (there are: local, prod)".to_owned())
        );
    }

    #[test]
    fn a_misspelled_field_is_refused() {
        let refused = named("[a]\nuri = 'x'\nreadonly = true\n", "a").unwrap_err();
        assert!(refused.contains("unknown field `readonly`"), "{refused}");
    }
}
