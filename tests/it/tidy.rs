//! The house stays in order: packages use only the floors below their own, files stay readable, formatting is clean.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

use crate::harness::workspace;

/// Every package and its floor, lowest first. What a package may use lies on floors below its own.
const FLOORS: &[&[&str]] = &[
    &["ferrous-types", "ferrous-resp"],
    &["ferrous-persist", "ferrous-lua", "ferrous-client"],
    &["ferrous-engine"],
    &[
        "ferrous-server",
        "ferrous-cli",
        "ferrous-top",
        "ferrous-rdb-tool",
        "lua_cli",
    ],
    &["ferrous-tests"],
];

/// What a package must not know: the last column of the map in `docs/ARCHITECTURE.md`.
const ABSENT: &[(&str, &[&str])] = &[
    ("ferrous-types", &["tokio", "socket2", "time", "quanta"]),
    ("ferrous-resp", &["tokio", "socket2"]),
    ("ferrous-persist", &["tokio", "socket2", "crossbeam-utils"]),
    ("ferrous-lua", &["tokio", "socket2"]),
    ("ferrous-engine", &["tokio", "socket2", "time", "quanta"]),
    ("ferrous-rdb-tool", &["tokio"]),
    ("lua_cli", &["tokio"]),
];

/// More lines than this do not fit in a head.
const LINES_MAX: usize = 600;

/// The packages of the workspace as cargo knows them.
fn packages() -> Vec<Value> {
    let metadata = Command::new(env!("CARGO"))
        .current_dir(workspace())
        .args([
            "metadata",
            "--no-deps",
            "--offline",
            "--format-version",
            "1",
        ])
        .output()
        .expect("cargo can be started");
    let mut metadata: Value = serde_json::from_slice(&metadata.stdout).expect("cargo writes JSON");
    serde_json::from_value(metadata["packages"].take()).expect("a workspace has packages")
}

/// What a package needs to be built; what only its tests need does not count.
fn dependencies(package: &Value) -> impl Iterator<Item = &str> {
    let all = package["dependencies"]
        .as_array()
        .expect("cargo lists them");
    all.iter()
        .filter(|one| one["kind"] != "dev")
        .map(|one| one["name"].as_str().expect("it has a name"))
}

fn floor(name: &str) -> Option<usize> {
    FLOORS.iter().position(|floor| floor.contains(&name))
}

#[test]
fn packages_use_only_floors_below_their_own() {
    for package in packages() {
        let name = package["name"].as_str().expect("a package has a name");
        let own = floor(name).unwrap_or_else(|| panic!("{name} has no floor"));
        for used in dependencies(&package) {
            if let Some(below) = floor(used) {
                assert!(
                    below < own,
                    "{name} (floor {own}) uses {used} (floor {below})"
                );
            }
            let absent = ABSENT
                .iter()
                .find(|(package, _)| *package == name)
                .map_or(&[][..], |(_, absent)| absent);
            assert!(!absent.contains(&used), "{name} must not know of {used}");
        }
    }
}

#[test]
fn files_stay_readable() {
    for file in sources() {
        let text = fs::read_to_string(&file).expect("sources are text");
        let lines = text.lines().count();
        assert!(lines <= LINES_MAX, "{} has {lines} lines", file.display());
        let first = text.lines().next().unwrap_or_default();
        assert!(
            first.starts_with("//!"),
            "{} does not begin by saying what it is",
            file.display()
        );
    }
}

#[test]
fn formatting_is_clean() {
    let check = Command::new(env!("CARGO"))
        .current_dir(workspace())
        .args(["fmt", "--all", "--check", "--", "--files-with-diff"])
        .output()
        .expect("cargo can be started");
    assert!(
        check.status.success(),
        "not formatted:\n{}",
        String::from_utf8_lossy(&check.stdout)
    );
}

/// Every Rust source in the packages.
fn sources() -> Vec<PathBuf> {
    let mut found = Vec::new();
    for package in packages() {
        let manifest = PathBuf::from(
            package["manifest_path"]
                .as_str()
                .expect("a package has a manifest"),
        );
        collect(manifest.parent().expect("it lies in a folder"), &mut found);
    }
    found
}

fn collect(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).expect("a folder can be listed") {
        let path = entry.expect("an entry can be read").path();
        if path.is_dir() {
            let generated = path.file_name().is_some_and(|name| name == "target");
            if !generated {
                collect(&path, found);
            }
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
}
