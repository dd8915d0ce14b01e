//! `# Replication`: what the server is to others.

use super::Field;

/// The identifier of a history that never was.
const NO_HISTORY: &str = "0000000000000000000000000000000000000000";

pub(super) const FIELDS: &[Field] = &[
    Field("role", |_| "master".into()),
    Field("connected_slaves", |_| 0_u64.into()),
    Field("replicas_waiting_psync", |_| 0_u64.into()),
    Field("master_failover_state", |_| "no-failover".into()),
    Field("master_replid", |view| {
        view.server.replication_id.lock().clone().into()
    }),
    Field("master_replid2", |_| NO_HISTORY.into()),
    Field("master_repl_offset", |_| 0_u64.into()),
    Field("second_repl_offset", |_| (-1_i64).into()),
    Field("repl_backlog_active", |_| false.into()),
    Field("repl_backlog_size", |_| 0_u64.into()),
    Field("repl_backlog_first_byte_offset", |_| 0_u64.into()),
    Field("repl_backlog_histlen", |_| 0_u64.into()),
];
