//! The table of parameters against that of a released server, and the page that is made of it.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use ferrous_server::config::{Caller, Config, Parameter, Support, parameter, parameters};
use proptest::prelude::*;

/// Parameters that deliberately differ from Valkey's.
const OURS: [&str; 3] = [
    "dir",          // the facts cannot know the working directory
    "io-threads",   // one for each core, fixed at start
    "syslog-ident", // our own name
];

/// Parameters that Valkey no longer has and Redis 7 does.
const OF_REDIS: [&str; 3] = ["dynamic-hz", "io-threads-do-reads", "sanitize-dump-payload"];

/// Parameters that no other server has.
const OF_FERROUS: [&str; 2] = ["rdb-version", "dump-rdb-version"];

#[test]
fn names_defaults_and_mutability_are_those_of_valkey() {
    let facts = include_str!("data/valkey-parameters.tsv");
    let config = Config::new();
    let mut known = Vec::new();
    for line in facts.lines().filter(|line| !line.starts_with('#')) {
        let fields: Vec<&str> = line.split('\t').collect();
        let [name, default, mutability] = fields[..] else {
            panic!("three columns: {line:?}")
        };
        known.push(name);
        let row = parameter(name.as_bytes()).unwrap_or_else(|| panic!("{name} is missing"));
        if !OURS.contains(&name) {
            assert_eq!(row.is_mutable(), mutability == "modifiable", "{name}");
            let shown = config.get(&[name.as_bytes()]);
            assert_eq!(String::from_utf8_lossy(&shown[name]), default, "{name}");
        }
    }
    known.extend(OF_REDIS.into_iter().chain(OF_FERROUS));
    for row in parameters() {
        assert!(
            known.contains(&row.name()),
            "{} is not Valkey's",
            row.name()
        );
    }
}

#[test]
fn names_are_unique_and_defaults_canonical() {
    let config = Config::new();
    let mut names = BTreeMap::new();
    for row in parameters() {
        for name in [Some(row.name()), row.old_name()].into_iter().flatten() {
            assert!(
                names.insert(name, row.name()).is_none(),
                "{name} is declared twice"
            );
        }
        if let Some(default) = row.fixed_default() {
            let shown = config.get(&[row.name().as_bytes()]);
            assert_eq!(
                String::from_utf8_lossy(&shown[row.name()]),
                default,
                "{}",
                row.name()
            );
        }
        assert!(
            row.meaning().ends_with('.'),
            "{} lacks a meaning",
            row.name()
        );
    }
}

/// What may stand behind a name, right or wrong.
fn value() -> impl Strategy<Value = String> {
    prop_oneof![
        "[0-9]{0,20}(k|kb|MB|g|%)?",
        "-?[0-9]{1,5}( -?[0-9]{1,4}){0,3}",
        "(normal|replica|pubsub) [0-9]{1,4}(mb)? [0-9]{1,4} [0-9]{1,3}",
        "(yes|no|always|save|now|allkeys-lfu|debug|127.0.0.1|-::1)( (yes|force|::1))?",
        "[AKEg$lshzxetdmn]{0,15}",
        "[0-9]{1,2}\\.[0-9]{1,9}",
        any::<String>(),
    ]
}

proptest! {
    #[test]
    fn what_is_shown_can_be_set(row in 0..parameters().count(), value in value()) {
        let row = parameters().nth(row).expect("an index below the count");
        let caller = Caller { is_local: true, is_loading: false };
        let shown = |config: &Config| config.get(&[row.name().as_bytes()]).remove(row.name());
        let (config, again) = (Config::new(), Config::new());
        let Ok(change) = config.set(&[(row.name().as_bytes(), value.as_bytes())], caller) else {
            prop_assert_eq!(shown(&config), shown(&again), "a refusal changes nothing");
            return Ok(());
        };
        let value = shown(&config).expect("the parameter exists");
        prop_assert!(again.set(&[(row.name().as_bytes(), &value)], caller).is_ok());
        prop_assert_eq!(Some(value), shown(&again));
        change.undo(&config);
        prop_assert_eq!(shown(&config), shown(&Config::new()));
    }
}

/// `docs/CONFIGURATION.md` is made of the table. `FERROUS_BLESS=1 cargo test` writes it anew.
#[test]
fn reference_is_fresh() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/CONFIGURATION.md");
    let fresh = reference();
    if std::env::var_os("FERROUS_BLESS").is_some() {
        std::fs::write(path, &fresh).expect("docs/ can be written");
    }
    let written = std::fs::read_to_string(path).unwrap_or_default();
    assert!(
        written == fresh,
        "docs/CONFIGURATION.md is not fresh: run the tests with FERROUS_BLESS=1"
    );
}

const PREFACE: &str = "\
# Configuration

Every parameter can stand in a configuration file (`name value`), on the command line (`--name value`), and, where the
table does not say *at start*, in `CONFIG SET name value`. `CONFIG GET` shows it and `CONFIG REWRITE` keeps it. Names,
values, units and defaults are those of Redis and Valkey. This page is made of the table in the source; the tests
keep it fresh.

A parameter marked *not yet* belongs to a feature that is still to come: a value that would turn the feature on is
refused, and one that tunes it is kept until then. One marked *no effect* is accepted so that existing configuration
works, and the mark says why nothing depends on it.

| name | default | set | meaning |
| --- | --- | --- | --- |
";

fn reference() -> String {
    let mut rows: Vec<&Parameter> = parameters().filter(|row| !row.is_hidden()).collect();
    rows.sort_by_key(|row| row.name());
    let mut page = PREFACE.to_owned();
    for row in rows {
        let old_name = row
            .old_name()
            .map(|name| format!(" (`{name}`)"))
            .unwrap_or_default();
        let default = match row.fixed_default() {
            Some("") => String::new(),
            Some(default) => format!("`{default}`"),
            None => "(computed)".to_owned(),
        };
        let set = if row.is_mutable() {
            "any time"
        } else {
            "at start"
        };
        let note = match row.support() {
            Support::Full => String::new(),
            Support::Awaits(feature) => format!(" *Not yet: it waits for {feature}.*"),
            Support::Planned(feature) => {
                format!(" *Not yet: {feature}; other values are refused.*")
            }
            Support::WithoutEffect(reason) => format!(" *No effect: {reason}.*"),
        };
        writeln!(
            page,
            "| `{}`{old_name} | {default} | {set} | {}{note} |",
            row.name(),
            row.meaning()
        )
        .expect("a string takes any text");
    }
    page
}
