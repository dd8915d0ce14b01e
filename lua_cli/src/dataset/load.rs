//! `--data`: what the keyspace holds before a script runs.
//!
//! What a file is shows in its first bytes: an RDB file begins with its magic, JSON with a bracket, and all else is
//! commands, one on a line, as `redis-cli` reads them.

use std::fs;
use std::path::Path;

use anyhow::{Context, anyhow, bail};
use ferrous_client::split_line;
use ferrous_engine::codec;
use ferrous_persist::rdb::{Event, RdbReader, ReadOptions, Validation};
use ferrous_resp::Protocol;

use super::{Dataset, json};

/// What a file holds besides keys: the code of libraries of functions.
pub(crate) type Libraries = Vec<Vec<u8>>;

impl Dataset {
    /// Adds what a file holds.
    ///
    /// # Errors
    /// When it cannot be read, is damaged, or holds what no keyspace can.
    pub(crate) fn load(&mut self, path: &Path) -> anyhow::Result<Libraries> {
        let bytes = fs::read(path).with_context(|| format!("cannot read {}", path.display()))?;
        self.begin(false);
        let loaded = if bytes.starts_with(b"REDIS") || bytes.starts_with(b"VALKEY") {
            self.load_rdb(&bytes)
        } else if matches!(bytes.trim_ascii_start().first(), Some(b'{' | b'[')) {
            self.load_json(&bytes)
        } else {
            self.load_commands(&bytes)
        };
        loaded.with_context(|| format!("cannot load {}", path.display()))
    }

    fn load_rdb(&mut self, bytes: &[u8]) -> anyhow::Result<Libraries> {
        let options = ReadOptions {
            checksum: true,
            // What commands walk without looking has to be looked at before.
            validation: Validation::Full,
        };
        let mut reader = RdbReader::new(bytes, options)?;
        let (mut database, mut name, mut libraries) = (0, Vec::new(), Libraries::new());
        while let Some(event) = reader.next_event()? {
            let (encoding, expire_at_ms) = match event {
                Event::Key(key) => {
                    name.clear();
                    name.extend_from_slice(key.name);
                    (key.encoding, key.expire_at_ms)
                }
                Event::SelectDb(number) => {
                    database = database_number(number)?;
                    continue;
                }
                Event::Function(code) => {
                    libraries.push(code.to_vec());
                    continue;
                }
                Event::ModuleAux { module, .. } => {
                    bail!("it has data of a module that is not there: {module}")
                }
                Event::KeyMetadata { class } => {
                    bail!("it has metadata of a module that is not there: class {class:#x}")
                }
                Event::Aux { .. }
                | Event::Resize { .. }
                | Event::Slot { .. }
                | Event::SlotImport { .. } => continue,
            };
            let seed = self.keyspace.seed();
            let loaded = codec::load(encoding, &mut reader, &self.limits, seed)?;
            let due = expire_at_ms.is_some_and(|deadline| deadline <= self.now_ms);
            if let Some(loaded) = loaded.filter(|_| !due) {
                let entry = loaded.into_entry(&name, expire_at_ms);
                self.keyspace
                    .restore(database, entry, false)
                    .map_err(|entry| {
                        let key = entry.key().escape_ascii();
                        anyhow!("the key '{key}' is there twice in database {database}")
                    })?;
            }
        }
        Ok(libraries)
    }

    fn load_json(&mut self, bytes: &[u8]) -> anyhow::Result<Libraries> {
        for (database, commands) in json::commands(bytes)?.into_iter().enumerate() {
            self.database = database_number(database as u64)?;
            for command in commands {
                let argv: Vec<&[u8]> = command.iter().map(Vec::as_slice).collect();
                self.load_command(&argv)?;
            }
        }
        Ok(Libraries::new())
    }

    fn load_commands(&mut self, bytes: &[u8]) -> anyhow::Result<Libraries> {
        let lines = bytes.split(|byte| *byte == b'\n');
        for (number, line) in (1..).zip(lines) {
            let line = line.trim_ascii();
            if line.is_empty() || line.starts_with(b"#") {
                continue;
            }
            let words =
                split_line(line).with_context(|| format!("line {number}: unbalanced quotes"))?;
            let argv: Vec<&[u8]> = words.iter().map(Vec::as_slice).collect();
            self.load_command(&argv)
                .with_context(|| format!("line {number}"))?;
        }
        Ok(Libraries::new())
    }

    fn load_command(&mut self, argv: &[&[u8]]) -> anyhow::Result<()> {
        let mut reply = Vec::new();
        self.call(argv, Protocol::Resp2, &mut reply);
        if let Some(error) = reply.strip_prefix(b"-") {
            let name = argv[0].escape_ascii();
            bail!("{name}: {}", error.trim_ascii().escape_ascii());
        }
        Ok(())
    }
}

fn database_number(number: u64) -> anyhow::Result<usize> {
    usize::try_from(number)
        .ok()
        .filter(|number| *number < super::DATABASES)
        .with_context(|| {
            let databases = super::DATABASES;
            format!("it has a database {number}, but there are {databases}")
        })
}
