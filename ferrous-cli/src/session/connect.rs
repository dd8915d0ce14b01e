//! Making the connection, and the words that are printed when that fails.

use ferrous_client::{ClientError, Connection, Protocol, Value};

use super::{Fault, Session, Source};
use crate::talk;

impl Session {
    /// Connects, unless connected. A failure to reach the server is reported unless `quiet`.
    ///
    /// A refused password or database is reported but leaves the session usable, except with `--strict`.
    pub(crate) fn connect(&mut self, quiet: bool) -> Result<(), Fault> {
        if self.connection.is_some() {
            return Ok(());
        }
        self.state.reconnected();
        let mut connection = Connection::open(&self.options.target).map_err(|error| {
            if !quiet {
                talk!(
                    "Could not connect to Redis at {}: {error}",
                    self.options.target.address
                );
            }
            match error {
                ClientError::Connect(error) if error.kind() == std::io::ErrorKind::TimedOut => {
                    Fault::TimedOut
                }
                _ => Fault::Unreachable,
            }
        })?;
        if let Some(flag) = &self.interrupt {
            connection.interrupt_on(flag.clone());
        }
        self.connection = Some(connection);
        match self.log_in() {
            Err(Fault::Refused) if !self.options.strict => Ok(()),
            outcome => outcome,
        }
    }

    /// Connects for a mode that needs everything to be in order: a refusal is an error, too.
    pub(crate) fn connect_or_fail(&mut self) -> Result<&mut Connection, Fault> {
        self.options.strict = true;
        self.connect(false)?;
        Ok(self
            .connection
            .as_mut()
            .expect("connect() has just succeeded"))
    }

    /// Drops the connection, whatever state it is in, and makes a new one.
    pub(crate) fn reconnect(&mut self) -> Result<(), Fault> {
        self.connection = None;
        self.connect(false)
    }

    /// AUTH, SELECT and HELLO; the first refusal ends it.
    fn log_in(&mut self) -> Result<(), Fault> {
        if let Some(credentials) = self.options.target.credentials.clone() {
            let reply = self.quiet_call(|connection| connection.auth(&credentials))?;
            Self::accepted("AUTH", &reply)?;
        }
        if let Some(name) = self.options.target.client_name.clone() {
            let reply =
                self.quiet_call(|connection| connection.call(["CLIENT", "SETNAME", &name]))?;
            Self::accepted("CLIENT SETNAME", &reply)?;
        }
        self.select_wanted()?;
        if self.options.target.protocol != Protocol::Resp2 {
            let reply = self.quiet_call(|connection| connection.call(["HELLO", "3"]))?;
            let outcome = Self::accepted("HELLO 3", &reply);
            self.state.resp3 = outcome.is_ok();
            if self.options.target.protocol == Protocol::Resp3 {
                return outcome;
            }
        }
        Ok(())
    }

    /// Selects the database to be in, unless the session is there already.
    pub(super) fn select_wanted(&mut self) -> Result<(), Fault> {
        let wanted = self.state.wanted_database;
        if wanted == self.state.database {
            return Ok(());
        }
        let reply =
            self.quiet_call(|connection| connection.call(["SELECT", &wanted.to_string()]))?;
        Self::accepted(&format!("SELECT {wanted}"), &reply)?;
        self.state.database = wanted;
        Ok(())
    }

    fn accepted(step: &str, reply: &Value) -> Result<(), Fault> {
        match reply {
            Value::Error(message) => {
                talk!("{step} failed: {}", String::from_utf8_lossy(message));
                Err(Fault::Refused)
            }
            _ => Ok(()),
        }
    }

    /// Sends something of our own, whose reply is not printed.
    pub(crate) fn quiet_call(
        &mut self,
        send: impl FnOnce(&mut Connection) -> Result<Value, ClientError>,
    ) -> Result<Value, Fault> {
        let Some(connection) = &mut self.connection else {
            return Err(Fault::Lost);
        };
        send(connection).map_err(|error| self.broken(&error))
    }

    /// Reports a broken connection and forgets it; away from the prompt, that ends the program.
    pub(super) fn broken(&mut self, error: &ClientError) -> Fault {
        if matches!(error, ClientError::Interrupted) {
            return Fault::Interrupted;
        }
        self.connection = None;
        talk!("Error: {error}");
        let timed_out = matches!(error, ClientError::Io(error) if error.kind() == std::io::ErrorKind::WouldBlock);
        if self.source == Source::Arguments {
            std::process::exit(if self.options.strict && timed_out {
                4
            } else {
                1
            });
        }
        if timed_out {
            Fault::TimedOut
        } else {
            Fault::Lost
        }
    }
}
