//! A keyspace written in JSON, as the commands that make it.
//!
//! An object is a database, and an array is a list of databases. A string, a number or a boolean is a string, an array a
//! list, an object a hash. Whatever else a key is stands in an object of two or three members: `type`, `value`, and
//! `ttl_ms` if it expires.

use anyhow::{Context, bail};
use serde_json::{Map, Value};

/// A command's arguments, its name first.
type Argv = Vec<Vec<u8>>;

/// The commands that make each of the databases.
///
/// # Errors
/// When it is no JSON, or none that describes a keyspace.
pub(super) fn commands(bytes: &[u8]) -> anyhow::Result<Vec<Vec<Argv>>> {
    match serde_json::from_slice(bytes).context("it is no JSON")? {
        Value::Object(database) => Ok(vec![database_commands(&database)?]),
        Value::Array(databases) => databases
            .iter()
            .map(|database| {
                let database = database.as_object().context("a database is an object")?;
                database_commands(database)
            })
            .collect(),
        _ => bail!("a keyspace is an object, or an array of objects"),
    }
}

fn database_commands(database: &Map<String, Value>) -> anyhow::Result<Vec<Argv>> {
    let mut commands = Vec::new();
    for (key, value) in database {
        add_key(&mut commands, key, value).with_context(|| format!("the key '{key}'"))?;
    }
    Ok(commands)
}

fn add_key(commands: &mut Vec<Argv>, key: &str, value: &Value) -> anyhow::Result<()> {
    let Some((kind, value, ttl_ms)) = described(value) else {
        let kind = match value {
            Value::Array(_) => "list",
            Value::Object(_) => "hash",
            _ => "string",
        };
        return add_value(commands, kind, key, value);
    };
    add_value(commands, kind, key, value)?;
    if let Some(ttl_ms) = ttl_ms {
        let ttl_ms = ttl_ms.as_u64().context("`ttl_ms` is a positive number")?;
        commands.push(argv("PEXPIRE", key, [ttl_ms.to_string().into_bytes()]));
    }
    Ok(())
}

/// The type, the value and the time to live of a key that is described as an object.
fn described(value: &Value) -> Option<(&str, &Value, Option<&Value>)> {
    let members = value.as_object()?;
    let (kind, value, ttl_ms) = (
        members.get("type")?.as_str()?,
        members.get("value")?,
        members.get("ttl_ms"),
    );
    (members.len() == 2 + usize::from(ttl_ms.is_some())).then_some((kind, value, ttl_ms))
}

fn add_value(commands: &mut Vec<Argv>, kind: &str, key: &str, value: &Value) -> anyhow::Result<()> {
    commands.push(match kind {
        "string" => argv("SET", key, [text(value)?]),
        "list" => argv("RPUSH", key, texts(value)?),
        "set" => argv("SADD", key, texts(value)?),
        "hash" => argv("HSET", key, pairs(value)?),
        "zset" => {
            let scores = pairs(value)?;
            // ZADD wants the score first.
            let swapped = scores.chunks(2).flat_map(|pair| pair.iter().rev().cloned());
            argv("ZADD", key, swapped)
        }
        "stream" => return add_stream(commands, key, value),
        other => bail!("there is no type '{other}': string, list, set, hash, zset or stream"),
    });
    Ok(())
}

/// Entries are objects of `id` and `fields`.
fn add_stream(commands: &mut Vec<Argv>, key: &str, value: &Value) -> anyhow::Result<()> {
    for entry in value
        .as_array()
        .context("a stream is an array of entries")?
    {
        let id = entry.get("id").context("an entry has an `id`")?;
        let fields = entry.get("fields").context("an entry has `fields`")?;
        let words = std::iter::once(text(id)?).chain(pairs(fields)?);
        commands.push(argv("XADD", key, words));
    }
    Ok(())
}

fn argv(name: &str, key: &str, rest: impl IntoIterator<Item = Vec<u8>>) -> Argv {
    let head = [name.as_bytes().to_vec(), key.as_bytes().to_vec()];
    head.into_iter().chain(rest).collect()
}

/// A value that is one string.
fn text(value: &Value) -> anyhow::Result<Vec<u8>> {
    Ok(match value {
        Value::String(text) => text.clone().into_bytes(),
        Value::Number(number) => number.to_string().into_bytes(),
        Value::Bool(truth) => truth.to_string().into_bytes(),
        Value::Null | Value::Array(_) | Value::Object(_) => {
            bail!("{value} stands where a string or a number belongs")
        }
    })
}

fn texts(value: &Value) -> anyhow::Result<Vec<Vec<u8>>> {
    let elements = value.as_array().context("it wants an array")?;
    elements.iter().map(text).collect()
}

/// Names and values in turn.
fn pairs(value: &Value) -> anyhow::Result<Vec<Vec<u8>>> {
    let members = value.as_object().context("it wants an object")?;
    let mut words = Vec::with_capacity(2 * members.len());
    for (name, value) in members {
        words.extend([name.clone().into_bytes(), text(value)?]);
    }
    Ok(words)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn makes(json: &str, expected: &[&str]) {
        let databases = commands(json.as_bytes()).expect("it describes a keyspace");
        let lines: Vec<_> = databases
            .iter()
            .flatten()
            .map(|argv| String::from_utf8(argv.join(&b' ')).expect("it is text"))
            .collect();
        assert_eq!(lines, expected);
    }

    #[test]
    fn keys_of_every_type() {
        makes(
            r#"{"s": "a", "n": 1.5, "l": [1, "x"], "h": {"f": "v"}}"#,
            &["HSET h f v", "RPUSH l 1 x", "SET n 1.5", "SET s a"],
        );
        makes(
            r#"[{"z": {"type": "zset", "value": {"m": 2}, "ttl_ms": 9}}, {"t": {"type": "set", "value": ["a"]}}]"#,
            &["ZADD z 2 m", "PEXPIRE z 9", "SADD t a"],
        );
        makes(
            r#"{"x": {"type": "stream", "value": [{"id": "1-1", "fields": {"f": 1}}]}}"#,
            &["XADD x 1-1 f 1"],
        );
        // A member more, and it is a hash that happens to have such fields.
        makes(
            r#"{"h": {"type": "a", "value": "b", "c": "d"}}"#,
            &["HSET h c d type a value b"],
        );
    }

    #[test]
    fn refusals() {
        for json in [
            "3",
            "{\"a\": null}",
            "[1]",
            "{\"a\": {\"type\": \"x\", \"value\": 1}}",
        ] {
            assert!(commands(json.as_bytes()).is_err(), "{json}");
        }
    }
}
