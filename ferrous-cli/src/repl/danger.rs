//! Commands that destroy data, or hold up a server, and the question before them.

use ferrous_client::{Address, Target};

use super::Repl;
use super::complete::command_start;
use super::settings::Confirm;

/// By their first word, or first two.
const DANGEROUS: [&str; 11] = [
    "flushall",
    "flushdb",
    "swapdb",
    "shutdown",
    "keys",
    "debug",
    "failover",
    "replicaof",
    "function flush",
    "script flush",
    "cluster reset",
];

impl Repl {
    /// Asks before a dangerous command, where the user wants to be asked.
    pub(super) fn confirmed(&self, words: &[Vec<u8>]) -> bool {
        let options = &self.session.options;
        let asks = match self.settings.confirm {
            Confirm::Never => false,
            Confirm::Always => true,
            Confirm::Production => options.production || looks_like_production(&options.target),
        };
        let line = String::from_utf8_lossy(&words.join(&b' ')).into_owned();
        let command = &line[command_start(&line)..];
        !asks
            || !is_dangerous(command)
            || crate::terminal::confirm(&format!("{command} on {}?", options.target.address))
    }
}

fn is_dangerous(command: &str) -> bool {
    let command = format!("{} ", command.to_ascii_lowercase());
    DANGEROUS
        .iter()
        .any(|name| command.starts_with(&format!("{name} ")))
}

/// The name of the server says so.
fn looks_like_production(target: &Target) -> bool {
    match &target.address {
        Address::Tcp { host, .. } => host
            .to_ascii_lowercase()
            .split(|letter: char| !letter.is_ascii_alphanumeric())
            .any(|part| {
                part == "production"
                    || part.trim_end_matches(|c: char| c.is_ascii_digit()) == "prod"
            }),
        Address::Unix(_) => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dangers_are_known() {
        assert!(is_dangerous("FLUSHALL") && is_dangerous("flushdb async"));
        assert!(is_dangerous("FUNCTION FLUSH") && !is_dangerous("FUNCTION LIST"));
        assert!(!is_dangerous("GET keys") && !is_dangerous("KEYSPACE"));
    }

    #[test]
    fn production_is_a_part_of_the_name() {
        let looks = |host: &str| {
            looks_like_production(&Target {
                address: Address::tcp(host, 6379),
                ..Target::default()
            })
        };
        assert!(looks("redis-prod.example.com") && looks("prod3.cache") && looks("db.production"));
        assert!(!looks("product.example.com") && !looks("127.0.0.1"));
    }
}
