//! A message, encoded when the first listener of a protocol needs it.

use std::cell::OnceCell;

use ferrous_resp::{Encoder, Protocol};

/// A message for many clients.
pub(crate) struct Message<F> {
    write: F,
    resp2: OnceCell<Vec<u8>>,
    resp3: OnceCell<Vec<u8>>,
}

impl<F: Fn(&mut Encoder<'_>)> Message<F> {
    /// The message that `write` writes.
    pub(crate) fn new(write: F) -> Self {
        Self {
            write,
            resp2: OnceCell::new(),
            resp3: OnceCell::new(),
        }
    }

    /// Its bytes in a protocol.
    pub(crate) fn in_protocol(&self, protocol: Protocol) -> &[u8] {
        let encoded = match protocol {
            Protocol::Resp2 => &self.resp2,
            Protocol::Resp3 => &self.resp3,
        };
        encoded.get_or_init(|| {
            let mut bytes = Vec::new();
            (self.write)(&mut Encoder::new(&mut bytes, protocol));
            bytes
        })
    }
}

/// Writes what somebody gets who listens to a channel.
pub(super) fn of_channel(reply: &mut Encoder<'_>, kind: &str, channel: &[u8], text: &[u8]) {
    reply.push(3);
    reply.bulk(kind.as_bytes());
    reply.bulk(channel);
    reply.bulk(text);
}

/// Writes what somebody gets who listens to a pattern.
pub(super) fn of_pattern(reply: &mut Encoder<'_>, pattern: &[u8], channel: &[u8], text: &[u8]) {
    reply.push(4);
    reply.bulk(b"pmessage");
    reply.bulk(pattern);
    reply.bulk(channel);
    reply.bulk(text);
}
