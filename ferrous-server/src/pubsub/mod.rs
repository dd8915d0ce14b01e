//! Pub/Sub: who listens to which channel, and messages on their way to them.
//!
//! A message is encoded once per protocol. The thread that publishes puts it into the mailbox of every listener while
//! it holds the table of listeners for reading, so nobody who has unsubscribed gets any more, and the order of the channel:
//! so all listeners get the messages on a channel in one order, and those of one publisher in theirs.

mod message;
mod subscriptions;

use std::collections::HashMap;
use std::hash::{BuildHasher as _, RandomState};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};

use ferrous_engine::command::{Flags, Registered};
use ferrous_engine::error::CommandError;
use ferrous_engine::keyspace::{Event, EventClasses};
use ferrous_types::glob::{Case, Glob};
use parking_lot::{Mutex, MutexGuard, RwLock};

use crate::client::ClientHandle;
use crate::config::OutputLimits;
use crate::execute::Handler;

pub(crate) use message::Message;
pub(crate) use subscriptions::Subscriptions;

/// What a client that only listens may run besides subscriptions.
const RUN_WHILE_LISTENING: [&str; 3] = ["ping", "quit", "reset"];

/// True of the commands that begin and end subscriptions.
pub(crate) fn is_subscription(command: &Registered<Handler>) -> bool {
    let flags = command.description.flags;
    flags.contains(Flags::PUBSUB.with(Flags::NOSCRIPT))
}

/// True of the commands that a client may run that only listens.
pub(crate) fn runs_while_listening(command: &Registered<Handler>) -> bool {
    is_subscription(command) || RUN_WHILE_LISTENING.contains(&command.description.name)
}

/// What a client is told that runs something else.
pub(crate) fn refusal(command: &Registered<Handler>) -> CommandError {
    CommandError::new(format!(
        "ERR Can't execute '{}': only (P|S)SUBSCRIBE / (P|S)UNSUBSCRIBE / PING / QUIT / RESET are allowed in this context",
        command.full_name
    ))
}

/// What a subscription names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// A channel.
    Channel,
    /// Every channel whose name matches a pattern.
    Pattern,
    /// A channel that belongs to a hash slot of the cluster.
    Shard,
}

impl Kind {
    /// All of them, in the order of their numbers.
    pub(crate) const ALL: [Self; 3] = [Self::Channel, Self::Pattern, Self::Shard];
}

/// Those who listen, by what they listen to.
type Listeners = HashMap<Box<[u8]>, Vec<Arc<ClientHandle>>>;

/// How many channels can be published to at the same time, at most; a power of two.
const ORDERS: usize = 64;

/// All subscriptions.
#[derive(Debug)]
pub(crate) struct PubSub {
    listeners: [RwLock<Listeners>; 3],
    /// Held while a message is on its way: every listener gets the messages on a channel in the same order, whoever
    /// publishes them.
    orders: [Mutex<()>; ORDERS],
    hasher: RandomState,
    /// How many names somebody listens to, of all kinds.
    names: AtomicUsize,
    /// How many clients have subscriptions.
    pub(crate) clients: AtomicUsize,
}

/// What became of a message.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Delivery {
    /// How many times it was received, the publisher included.
    pub(crate) receivers: usize,
    /// What the publisher itself receives, in its protocol.
    pub(crate) own: Vec<u8>,
}

impl Default for PubSub {
    fn default() -> Self {
        Self {
            listeners: Default::default(),
            orders: std::array::from_fn(|_| Mutex::default()),
            hasher: RandomState::new(),
            names: AtomicUsize::new(0),
            clients: AtomicUsize::new(0),
        }
    }
}

impl PubSub {
    fn order(&self, channel: &[u8]) -> MutexGuard<'_, ()> {
        self.orders[self.hasher.hash_one(channel) as usize % ORDERS].lock()
    }

    /// Adds a listener who does not listen to `name` yet.
    pub(crate) fn add(&self, kind: Kind, name: &[u8], client: &Arc<ClientHandle>) {
        let mut listeners = self.listeners[kind as usize].write();
        if let Some(clients) = listeners.get_mut(name) {
            clients.push(Arc::clone(client));
        } else {
            listeners.insert(name.into(), vec![Arc::clone(client)]);
            self.names.fetch_add(1, SeqCst);
        }
    }

    /// Removes a listener.
    pub(crate) fn remove(&self, kind: Kind, name: &[u8], client: &ClientHandle) {
        let mut listeners = self.listeners[kind as usize].write();
        let Some(clients) = listeners.get_mut(name) else {
            return;
        };
        let is_client = |known: &Arc<ClientHandle>| known.id == client.id;
        if let Some(index) = clients.iter().position(is_client) {
            clients.remove(index);
        }
        if clients.is_empty() {
            listeners.remove(name);
            self.names.fetch_sub(1, SeqCst);
        }
    }

    /// True when nobody listens to anything. One load.
    pub(crate) fn is_idle(&self) -> bool {
        self.names.load(SeqCst) == 0
    }

    /// How many names of a kind somebody listens to.
    pub(crate) fn len(&self, kind: Kind) -> usize {
        self.listeners[kind as usize].read().len()
    }

    /// How many clients listen to `name`.
    pub(crate) fn listeners(&self, kind: Kind, name: &[u8]) -> usize {
        self.listeners[kind as usize]
            .read()
            .get(name)
            .map_or(0, Vec::len)
    }

    /// The names that somebody listens to and that match `pattern`, if there is one.
    pub(crate) fn names(&self, kind: Kind, pattern: Option<&[u8]>) -> Vec<Box<[u8]>> {
        let pattern = pattern.map(|pattern| Glob::new(pattern, Case::Sensitive));
        let listeners = self.listeners[kind as usize].read();
        let matches = |name: &[u8]| pattern.as_ref().is_none_or(|pattern| pattern.matches(name));
        let names = listeners.keys().filter(|name| matches(name));
        names.cloned().collect()
    }

    /// Sends a message to those who listen to `channel`; `publisher` is the number of the client that sends it, if any.
    pub(crate) fn publish(
        &self,
        channel: &[u8],
        text: &[u8],
        publisher: Option<u64>,
        limits: &OutputLimits,
    ) -> Delivery {
        let mut delivery = Delivery::default();
        if self.is_idle() {
            return delivery;
        }
        let _order = self.order(channel);
        let post = Post { publisher, limits };
        if let Some(clients) = self.listeners[Kind::Channel as usize].read().get(channel) {
            let message =
                Message::new(|reply| message::of_channel(reply, "message", channel, text));
            post.to_all(clients, &message, &mut delivery);
        }
        for (pattern, clients) in &*self.listeners[Kind::Pattern as usize].read() {
            if Glob::new(pattern, Case::Sensitive).matches(channel) {
                let message =
                    Message::new(|reply| message::of_pattern(reply, pattern, channel, text));
                post.to_all(clients, &message, &mut delivery);
            }
        }
        delivery
    }

    /// As [`publish`](Self::publish), on a channel of a hash slot.
    pub(crate) fn publish_to_shard(
        &self,
        channel: &[u8],
        text: &[u8],
        publisher: Option<u64>,
        limits: &OutputLimits,
    ) -> Delivery {
        let mut delivery = Delivery::default();
        let _order = self.order(channel);
        if let Some(clients) = self.listeners[Kind::Shard as usize].read().get(channel) {
            let message =
                Message::new(|reply| message::of_channel(reply, "smessage", channel, text));
            Post { publisher, limits }.to_all(clients, &message, &mut delivery);
        }
        delivery
    }

    /// Publishes a keyspace event on the channels that `wanted` asks for.
    pub(crate) fn announce(&self, event: &Event, wanted: EventClasses, limits: &OutputLimits) {
        let Event {
            database,
            name,
            key,
            ..
        } = event;
        if wanted.contains(EventClasses::KEYSPACE) {
            let mut channel = format!("__keyspace@{database}__:").into_bytes();
            channel.extend_from_slice(key);
            self.publish(&channel, name.as_bytes(), None, limits);
        }
        if wanted.contains(EventClasses::KEYEVENT) {
            let channel = format!("__keyevent@{database}__:{name}");
            self.publish(channel.as_bytes(), key, None, limits);
        }
    }
}

/// How messages are put into mailboxes.
struct Post<'a> {
    publisher: Option<u64>,
    limits: &'a OutputLimits,
}

impl Post<'_> {
    fn to_all<F: Fn(&mut ferrous_resp::Encoder<'_>)>(
        &self,
        clients: &[Arc<ClientHandle>],
        message: &Message<F>,
        delivery: &mut Delivery,
    ) {
        for client in clients {
            if Some(client.id) == self.publisher {
                // What came before it from others goes out before it, too.
                delivery.own.extend(client.take_mail().unwrap_or_default());
                let own = message.in_protocol(client.protocol());
                delivery.own.extend_from_slice(own);
            } else if !client.post_message(message, self.limits) {
                continue;
            }
            delivery.receivers += 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::client::Address;

    fn client(id: u64) -> Arc<ClientHandle> {
        let address = Address::Unix("/s".into());
        Arc::new(ClientHandle::new(id, address.clone(), address, 0, 0))
    }

    #[test]
    fn messages_reach_those_who_listen_in_order() {
        let (pubsub, limits) = (PubSub::default(), OutputLimits::default());
        let (one, two) = (client(1), client(2));
        assert!(pubsub.is_idle());
        pubsub.add(Kind::Channel, b"news", &one);
        pubsub.add(Kind::Pattern, b"n*", &one);
        pubsub.add(Kind::Channel, b"news", &two);
        let delivery = pubsub.publish(b"news", b"hi", Some(2), &limits);
        assert_eq!(delivery.receivers, 3);
        assert_eq!(
            delivery.own,
            b"*3\r\n$7\r\nmessage\r\n$4\r\nnews\r\n$2\r\nhi\r\n"
        );
        let mail = String::from_utf8(one.take_mail().unwrap()).unwrap();
        assert!(mail.find("pmessage") > mail.find("$7\r\nmessage"), "{mail}");
        assert_eq!(two.take_mail(), None);
        pubsub.remove(Kind::Channel, b"news", &one);
        pubsub.remove(Kind::Pattern, b"n*", &one);
        pubsub.remove(Kind::Channel, b"news", &two);
        assert!(pubsub.is_idle());
        assert_eq!(
            pubsub.publish(b"news", b"hi", None, &limits),
            Delivery::default()
        );
    }
}
