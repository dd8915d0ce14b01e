//! Sending commands and printing their replies.

use std::thread;

use ferrous_client::{ClientError, Redirect, Value};

use super::{Fault, Session, Source};
use crate::output::{render, render_text};
use crate::{fan_out, print_line, talk};

/// What a reply means for the command that was sent.
enum Answer {
    /// It is done.
    Done,
    /// Another node serves its keys: send it again.
    Redirected { asking: bool },
}

impl Session {
    /// Sends a command `repeat` times (negative: for ever) and prints each reply.
    pub(crate) fn issue(&mut self, args: &[Vec<u8>], repeat: i64) -> Result<(), Fault> {
        match fan_out::split(args) {
            Some(Ok(aimed)) => return fan_out::run(self, &aimed.nodes, aimed.command),
            Some(Err(message)) => {
                talk!("{message}");
                return Err(Fault::NotSent);
            }
            None => {}
        }
        self.refuse_writes(args)?;
        let mut asking = false;
        loop {
            self.connect(false)?;
            if asking {
                self.send_asking()?;
            }
            match self.send_repeatedly(args, repeat)? {
                Answer::Done => return Ok(()),
                Answer::Redirected { asking: ask } => asking = ask,
            }
        }
    }

    /// On a read-only connection, ends a command that may write before it is sent.
    pub(crate) fn refuse_writes(&self, args: &[Vec<u8>]) -> Result<(), Fault> {
        if !self.options.read_only || !crate::catalog::writes(args) {
            return Ok(());
        }
        talk!(
            "The connection is read-only: {} was not sent.",
            String::from_utf8_lossy(&args[0])
        );
        Err(Fault::NotSent)
    }

    fn send_asking(&mut self) -> Result<(), Fault> {
        match self.quiet_call(|connection| connection.call(["ASKING"]))? {
            Value::Error(message) => {
                talk!("ASKING failed: {}", String::from_utf8_lossy(&message));
                Err(Fault::Refused)
            }
            _ => Ok(()),
        }
    }

    fn send_repeatedly(&mut self, args: &[Vec<u8>], repeat: i64) -> Result<Answer, Fault> {
        let mut left = repeat;
        while left != 0 {
            left -= i64::from(left > 0);
            if let redirected @ Answer::Redirected { .. } = self.send_once(args)? {
                return Ok(redirected);
            }
            if !self.options.interval.is_zero() {
                thread::sleep(self.options.interval);
            }
        }
        Ok(Answer::Done)
    }

    fn send_once(&mut self, args: &[Vec<u8>]) -> Result<Answer, Fault> {
        let name = args[0].to_ascii_lowercase();
        let reply = match self.exchange(args) {
            Ok(reply) => reply,
            // SHUTDOWN has no other answer than silence.
            Err(error) if name == b"shutdown" && error.is_disconnect() => {
                self.connection = None;
                return Ok(Answer::Done);
            }
            Err(error) => return Err(self.broken(&error)),
        };
        if let Some(answer) = self.redirected(&reply) {
            return Ok(answer);
        }
        self.finish(args, reply);
        match name.as_slice() {
            b"auth" if matches!(args.len(), 2 | 3) => self.select_wanted()?,
            b"monitor" if !self.last_failed() => self.watch()?,
            // A shell of MONITOR or pub/sub shows messages until it is left; so does a subscribed prompt.
            _ if self.state.subscriptions > 0 => self.watch()?,
            _ => {}
        }
        Ok(Answer::Done)
    }

    /// One command and its reply; at the prompt, a connection that was closed meanwhile is made anew first.
    fn exchange(&mut self, args: &[Vec<u8>]) -> Result<Value, ClientError> {
        self.announce_stream(args);
        let first = self.try_exchange(args);
        match first {
            Err(error)
                if error.is_disconnect()
                    && self.source != Source::Arguments
                    && args[0] != b"shutdown" =>
            {
                let lost = self.state.clone();
                self.connection = None;
                if self.connect(false).is_err() {
                    return Err(error);
                }
                self.report_loss(&lost);
                self.try_exchange(args)
            }
            other => other,
        }
    }

    fn try_exchange(&mut self, args: &[Vec<u8>]) -> Result<Value, ClientError> {
        let Some(connection) = &mut self.connection else {
            return Err(ClientError::Closed);
        };
        connection.queue(args);
        loop {
            match connection.receive()? {
                // The confirmation of a subscription is the reply, though RESP3 sends it as a push.
                Value::Push(parts) if is_confirmation(&parts, args) => {
                    return Ok(Value::Push(parts));
                }
                push @ Value::Push(_) => {
                    if self.options.show_pushes {
                        let text = super::pushes::render(&push, &self.options);
                        match &mut self.capture {
                            Some(capture) => capture.extend_from_slice(&text),
                            None => crate::say(&text),
                        }
                    }
                }
                reply => return Ok(reply),
            }
        }
    }

    /// Says what a person at the prompt lost with the connection.
    fn report_loss(&self, lost: &super::State) {
        if self.source != Source::Prompt {
            return;
        }
        if lost.transaction.is_some() {
            talk!("(reconnected; the transaction was lost: none of its commands ran)");
        } else if lost.subscriptions > 0 {
            talk!(
                "(reconnected; {} subscriptions were lost)",
                lost.subscriptions
            );
        } else {
            talk!("(reconnected)");
        }
    }

    /// With `-c`, goes where MOVED and ASK point.
    fn redirected(&mut self, reply: &Value) -> Option<Answer> {
        let Value::Error(error) = reply else {
            return None;
        };
        let redirect = Redirect::parse(error, &self.options.target.address)
            .filter(|_| self.options.follow_redirects)?;
        if self.source != Source::Arguments {
            print_line!(
                "-> Redirected to slot [{}] located at {}",
                redirect.slot,
                redirect.address
            );
        }
        self.options.target = self.options.target.at(redirect.address);
        self.connection = None;
        Some(Answer::Redirected {
            asking: redirect.ask,
        })
    }

    /// Prints the reply and takes note of what it means for the session.
    fn finish(&mut self, args: &[Vec<u8>], reply: Value) {
        if let Value::Error(message) = &reply
            && self.source == Source::Arguments
            && (self.options.error_status || self.options.strict)
        {
            talk!("{}", String::from_utf8_lossy(message));
            std::process::exit(1);
        }
        let decoded = self
            .options
            .decode
            .and_then(|decoder| decoder.decode(&reply));
        let text = if let Some(decoded) = decoded {
            decoded
        } else if is_text_page(args) {
            render_text(&reply, &self.options)
        } else {
            render(&reply, &self.options)
        };
        self.print(&text);
        self.state.note(args, &reply);
        self.last_reply = Some(reply);
    }
}

fn is_confirmation(parts: &[Value], args: &[Vec<u8>]) -> bool {
    matches!(parts.first(), Some(Value::Bulk(kind) | Value::Simple(kind)) if kind.eq_ignore_ascii_case(&args[0]))
}

/// The command's reply is a page of text, printed as it is in every compatible form.
fn is_text_page(args: &[Vec<u8>]) -> bool {
    let word = |index: usize| {
        args.get(index)
            .map(|arg| arg.to_ascii_lowercase())
            .unwrap_or_default()
    };
    let (name, sub) = (word(0), word(1));
    matches!(
        (name.as_slice(), sub.as_slice(), args.len()),
        (b"info" | b"lolwut", ..)
            | (
                b"debug",
                b"htstats" | b"htstats-key" | b"client-eviction",
                _
            )
            | (b"memory", b"malloc-stats" | b"doctor", _)
            | (b"cluster", b"nodes" | b"info", 2)
            | (b"client", b"list" | b"info", _)
            | (b"latency", b"graph", 3)
            | (b"latency", b"doctor", 2)
            | (b"proxy", b"info" | b"cluster", _)
    )
}
