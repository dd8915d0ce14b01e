//! How much a client may make the server keep: of its requests, and of replies that it does not read.

use std::sync::atomic::Ordering::Relaxed;

use super::{Connection, Ended};
use crate::client::Transaction;

/// What a client may be owed that has not authenticated, in bytes: refusals that it does not read.
const OWED_TO_STRANGER_MAX: u64 = 1024;

/// What a client may keep that has not authenticated, in bytes: part of a request and a transaction.
const KEPT_FOR_STRANGER_MAX: u64 = 1 << 20;

impl Connection {
    /// The client, as the log names it.
    fn who(&self) -> String {
        let client = self.handle();
        let identity = client.identity.lock();
        let (id, addr, name) = (client.id, &client.peer, &identity.name);
        format!("id={id} addr={addr} name={name}")
    }

    /// Tells the log and the statistics that the client was ended because it did not read.
    pub(super) fn note_slow(&self) {
        tracing::warn!(
            "Client {} was closed for overcoming of output buffer limits.",
            self.who()
        );
        let stats = &self.server.stats;
        stats.output_limit_disconnections.fetch_add(1, Relaxed);
    }

    /// Gives up on a client that is owed more than it may be.
    pub(super) fn check_output(&self) {
        let (client, owed) = (self.handle(), self.handle().owed());
        if !self.session.authenticated && owed > OWED_TO_STRANGER_MAX {
            client.end_as_slow();
        } else {
            let limits = &self.server.config.clients.client_output_buffer_limit;
            client.end_if_slow(owed, limits);
        }
    }

    /// Gives up on a client whose request is longer than any may be. What it has queued counts: it is not run yet either.
    pub(super) fn check_input(&self) -> Result<(), Ended> {
        let limit = self.server.config.clients.client_query_buffer_limit.get();
        let transaction = self.session.transaction.as_deref();
        let queued = transaction.map_or(0, Transaction::argument_bytes);
        let kept = (self.input.len() + queued) as u64;
        if kept <= limit && (self.session.authenticated || kept <= KEPT_FOR_STRANGER_MAX) {
            return Ok(());
        }
        tracing::warn!(
            "Closing client that reached max query buffer length: {}",
            self.who()
        );
        let stats = &self.server.stats;
        stats.input_limit_disconnections.fetch_add(1, Relaxed);
        Err(Ended::ByServer)
    }
}
