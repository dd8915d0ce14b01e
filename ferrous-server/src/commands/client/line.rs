//! One client as the line that `CLIENT LIST` shows.

use std::fmt::Write as _;
use std::sync::atomic::Ordering::Relaxed;

use ferrous_engine::command::CommandId;

use crate::client::{ClientFlags, ClientHandle, Vitals};
use crate::server::Server;

/// Flags with their letters.
const LETTERS: [(ClientFlags, char); 10] = [
    (ClientFlags::MONITOR, 'O'),
    (ClientFlags::PUBSUB, 'P'),
    (ClientFlags::TRANSACTION, 'x'),
    (ClientFlags::BLOCKED, 'b'),
    (ClientFlags::TRACKING, 't'),
    (ClientFlags::BROADCAST, 'B'),
    (ClientFlags::CLOSING, 'c'),
    (ClientFlags::UNIX_SOCKET, 'U'),
    (ClientFlags::NO_EVICT, 'e'),
    (ClientFlags::NO_TOUCH, 'T'),
];

/// Appends the line of `client`, line end included.
pub(super) fn write(out: &mut String, server: &Server, client: &ClientHandle, now_ms: i64) {
    let vitals = &client.vitals;
    let identity = client.identity.lock().clone();
    let output = client.owed();
    let input = vitals.query_capacity.load(Relaxed);
    let query = vitals.query_bytes.load(Relaxed);
    let queued_bytes = vitals.queued_bytes.load(Relaxed);
    let multi = if vitals.has(ClientFlags::TRANSACTION) {
        vitals.queued.load(Relaxed) as i64
    } else {
        -1
    };
    let memory = client.memory();
    // What its socket is waited for: requests, and room when something is owed.
    let events = if output > 0 { "rw" } else { "r" };
    let seconds_since = |then_ms: i64| ((now_ms - then_ms) / 1000).max(0);
    // Writing to a string does not fail.
    let _ = writeln!(
        out,
        "id={} addr={} laddr={} fd={} name={} age={} idle={} flags={} db={} sub={} psub={} ssub={} multi={multi} watch={} \
         qbuf={query} qbuf-free={} argv-mem=0 multi-mem={queued_bytes} rbs={output} rbp={output} obl={output} oll=0 omem={output} \
         tot-mem={memory} events={events} cmd={} user=default redir={} resp={} lib-name={} lib-ver={} \
         tot-net-in={} tot-net-out={} tot-cmds={}",
        client.id,
        client.peer,
        client.local,
        client.descriptor,
        identity.name,
        seconds_since(client.connected_ms),
        seconds_since(vitals.active_ms.load(Relaxed)),
        letters(client),
        vitals.database.load(Relaxed),
        vitals.subscriptions[0].load(Relaxed),
        vitals.subscriptions[1].load(Relaxed),
        vitals.subscriptions[2].load(Relaxed),
        client.watched(),
        input - query.min(input),
        last_command(server, vitals),
        client.shown_redirect(),
        vitals.protocol.load(Relaxed),
        identity.library,
        identity.library_version,
        vitals.received.load(Relaxed),
        vitals.sent.load(Relaxed),
        vitals.commands.load(Relaxed),
    );
}

/// The flags of a client as letters; `N` when there are none.
pub(super) fn letters(client: &ClientHandle) -> String {
    let mut set: String = LETTERS
        .iter()
        .filter(|(flag, _)| client.vitals.has(*flag))
        .map(|(_, letter)| *letter)
        .collect();
    if client.watcher.is_touched() {
        set.push('d');
    }
    if set.is_empty() { "N".to_owned() } else { set }
}

fn last_command<'a>(server: &'a Server, vitals: &Vitals) -> &'a str {
    match vitals.command.load(Relaxed) {
        0 => "NULL",
        number => &server.registry.get(CommandId(number - 1)).full_name,
    }
}
