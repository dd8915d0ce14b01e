//! What the environment adds to the command line.

use std::env;
use std::ffi::OsString;
use std::os::unix::ffi::OsStringExt;
use std::path::PathBuf;

use super::Options;

/// The programs whose variables count, ours first.
const PREFIXES: [&str; 3] = ["FERROUSCLI", "VALKEYCLI", "REDISCLI"];

/// Fills in the password and the cluster's consent where the command line gave none.
pub(super) fn apply(options: &mut Options) {
    if options.password.is_none() {
        options.password = variable("AUTH").map(OsStringExt::into_vec);
    }
    if variable("CLUSTER_YES").is_some_and(|value| value == "1") {
        options.cluster.yes = true;
    }
}

/// The first of the variables `FERROUSCLI_name`, `VALKEYCLI_name` and `REDISCLI_name` that is set.
pub(super) fn variable(name: &str) -> Option<OsString> {
    PREFIXES
        .iter()
        .find_map(|prefix| env::var_os(format!("{prefix}_{name}")))
}

/// The path of a dot file: as `<PREFIX>_<name>` says, else `file_name` in the home directory.
///
/// `None` when it is switched off by naming `/dev/null`, or when there is no home.
pub(crate) fn dotfile(name: &str, file_name: &str) -> Option<PathBuf> {
    match variable(name) {
        Some(path) if path.is_empty() || path == "/dev/null" => None,
        Some(path) => Some(path.into()),
        None => Some(PathBuf::from(env::var_os("HOME")?).join(file_name)),
    }
}
