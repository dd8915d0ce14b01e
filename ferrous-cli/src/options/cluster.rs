//! The options of `--cluster`.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

/// The subcommand, its arguments, and all `--cluster-*` flags.
#[derive(Clone, Debug)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a switch of its own that the user sets"
)]
pub(crate) struct ClusterOptions {
    pub(crate) command: Vec<u8>,
    pub(crate) arguments: Vec<Vec<u8>>,
    pub(crate) yes: bool,
    pub(crate) replicas: usize,
    pub(crate) search_multiple_owners: bool,
    pub(crate) fix_with_unreachable_primaries: bool,
    pub(crate) from: Option<String>,
    pub(crate) to: Option<String>,
    pub(crate) slots: usize,
    pub(crate) timeout: Duration,
    pub(crate) pipeline: usize,
    pub(crate) threshold: f64,
    /// Node names (or their beginnings) and their weights.
    pub(crate) weights: BTreeMap<String, f64>,
    pub(crate) use_empty_primaries: bool,
    pub(crate) simulate: bool,
    pub(crate) atomic_migration: bool,
    /// Where the moves are kept that are still to be made.
    pub(crate) plan: Option<PathBuf>,
    pub(crate) replace: bool,
    pub(crate) copy: bool,
    pub(crate) as_replica: bool,
    pub(crate) primary_id: Option<String>,
    pub(crate) only_primaries: bool,
    pub(crate) only_replicas: bool,
    pub(crate) from_user: Option<String>,
    pub(crate) from_password: Option<Vec<u8>>,
    pub(crate) from_ask_password: bool,
}

impl Default for ClusterOptions {
    fn default() -> Self {
        Self {
            command: Vec::new(),
            arguments: Vec::new(),
            yes: false,
            replicas: 0,
            search_multiple_owners: false,
            fix_with_unreachable_primaries: false,
            from: None,
            to: None,
            slots: 0,
            timeout: Duration::from_secs(60),
            pipeline: 10,
            threshold: 2.0,
            weights: BTreeMap::new(),
            use_empty_primaries: false,
            simulate: false,
            atomic_migration: false,
            plan: None,
            replace: false,
            copy: false,
            as_replica: false,
            primary_id: None,
            only_primaries: false,
            only_replicas: false,
            from_user: None,
            from_password: None,
            from_ask_password: false,
        }
    }
}
