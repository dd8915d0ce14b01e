//! Telling clients that what they cache is no longer so.

use std::collections::BTreeSet;
use std::sync::Arc;

use ferrous_engine::keyspace::{Changes, DatabaseKey};
use ferrous_resp::{Encoder, Protocol};

use super::Tracking;
use crate::client::{ClientFlags, ClientHandle};
use crate::pubsub::Message;
use crate::server::Server;

/// The channel that clients without pushes listen to.
const CHANNEL: &[u8] = b"__redis__:invalidate";

impl Tracking {
    /// Tells those who cache any of the keys that changed, and were not told yet.
    pub(crate) fn invalidate(&self, server: &Server, changes: &Changes) {
        let Changes {
            modified,
            told,
            caller,
            ..
        } = changes;
        let keys: BTreeSet<&[u8]> = modified.iter().map(|modified| &*modified.key).collect();
        let keys: Vec<&[u8]> = keys.into_iter().collect();
        self.broadcasts.for_each(&keys, |clients, keys| {
            let message = Message::new(|reply| write_keys(reply, keys));
            for client in clients {
                send(server, client, &message, *caller);
            }
        });
        self.tell_readers(server, &modified[*told..], *caller);
    }

    /// Tells those who read any of `modified`, in the order in which these changed. Client number `writer` changed them,
    /// if a client did.
    pub(super) fn tell_readers(
        &self,
        server: &Server,
        modified: &[DatabaseKey],
        writer: Option<u64>,
    ) {
        for DatabaseKey { key, .. } in modified {
            if let Some(readers) = self.readers.take(key) {
                tell(server, &readers, &[key], writer);
            }
        }
    }

    /// Tells every tracked client that no key is left, after a database was emptied.
    pub(crate) fn invalidate_all(&self, server: &Server) {
        self.readers.clear();
        let message = Message::new(|reply| {
            write_header(reply);
            reply.nil();
        });
        for client in server.clients.all() {
            send(server, &client, &message, None);
        }
    }
}

/// Tells clients by their numbers; some may be gone, or not be tracked any more.
pub(super) fn tell(server: &Server, readers: &[u64], keys: &[&[u8]], writer: Option<u64>) {
    let message = Message::new(|reply| write_keys(reply, keys));
    for client in readers.iter().filter_map(|id| server.clients.get(*id)) {
        if !client.vitals.has(ClientFlags::BROADCAST) {
            send(server, &client, &message, writer);
        }
    }
}

/// Sends an invalidation to a client, or to the one that is told in its place.
fn send<F: Fn(&mut Encoder<'_>)>(
    server: &Server,
    client: &Arc<ClientHandle>,
    message: &Message<F>,
    writer: Option<u64>,
) {
    let state = &client.tracking;
    if !client.vitals.has(ClientFlags::TRACKING) || state.no_loop() && writer == Some(client.id) {
        return;
    }
    let limits = &server.config.clients.client_output_buffer_limit;
    let redirect = state.redirect();
    if redirect == 0 {
        // Without pushes there is no way to tell it.
        if client.protocol() == Protocol::Resp3 {
            client.post_message(message, limits);
        }
        return;
    }
    let target = server.clients.get(redirect);
    let Some(target) = target.filter(|target| !target.is_leaving()) else {
        state.set_broken();
        if client.protocol() == Protocol::Resp3 {
            let broken = Message::new(|reply: &mut Encoder<'_>| {
                reply.push(2);
                reply.bulk(b"tracking-redir-broken");
                reply.integer(redirect as i64);
            });
            client.post_message(&broken, limits);
        }
        return;
    };
    if target.protocol() == Protocol::Resp3 || target.vitals.has(ClientFlags::PUBSUB) {
        target.post_message(message, limits);
    }
}

fn write_keys(reply: &mut Encoder<'_>, keys: &[&[u8]]) {
    write_header(reply);
    reply.array(keys.len());
    for key in keys {
        reply.bulk(key);
    }
}

/// A push of its own kind, or a message on a channel where there are no pushes.
fn write_header(reply: &mut Encoder<'_>) {
    match reply.protocol() {
        Protocol::Resp2 => {
            reply.array(3);
            reply.bulk(b"message");
            reply.bulk(CHANNEL);
        }
        Protocol::Resp3 => {
            reply.push(2);
            reply.bulk(b"invalidate");
        }
    }
}
