//! Lines that must not be kept: they hold passwords.

use ferrous_client::split_line;

/// True when a line may hold a secret.
pub(super) fn is_sensitive(line: &str) -> bool {
    let Some(args) = split_line(line.as_bytes()) else {
        // Not understood, so not known to be harmless.
        return ["auth", "pass", "setuser"]
            .iter()
            .any(|word| line.to_ascii_lowercase().contains(word));
    };
    let words: Vec<String> = args
        .iter()
        .map(|arg| String::from_utf8_lossy(arg).to_ascii_lowercase())
        .collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    // A count may go before the command.
    let words = match words.as_slice() {
        [count, rest @ ..] if !rest.is_empty() && count.parse::<u64>().is_ok() => rest,
        words => words,
    };
    match words {
        ["auth", ..]
        | ["acl", "setuser" | "getuser" | "deluser", ..]
        | ["sentinel", "config", "set", ..] => true,
        ["sentinel", "set", rest @ ..] => rest.iter().any(|word| is_secret_parameter(word)),
        ["config", "set", rest @ ..] => {
            rest.iter().step_by(2).any(|word| is_secret_parameter(word))
        }
        ["hello", rest @ ..] => rest.contains(&"auth"),
        ["migrate", rest @ ..] => rest.iter().any(|word| matches!(*word, "auth" | "auth2")),
        _ => false,
    }
}

fn is_secret_parameter(name: &str) -> bool {
    matches!(
        name,
        "requirepass" | "masterauth" | "masteruser" | "primaryauth" | "primaryuser"
    ) || name.starts_with("tls-key-file-pass")
        || name.starts_with("tls-client-key-file-pass")
        || name.contains("auth-pass")
        || name.contains("auth-user")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn passwords_are_recognized() {
        for line in [
            "AUTH pw",
            "auth user pw",
            "3 AUTH pw",
            "ACL SETUSER a >pw",
            "config set requirepass pw",
            "CONFIG SET maxmemory 1 masterauth pw",
            "config set tls-key-file-pass x",
            "HELLO 3 AUTH default pw",
            "MIGRATE h 1 k 0 1 AUTH2 u p",
            "AUTH \"unbalanced",
        ] {
            assert!(is_sensitive(line), "{line}");
        }
    }

    #[test]
    fn other_lines_are_kept() {
        for line in [
            "GET auth",
            "HELLO 3",
            "CONFIG SET maxmemory requirepass",
            "ACL LIST",
            "SET k v",
            "",
        ] {
            assert!(!is_sensitive(line), "{line}");
        }
    }
}
