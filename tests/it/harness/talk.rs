//! The usual test: one server, and the same conversation in both protocols.

use super::client::Client;
use super::reply::Reply;
use super::server::Server;

/// A server with a RESP2 and a RESP3 connection to it.
pub(crate) struct Talk {
    /// The connection that speaks RESP2.
    pub(crate) resp2: Client,
    /// The connection that speaks RESP3.
    pub(crate) resp3: Client,
    /// The server.
    pub(crate) server: Server,
}

impl Talk {
    /// With a server as it is by default.
    #[track_caller]
    pub(crate) fn new() -> Self {
        Self::with(&[])
    }

    /// With a server that is given further arguments.
    #[track_caller]
    pub(crate) fn with(args: &[&str]) -> Self {
        let server = Server::with(args);
        Self {
            resp2: server.client(),
            resp3: server.client3(),
            server,
        }
    }

    /// Runs a command in RESP2 and compares its reply.
    #[track_caller]
    pub(crate) fn check(&mut self, line: &str, expected: &str) {
        self.resp2.check(line, expected);
    }

    /// Runs a command in RESP3 and compares its reply.
    #[track_caller]
    pub(crate) fn check3(&mut self, line: &str, expected: &str) {
        self.resp3.check(line, expected);
    }

    /// Runs a command that changes nothing in both protocols and compares both replies.
    #[track_caller]
    pub(crate) fn check_both(&mut self, line: &str, in_resp2: &str, in_resp3: &str) {
        self.resp2.check(line, in_resp2);
        self.resp3.check(line, in_resp3);
    }

    /// Runs several commands in RESP2 and compares their replies.
    #[track_caller]
    pub(crate) fn check_all(&mut self, conversation: &[(&str, &str)]) {
        for (line, expected) in conversation {
            self.resp2.check(line, expected);
        }
    }

    /// Runs a command in RESP2 for its reply.
    #[track_caller]
    pub(crate) fn run(&mut self, line: &str) -> Reply {
        self.resp2.run(line)
    }
}
