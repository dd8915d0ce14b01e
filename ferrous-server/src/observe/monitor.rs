//! `MONITOR`: clients that are sent every command as it runs.

use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::sync::{Arc, Weak};
use std::time::{SystemTime, UNIX_EPOCH};

use ferrous_resp::quote_into;
use parking_lot::Mutex;

use crate::client::{Address, ClientHandle, Session};
use crate::config::OutputLimits;

/// The clients that see every command.
#[derive(Debug, Default)]
pub(crate) struct Monitors {
    clients: Mutex<Vec<Weak<ClientHandle>>>,
    count: AtomicUsize,
}

impl Monitors {
    /// True when anybody watches. One relaxed load.
    pub(super) fn any(&self) -> bool {
        self.count.load(Relaxed) != 0
    }

    /// Shows `client` every command from now on.
    pub(crate) fn add(&self, client: &Arc<ClientHandle>) {
        let mut clients = self.clients.lock();
        let known = clients
            .iter()
            .any(|known| known.as_ptr() == Arc::as_ptr(client));
        if !known {
            clients.push(Arc::downgrade(client));
        }
        self.count.store(clients.len(), Relaxed);
    }

    /// Shows `client` nothing more.
    pub(crate) fn remove(&self, client: &ClientHandle) {
        let mut clients = self.clients.lock();
        clients.retain(|known| !std::ptr::eq(known.as_ptr(), client));
        self.count.store(clients.len(), Relaxed);
    }

    /// Sends a command that `session` ran to every monitor, and forgets those that have left or do not read.
    pub(super) fn feed(&self, session: &Session, argv: &[&[u8]], limits: &OutputLimits) {
        let line = describe(session, argv);
        let mut clients = self.clients.lock();
        clients.retain(|client| {
            let Some(client) = client.upgrade() else {
                return false;
            };
            client.post(&line, limits)
        });
        self.count.store(clients.len(), Relaxed);
    }
}

/// `+1700000000.123456 [0 127.0.0.1:50000] "get" "k"`, with its line end.
fn describe(session: &Session, argv: &[&[u8]]) -> Vec<u8> {
    let elapsed = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    let database = session.database;
    let peer = match &session.handle.peer {
        _ if session.in_script => "lua".to_owned(),
        peer @ Address::Tcp(_) => peer.to_string(),
        Address::Unix(path) => format!("unix:{path}"),
    };
    let mut line = format!(
        "+{}.{:06} [{database} {peer}]",
        elapsed.as_secs(),
        elapsed.subsec_micros()
    )
    .into_bytes();
    for arg in argv {
        line.push(b' ');
        quote_into(&mut line, arg);
    }
    line.extend_from_slice(b"\r\n");
    line
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commands_are_shown_quoted() {
        let address = || Address::Unix("/tmp/s".into());
        let handle = Arc::new(ClientHandle::new(1, address(), address(), 0, 0));
        let mut session = Session::new(handle, true);
        session.select(3);
        let line = describe(&session, &[b"SET", b"a\"b", b"x\r\n\x01\xff"]);
        let line = String::from_utf8(line).unwrap();
        let (_, behind_time) = line.split_once(' ').unwrap();
        assert_eq!(
            behind_time,
            "[3 unix:/tmp/s] \"SET\" \"a\\\"b\" \"x\\r\\n\\x01\\xff\"\r\n"
        );
    }

    #[test]
    fn those_who_leave_are_forgotten() {
        let monitors = Monitors::default();
        let client = |id| {
            Arc::new(ClientHandle::new(
                id,
                Address::Unix("/s".into()),
                Address::Unix("/s".into()),
                0,
                0,
            ))
        };
        let (first, second) = (client(1), client(2));
        let session = Session::new(client(3), true);
        monitors.add(&first);
        monitors.add(&first);
        monitors.add(&second);
        monitors.feed(&session, &[b"ping"], &OutputLimits::default());
        let mail = first.take_mail().unwrap();
        assert_eq!(mail.split_inclusive(|byte| *byte == b'\n').count(), 1);
        drop(first);
        monitors.feed(&session, &[b"ping"], &OutputLimits::default());
        monitors.remove(&second);
        assert!(!monitors.any());
    }
}
