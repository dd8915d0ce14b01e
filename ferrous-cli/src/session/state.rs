//! What the commands so far have made of the session.

use ferrous_client::Value;

use crate::options::Options;

/// The server's side of the session, as far as the prompt and a reconnect need it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct State {
    /// The selected database.
    pub(crate) database: i64,
    /// The database to be in: differs from `database` after a refused SELECT.
    pub(crate) wanted_database: i64,
    /// Inside MULTI: the database before it.
    pub(crate) transaction: Option<i64>,
    /// The server speaks RESP3 to us.
    pub(crate) resp3: bool,
    /// Subscribed channels and patterns.
    pub(crate) subscriptions: i64,
    /// The user that AUTH named.
    pub(crate) user: Option<String>,
}

impl State {
    /// Before the first command.
    pub(super) fn new(options: &Options) -> Self {
        Self {
            database: 0,
            wanted_database: options.target.database,
            transaction: None,
            resp3: false,
            subscriptions: 0,
            user: options.user.clone(),
        }
    }

    /// What a new connection starts from.
    pub(super) fn reconnected(&mut self) {
        self.database = 0;
        self.transaction = None;
        self.resp3 = false;
        self.subscriptions = 0;
    }

    /// Takes note of a command and its reply.
    pub(super) fn note(&mut self, args: &[Vec<u8>], reply: &Value) {
        let refused = matches!(reply, Value::Error(_));
        self.note_message(reply);
        let name = args[0].to_ascii_lowercase();
        match (name.as_slice(), &args[1..]) {
            (b"select", [database]) if !refused => {
                self.database = std::str::from_utf8(database)
                    .ok()
                    .and_then(|text| text.parse().ok())
                    .unwrap_or(0);
                self.wanted_database = self.database;
            }
            (b"multi", []) if !refused => self.transaction = Some(self.database),
            (b"exec", []) => {
                // An aborted transaction ran none of its commands, a SELECT among them included.
                let before = self.transaction.take();
                if refused || reply.is_nil() {
                    self.select(before);
                }
            }
            (b"discard", []) if !refused => {
                let before = self.transaction.take();
                self.select(before);
            }
            (b"reset", []) if !refused => {
                self.reconnected();
                self.wanted_database = 0;
                self.user = None;
            }
            (b"hello", [version, ..]) if !refused => self.resp3 = version == b"3",
            (b"auth", [user, _]) if !refused => {
                self.user = Some(String::from_utf8_lossy(user).into_owned());
            }
            _ => {}
        }
    }

    /// Takes note of a pub/sub confirmation: the number of subscriptions it leaves.
    pub(super) fn note_message(&mut self, message: &Value) {
        let (Value::Array(parts) | Value::Push(parts)) = message else {
            return;
        };
        if let [Value::Bulk(kind), _, Value::Integer(subscriptions)] = parts.as_slice()
            && kind.ends_with(b"subscribe")
        {
            self.subscriptions = *subscriptions;
        }
    }

    fn select(&mut self, database: Option<i64>) {
        if let Some(database) = database {
            self.database = database;
            self.wanted_database = database;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ok() -> Value {
        Value::Simple(b"OK".to_vec())
    }

    fn after(commands: &[(&str, Value)]) -> State {
        let mut state = State::new(&Options::new(false));
        for (line, reply) in commands {
            let args: Vec<Vec<u8>> = line
                .split(' ')
                .map(|word| word.as_bytes().to_vec())
                .collect();
            state.note(&args, reply);
        }
        state
    }

    #[test]
    fn an_aborted_transaction_selects_nothing() {
        let select = [("SELECT 1", ok()), ("MULTI", ok()), ("SELECT 5", ok())];
        assert_eq!(after(&select).database, 5);
        let with = |last| after(&[select.as_slice(), &[last]].concat()).database;
        assert_eq!(with(("EXEC", Value::Array(vec![]))), 5);
        assert_eq!(with(("EXEC", Value::Null)), 1);
        assert_eq!(with(("EXEC", Value::Error(b"EXECABORT".to_vec()))), 1);
        assert_eq!(with(("DISCARD", ok())), 1);
    }

    #[test]
    fn refusals_change_nothing() {
        let error = || Value::Error(b"ERR".to_vec());
        let state = after(&[
            ("SELECT 1", error()),
            ("MULTI", error()),
            ("HELLO 3", error()),
        ]);
        assert_eq!(state, State::new(&Options::new(false)));
    }
}
