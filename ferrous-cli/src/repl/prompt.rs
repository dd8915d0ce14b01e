//! What stands before the cursor.

use ferrous_client::Address;

use crate::session::Session;

/// `host:port[db](TX)> `, with the user when it is not the default one.
pub(super) fn prompt(session: &Session) -> String {
    if session.connection.is_none() {
        return "not connected> ".to_owned();
    }
    let state = &session.state;
    let mut prompt = match (&state.user, &session.options.target.address) {
        (Some(user), _) if user != "default" => format!("{user}@"),
        _ => String::new(),
    };
    match &session.options.target.address {
        Address::Unix(path) => crate::append!(prompt, "redis {}", path.display()),
        Address::Tcp { host, port } if host.contains(':') => {
            crate::append!(prompt, "[{host}]:{port}");
        }
        Address::Tcp { host, port } => crate::append!(prompt, "{host}:{port}"),
    }
    if state.database != 0 {
        crate::append!(prompt, "[{}]", state.database);
    }
    if state.transaction.is_some() {
        prompt.push_str("(TX)");
    }
    if state.subscriptions > 0 {
        prompt.push_str("(subscribed mode)");
    }
    if session.options.read_only {
        prompt.push_str("(read-only)");
    }
    prompt.push_str("> ");
    prompt
}
