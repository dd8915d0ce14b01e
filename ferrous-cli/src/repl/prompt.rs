//! What stands before the cursor.

use ferrous_client::Address;

use crate::session::Session;

/// The user's template filled in, or `host:port[db](TX)> `, with the user when it is not the default one.
pub(super) fn prompt(session: &Session, template: Option<&str>) -> String {
    if session.connection.is_none() {
        return "not connected> ".to_owned();
    }
    template.map_or_else(|| usual(session), |template| fill_in(session, template))
}

fn fill_in(session: &Session, template: &str) -> String {
    let state = &session.state;
    let (host, port) = match &session.options.target.address {
        Address::Tcp { host, port } => (host.clone(), port.to_string()),
        Address::Unix(path) => (path.display().to_string(), String::new()),
    };
    let mark = |on: bool, mark: &str| if on { mark.to_owned() } else { String::new() };
    let parts = [
        (
            "{user}",
            state.user.clone().unwrap_or_else(|| "default".to_owned()),
        ),
        ("{host}", host),
        ("{port}", port),
        ("{db}", state.database.to_string()),
        ("{tx}", mark(state.transaction.is_some(), "(TX)")),
        ("{sub}", mark(state.subscriptions > 0, "(subscribed mode)")),
    ];
    let filled = parts
        .iter()
        .fold(template.to_owned(), |text, (name, value)| {
            text.replace(name, value)
        });
    // The cursor must not touch the text.
    if filled.ends_with(' ') {
        filled
    } else {
        filled + " "
    }
}

fn usual(session: &Session) -> String {
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
