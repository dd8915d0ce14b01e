//! The walk: pages of keys, and a question about each key of a page.

use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use anyhow::{anyhow, bail};
use ferrous_client::{Connection, Value};

use super::{stop_on_interrupt, text};
use crate::options::Options;

/// A walk over the keys of the selected database.
pub(super) struct Keyspace {
    connection: Connection,
    /// Servers whose keys come after those of the first.
    others: VecDeque<Connection>,
    /// Where the walk goes on; 0 before and after it.
    pub(super) cursor: u64,
    /// Keys handed out so far.
    pub(super) sampled: u64,
    /// DBSIZE at the beginning.
    pub(super) total: u64,
    pages: u64,
    started: bool,
    arguments: Vec<Vec<u8>>,
    interval: Duration,
    stop: Arc<AtomicBool>,
}

/// The servers whose keys are looked at, at least one.
pub(super) struct Servers {
    pub(super) first: Connection,
    pub(super) others: VecDeque<Connection>,
}

fn database_size(connection: &mut Connection) -> anyhow::Result<u64> {
    match connection.call(["DBSIZE"])? {
        Value::Integer(keys) => Ok(keys.max(0) as u64),
        Value::Error(message) => bail!(
            "Couldn't determine DBSIZE: {}",
            String::from_utf8_lossy(&message)
        ),
        _ => bail!("Non INTEGER response from DBSIZE!"),
    }
}

impl Keyspace {
    /// Before the first page.
    pub(super) fn new(servers: Servers, options: &Options) -> anyhow::Result<Self> {
        let Servers {
            mut first,
            mut others,
        } = servers;
        let mut total = database_size(&mut first)?;
        for other in &mut others {
            total += database_size(other)?;
        }
        let mut arguments = Vec::new();
        if let Some(pattern) = &options.pattern {
            arguments.extend([b"MATCH".to_vec(), pattern.clone()]);
        }
        if options.scan_count != 10 {
            arguments.extend([
                b"COUNT".to_vec(),
                options.scan_count.to_string().into_bytes(),
            ]);
        }
        if let Some(kind) = &options.scan_type {
            arguments.extend([b"TYPE".to_vec(), kind.clone()]);
        }
        Ok(Self {
            connection: first,
            others,
            cursor: options.cursor,
            sampled: 0,
            total,
            pages: 0,
            started: false,
            arguments,
            interval: options.interval,
            stop: stop_on_interrupt(),
        })
    }

    /// The next page, which may be empty; `None` at the end, or after Ctrl-C.
    pub(super) fn next_page(&mut self) -> anyhow::Result<Option<Vec<Vec<u8>>>> {
        if self.is_stopped() {
            return Ok(None);
        }
        if self.started && self.cursor == 0 {
            let Some(next) = self.others.pop_front() else {
                return Ok(None);
            };
            self.connection = next;
        }
        self.started = true;
        self.pages += 1;
        if self.pages.is_multiple_of(100) && !self.interval.is_zero() {
            thread::sleep(self.interval);
        }
        let mut command = vec![b"SCAN".to_vec(), self.cursor.to_string().into_bytes()];
        command.extend_from_slice(&self.arguments);
        let reply = self.connection.call(command)?;
        let Value::Array(parts) = &reply else {
            bail!("SCAN error: {}", text(&reply));
        };
        let [cursor, Value::Array(keys)] = parts.as_slice() else {
            bail!("Invalid response from SCAN");
        };
        self.cursor = text(cursor)
            .parse()
            .map_err(|_| anyhow!("Invalid response from SCAN"))?;
        let keys: Vec<Vec<u8>> = keys
            .iter()
            .filter_map(|key| match key {
                Value::Bulk(key) => Some(key.clone()),
                _ => None,
            })
            .collect();
        self.sampled += keys.len() as u64;
        Ok(Some(keys))
    }

    /// Takes back what a page had more than was wanted.
    pub(super) fn leave_out(&mut self, keys: usize) {
        self.sampled -= keys as u64;
    }

    /// True after Ctrl-C.
    pub(super) fn is_stopped(&self) -> bool {
        self.stop.load(Ordering::Relaxed)
    }

    /// How far the walk is, in percent of the keys there were at the beginning.
    pub(super) fn percent(&self) -> f64 {
        super::percent(self.sampled, self.total)
    }

    /// Asks the same of each key in one round trip. `command` puts the question, `None` skips the key.
    pub(super) fn ask<K>(
        &mut self,
        keys: &[K],
        mut command: impl FnMut(&K) -> Option<Vec<Vec<u8>>>,
    ) -> anyhow::Result<Vec<Option<Value>>> {
        let asked: Vec<bool> = keys
            .iter()
            .map(|key| {
                command(key)
                    .map(|command| self.connection.queue(&command))
                    .is_some()
            })
            .collect();
        let replies = asked
            .into_iter()
            .map(|asked| asked.then(|| self.connection.reply()).transpose());
        Ok(replies.collect::<Result<_, _>>()?)
    }

    /// The type of each key; `none` for a key that is gone.
    pub(super) fn types(&mut self, keys: &[Vec<u8>]) -> anyhow::Result<Vec<String>> {
        let replies = self.ask(keys, |key| Some(vec![b"TYPE".to_vec(), key.clone()]))?;
        keys.iter()
            .zip(replies)
            .map(|(key, reply)| match reply {
                Some(Value::Simple(kind)) => Ok(String::from_utf8_lossy(&kind).into_owned()),
                Some(Value::Error(message)) => {
                    let message = String::from_utf8_lossy(&message).into_owned();
                    bail!(
                        "TYPE returned an error: {message} for key {}",
                        super::quoted(key)
                    )
                }
                _ => bail!("Invalid reply type for TYPE on key {}!", super::quoted(key)),
            })
            .collect()
    }
}
