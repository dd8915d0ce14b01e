//! What the environment adds to the command line.

use std::env;
use std::ffi::OsString;
use std::os::unix::ffi::OsStringExt;
use std::path::PathBuf;

use super::{Options, UsageError};

/// The programs whose variables count, ours first.
const PREFIXES: [&str; 3] = ["FERROUSCLI", "VALKEYCLI", "REDISCLI"];

/// Takes the server of `FERROUSCLI_URL`, or of its kin and `IREDIS_URL`, which the command line then overrides.
pub(super) fn apply_url(options: &mut Options) -> Result<(), UsageError> {
    let Some(url) = variable("URL").or_else(|| env::var_os("IREDIS_URL")) else {
        return Ok(());
    };
    options.use_uri(&url.to_string_lossy())?;
    // It was not given on the command line, so neither was its password.
    options.environment_password = options.password.take();
    Ok(())
}

/// Fills in the password and the cluster's consent where the command line gave none.
pub(super) fn apply(options: &mut Options) {
    if options.password.is_none() {
        options.password = variable("AUTH")
            .map(OsStringExt::into_vec)
            .or(options.environment_password.take());
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
