//! Messages that are no replies: pub/sub, MONITOR, invalidation.

use std::io::{self, IsTerminal};
use std::sync::atomic::Ordering;
use std::time::Duration;

use ferrous_client::Value;
use rustix::event::{PollFd, PollFlags, poll};
use rustix::termios::{LocalModes, OptionalActions, Termios, tcgetattr, tcsetattr};
use rustix::time::Timespec;

use super::{Fault, Session, Source};
use crate::options::Options;
use crate::output::{Output, render as render_reply};

impl Session {
    /// Before a subscription: says how to end it.
    pub(super) fn announce_stream(&mut self, args: &[Vec<u8>]) {
        let subscribes = [b"subscribe".as_slice(), b"psubscribe", b"ssubscribe"]
            .iter()
            .any(|name| args[0].eq_ignore_ascii_case(name));
        if !subscribes || self.options.output == Output::Raw {
            return;
        }
        let stays = self.source == Source::Prompt && io::stdin().is_terminal();
        self.print(if stays {
            b"Reading messages... (press Ctrl-C to quit or any key to type command)\n"
        } else {
            b"Reading messages... (press Ctrl-C to quit)\n"
        });
    }

    /// Prints what the server sends until the connection ends or, at the prompt, the user interrupts or types.
    pub(crate) fn watch(&mut self) -> Result<(), Fault> {
        let keyboard =
            (self.source == Source::Prompt && io::stdin().is_terminal()).then(Keyboard::watch);
        let subscribed = self.state.subscriptions > 0;
        while !self.last_failed() && (!subscribed || self.state.subscriptions > 0) {
            let Some(connection) = &mut self.connection else {
                return Err(Fault::Lost);
            };
            let message = match &keyboard {
                None => connection.receive().map(Some),
                Some(_) if Keyboard::is_pressed() => return Ok(()),
                Some(_) => connection.receive_within(KEYBOARD_PAUSE),
            };
            match message {
                Ok(None) if self.is_interrupted() => return Err(Fault::Interrupted),
                Ok(None) => {}
                Ok(Some(message)) => {
                    let text = render_reply(&message, &self.options);
                    self.print(&text);
                    self.state.note_message(&message);
                }
                Err(error) => return Err(self.broken(&error)),
            }
        }
        Ok(())
    }

    fn is_interrupted(&self) -> bool {
        self.interrupt
            .as_ref()
            .is_some_and(|flag| flag.load(Ordering::Relaxed))
    }
}

/// How long a key may wait for its effect while messages are shown.
const KEYBOARD_PAUSE: Duration = Duration::from_millis(50);

/// The terminal in a mode where a key counts as soon as it is pressed; as before when dropped.
struct Keyboard {
    saved: Option<Termios>,
}

impl Keyboard {
    fn watch() -> Self {
        let saved = tcgetattr(io::stdin()).ok();
        if let Some(saved) = &saved {
            let mut direct = saved.clone();
            direct.local_modes -= LocalModes::ICANON | LocalModes::ECHO;
            // Without it, a key counts only with the Enter key, which still works.
            let _ = tcsetattr(io::stdin(), OptionalActions::Now, &direct);
        }
        Self { saved }
    }

    fn is_pressed() -> bool {
        let now = Timespec {
            tv_sec: 0,
            tv_nsec: 0,
        };
        poll(&mut [PollFd::new(&io::stdin(), PollFlags::IN)], Some(&now))
            .is_ok_and(|ready| ready > 0)
    }
}

impl Drop for Keyboard {
    fn drop(&mut self) {
        if let Some(saved) = &self.saved {
            // The terminal may be gone, and then there is nothing to restore.
            let _ = tcsetattr(io::stdin(), OptionalActions::Now, saved);
        }
    }
}

/// The text of a push that came between a command and its reply.
pub(super) fn render(push: &Value, options: &Options) -> Vec<u8> {
    match push {
        Value::Push(parts) if options.output == Output::Standard => {
            invalidation(parts).unwrap_or_else(|| render_reply(push, options))
        }
        _ => render_reply(push, options),
    }
}

/// `-> invalidate: 'k1', 'k2'` for the keys that client-side caching must forget; `None` for other messages, the
/// one to forget everything among them.
fn invalidation(parts: &[Value]) -> Option<Vec<u8>> {
    let [Value::Bulk(kind), Value::Array(keys)] = parts else {
        return None;
    };
    if kind != b"invalidate" {
        return None;
    }
    let mut out = b"-> invalidate: ".to_vec();
    for (index, key) in keys.iter().enumerate() {
        if index > 0 {
            out.extend_from_slice(b", ");
        }
        if let Value::Bulk(key) = key {
            out.push(b'\'');
            out.extend_from_slice(key);
            out.push(b'\'');
        }
    }
    out.push(b'\n');
    Some(out)
}
