//! Where the programs under test are.

use std::env;
use std::path::{self, Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

/// The program that the tests start: `ferrous-server`, built when necessary, or what `FERROUS_SERVER` names (any
/// compatible server, so that expectations can be judged by the servers they come from).
pub(crate) fn server() -> &'static Path {
    static SERVER: OnceLock<PathBuf> = OnceLock::new();
    SERVER.get_or_init(|| match env::var_os("FERROUS_SERVER") {
        // Servers are started in folders of their own, so a relative path must be made absolute.
        Some(named) => path::absolute(named).expect("FERROUS_SERVER names a program"),
        None => build("ferrous-server"),
    })
}

/// The runner of scripts, `lua_cli`, built when necessary.
pub(crate) fn lua_cli() -> &'static Path {
    static LUA_CLI: OnceLock<PathBuf> = OnceLock::new();
    LUA_CLI.get_or_init(|| build("lua_cli"))
}

/// The real `redis-server` to compare with, when one is installed (or `FERROUS_ORACLE` names one).
pub(crate) fn installed_redis() -> Option<PathBuf> {
    if let Some(named) = env::var_os("FERROUS_ORACLE") {
        return Some(PathBuf::from(named));
    }
    let path = env::var_os("PATH")?;
    env::split_paths(&path)
        .map(|dir| dir.join("redis-server"))
        .find(|file| file.is_file())
}

/// Has a program that comes with the real `redis-server` check a file, which it must find to be whole.
#[track_caller]
pub(crate) fn check_file(program: &str, file: &Path) {
    let checked = Command::new(program)
        .arg(file)
        .output()
        .unwrap_or_else(|error| panic!("{program} comes with redis-server: {error}"));
    assert!(checked.status.success(), "{checked:?}");
}

/// The root of the repository.
pub(crate) fn workspace() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .expect("the tests live in a folder of the workspace")
}

/// Builds `name` with the profile of this very test and returns its path.
///
/// Cargo builds the tests of a package but not the programs of others, so this asks it to; when nothing has changed
/// that takes a moment, and cargo's own lock keeps several test processes apart.
fn build(name: &str) -> PathBuf {
    // target/<profile folder>/deps/it-0123456789abcdef
    let this = env::current_exe().expect("a running test has a path");
    let folder = this
        .ancestors()
        .nth(2)
        .expect("cargo runs tests from the deps folder of a profile");
    let profile = match folder.file_name().and_then(|name| name.to_str()) {
        Some("debug") | None => "dev",
        Some(profile) => profile,
    };
    let built = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()))
        .current_dir(workspace())
        .args([
            "build",
            "--quiet",
            "--package",
            name,
            "--bin",
            name,
            "--profile",
            profile,
            "--target-dir",
        ])
        .arg(
            folder
                .parent()
                .expect("a profile's folder lies in the target folder"),
        )
        .output()
        .expect("cargo can be started");
    assert!(
        built.status.success(),
        "building {name}:\n{}",
        String::from_utf8_lossy(&built.stderr)
    );
    folder.join(name)
}
