//! `--scan`: prints keys, or acts on them.

use std::fs;
use std::path::Path;
use std::process::ExitCode;
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, bail};
use ferrous_client::{Connection, Target, Value, apply_uri};
use indicatif::{ProgressBar, ProgressStyle};

use super::keyspace::{Keyspace, Servers};
use super::quoted;
use crate::options::{Action, Expiry, Filters, Options};
use crate::output::Output;
use crate::talk;

pub(super) fn run(servers: Servers, options: &Options) -> anyhow::Result<ExitCode> {
    let mut keyspace = Keyspace::new(servers, options)?;
    match &options.actions.action {
        None => print_keys(&mut keyspace, options),
        Some(action) => act(&mut keyspace, action, options),
    }
}

fn print_keys(keyspace: &mut Keyspace, options: &Options) -> anyhow::Result<ExitCode> {
    while let Some(keys) = next_page(keyspace, &options.filters)? {
        let mut page = Vec::new();
        for key in keys {
            match options.output {
                Output::Standard => ferrous_client::quote_into(&mut page, &key),
                output if output.is_json() => {
                    ferrous_client::print::strict_json(&mut page, &Value::Bulk(key));
                }
                _ => page.extend_from_slice(&key),
            }
            page.push(b'\n');
        }
        crate::say(&page);
        if !options.interval.is_zero() {
            thread::sleep(options.interval);
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// The keys of the next page that pass the filters.
fn next_page(keyspace: &mut Keyspace, filters: &Filters) -> anyhow::Result<Option<Vec<Vec<u8>>>> {
    let Some(mut keys) = keyspace.next_page()? else {
        return Ok(None);
    };
    let all = keys.len();
    if let Some(expiry) = filters.expiry {
        let times = keyspace.ask(&keys, |key| Some(vec![b"TTL".to_vec(), key.clone()]))?;
        keys = keep(keys, times, |seconds| match expiry {
            Expiry::Never => seconds == -1,
            Expiry::Within(most) => u64::try_from(seconds).is_ok_and(|seconds| seconds <= most),
        });
    }
    if let Some(least) = filters.memory_min {
        let sizes = keyspace.ask(&keys, |key| {
            Some(vec![b"MEMORY".to_vec(), b"USAGE".to_vec(), key.clone()])
        })?;
        keys = keep(keys, sizes, |bytes| {
            u64::try_from(bytes).is_ok_and(|bytes| bytes >= least)
        });
    }
    keyspace.leave_out(all - keys.len());
    Ok(Some(keys))
}

/// The keys whose answer is a number that fits; a key that is gone has none.
fn keep(
    keys: Vec<Vec<u8>>,
    answers: Vec<Option<Value>>,
    fits: impl Fn(i64) -> bool,
) -> Vec<Vec<u8>> {
    let fits =
        |answer: Option<Value>| matches!(answer, Some(Value::Integer(number)) if fits(number));
    keys.into_iter()
        .zip(answers)
        .filter_map(|(key, answer)| fits(answer).then_some(key))
        .collect()
}

/// Does the same with every key, a page at a time, and tells how it went.
fn act(keyspace: &mut Keyspace, action: &Action, options: &Options) -> anyhow::Result<ExitCode> {
    let mut destination = match action {
        Action::CopyTo(uri) if !options.actions.dry_run => Some(connect_to(uri)?),
        Action::Dump(directory) if !options.actions.dry_run => {
            fs::create_dir_all(directory)
                .with_context(|| format!("Can't create {}", directory.display()))?;
            None
        }
        _ => None,
    };
    let bar = ProgressBar::new(keyspace.total);
    if let Ok(style) = ProgressStyle::with_template("{wide_bar} {pos}/{len} keys seen, {eta} left")
    {
        bar.set_style(style);
    }
    let start = Instant::now();
    let (mut done, mut failed) = (0_u64, 0_u64);
    while let Some(keys) = next_page(keyspace, &options.filters)? {
        bar.set_position(keyspace.sampled.min(keyspace.total));
        if options.actions.dry_run {
            for key in &keys {
                bar.suspend(|| crate::say(format!("{}\n", quoted(key)).as_bytes()));
            }
            done += keys.len() as u64;
            continue;
        }
        for outcome in act_on_page(keyspace, action, &keys, destination.as_mut())? {
            match outcome {
                Ok(changed) => done += u64::from(changed),
                Err(message) => {
                    failed += 1;
                    bar.suspend(|| talk!("{message}"));
                }
            }
        }
        if let Some(rate) = options.actions.rate {
            let due = Duration::from_secs_f64(done as f64 / f64::from(rate));
            thread::sleep(due.saturating_sub(start.elapsed()));
        }
    }
    bar.finish_and_clear();
    let verb = if options.actions.dry_run {
        "would be changed"
    } else {
        "changed"
    };
    talk!(
        "{} keys seen, {done} {verb}, {failed} failed",
        keyspace.sampled
    );
    Ok(if failed == 0 {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

fn connect_to(uri: &str) -> anyhow::Result<Connection> {
    let mut target = Target::default();
    apply_uri(&mut target, uri)?;
    Connection::connect(&target).with_context(|| format!("Could not connect to {}", target.address))
}

/// Whether each key was changed, or why not.
type Outcomes = Vec<Result<bool, String>>;

fn act_on_page(
    keyspace: &mut Keyspace,
    action: &Action,
    keys: &[Vec<u8>],
    destination: Option<&mut Connection>,
) -> anyhow::Result<Outcomes> {
    let simple = |command: &[&[u8]]| Some(command.iter().map(|word| word.to_vec()).collect());
    match action {
        Action::Unlink => {
            let replies = keyspace.ask(keys, |key| simple(&[b"UNLINK", key]))?;
            Ok(outcomes(keys, replies))
        }
        Action::Expire(time) => {
            let seconds = time.as_secs().to_string();
            let replies =
                keyspace.ask(keys, |key| simple(&[b"EXPIRE", key, seconds.as_bytes()]))?;
            Ok(outcomes(keys, replies))
        }
        Action::Dump(directory) => {
            let payloads = keyspace.ask(keys, |key| simple(&[b"DUMP", key]))?;
            keys.iter()
                .zip(payloads)
                .map(|(key, payload)| write_dump(directory, key, payload))
                .collect()
        }
        Action::CopyTo(_) => match destination {
            Some(destination) => copy_page(keyspace, keys, destination),
            None => bail!("no destination"),
        },
    }
}

fn outcomes(keys: &[Vec<u8>], replies: Vec<Option<Value>>) -> Outcomes {
    keys.iter()
        .zip(replies)
        .map(|(key, reply)| match reply {
            Some(Value::Error(message)) => Err(format!(
                "{}: {}",
                quoted(key),
                String::from_utf8_lossy(&message)
            )),
            Some(Value::Integer(0)) => Ok(false),
            _ => Ok(true),
        })
        .collect()
}

/// Writes a payload to a file named by the key in hexadecimal: any bytes make a file name that way.
fn write_dump(
    directory: &Path,
    key: &[u8],
    payload: Option<Value>,
) -> anyhow::Result<Result<bool, String>> {
    let Some(Value::Bulk(payload)) = payload else {
        return Ok(Ok(false));
    };
    let path = directory.join(format!("{}.dump", crate::decode::hex(key)));
    fs::write(&path, payload).with_context(|| format!("Can't write {}", path.display()))?;
    Ok(Ok(true))
}

fn copy_page(
    keyspace: &mut Keyspace,
    keys: &[Vec<u8>],
    destination: &mut Connection,
) -> anyhow::Result<Outcomes> {
    let simple = |command: &[&[u8]]| Some(command.iter().map(|word| word.to_vec()).collect());
    let payloads = keyspace.ask(keys, |key| simple(&[b"DUMP", key]))?;
    let expiries = keyspace.ask(keys, |key| simple(&[b"PTTL", key]))?;
    let mut sent = Vec::new();
    for ((key, payload), expiry) in keys.iter().zip(payloads).zip(expiries) {
        let (Some(Value::Bulk(payload)), Some(Value::Integer(ttl))) = (payload, expiry) else {
            continue;
        };
        let ttl = ttl.max(0).to_string();
        destination.queue([
            b"RESTORE".as_slice(),
            key,
            ttl.as_bytes(),
            &payload,
            b"REPLACE",
        ]);
        sent.push(key.clone());
    }
    let replies = sent
        .iter()
        .map(|_| destination.reply().map(Some))
        .collect::<Result<Vec<_>, _>>()?;
    Ok(outcomes(&sent, replies))
}
