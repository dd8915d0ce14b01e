//! `COMMAND INFO`: one command as ten facts.

use ferrous_engine::command::{BeginSearch, FindKeys, KeySpec, Registered, Registry};
use ferrous_resp::Encoder;

use crate::execute::Handler;

/// Writes what is known about `command`.
pub(super) fn write(
    reply: &mut Encoder<'_>,
    registry: &Registry<Handler>,
    command: &Registered<Handler>,
) {
    let description = command.description;
    reply.array(10);
    reply.bulk(command.full_name.as_bytes());
    reply.integer(description.arity.wire());
    write_names(reply, description.flags.names());
    let (first, last, step) = first_last_step(description.keys);
    for number in [first, last, step] {
        reply.integer(number);
    }
    let categories: Vec<String> = command
        .categories
        .names()
        .map(|name| format!("@{name}"))
        .collect();
    write_names(reply, categories.iter().map(String::as_str));
    reply.set(description.tips.len());
    for tip in description.tips {
        reply.bulk(tip.as_bytes());
    }
    reply.set(description.keys.len());
    for spec in description.keys {
        write_key_spec(reply, spec);
    }
    if command.subcommands.is_empty() {
        // Released servers have it so: none is a set, some are an array.
        reply.set(0);
        return;
    }
    reply.array(command.subcommands.len());
    for id in &command.subcommands {
        write(reply, registry, registry.get(*id));
    }
}

fn write_names<'a>(reply: &mut Encoder<'_>, names: impl Iterator<Item = &'a str>) {
    let names: Vec<_> = names.collect();
    reply.set(names.len());
    for name in names {
        reply.simple(name.as_bytes());
    }
}

/// The keys as older clients know them: the first, the last (from the end when negative) and the step between them.
fn first_last_step(specs: &[KeySpec]) -> (i64, i64, i64) {
    let ranges = specs
        .iter()
        .filter_map(|spec| match (spec.begin, spec.find) {
            (BeginSearch::Index(first), FindKeys::Range { last, step, .. }) => {
                let first = i64::from(first);
                let last = if last >= 0 {
                    first + i64::from(last)
                } else {
                    i64::from(last)
                };
                Some((first, last, i64::from(step)))
            }
            _ => None,
        });
    let joined = ranges.reduce(|(first, last, step), (next_first, next_last, next_step)| {
        let last = if last < 0 || next_last < 0 {
            last.min(next_last)
        } else {
            last.max(next_last)
        };
        (first.min(next_first), last, step.max(next_step))
    });
    joined.unwrap_or((0, 0, 0))
}

fn write_key_spec(reply: &mut Encoder<'_>, spec: &KeySpec) {
    reply.map(if spec.notes.is_empty() { 3 } else { 4 });
    if !spec.notes.is_empty() {
        reply.bulk(b"notes");
        reply.bulk(spec.notes.as_bytes());
    }
    reply.bulk(b"flags");
    write_names(reply, spec.flags.names());
    match spec.begin {
        BeginSearch::Index(index) => write_part(
            reply,
            "begin_search",
            "index",
            &[("index", i64::from(index))],
        ),
        BeginSearch::Keyword {
            keyword,
            start_from,
        } => {
            write_header(reply, "begin_search", "keyword", 2);
            reply.bulk(b"keyword");
            reply.bulk(keyword.as_bytes());
            reply.bulk(b"startfrom");
            reply.integer(i64::from(start_from));
        }
        BeginSearch::Unknown => write_part(reply, "begin_search", "unknown", &[]),
    }
    match spec.find {
        FindKeys::Range { last, step, limit } => {
            let numbers = [
                ("lastkey", i64::from(last)),
                ("keystep", i64::from(step)),
                ("limit", i64::from(limit)),
            ];
            write_part(reply, "find_keys", "range", &numbers);
        }
        FindKeys::KeyNum {
            number_at,
            first,
            step,
        } => {
            let numbers = [
                ("keynumidx", i64::from(number_at)),
                ("firstkey", i64::from(first)),
                ("keystep", i64::from(step)),
            ];
            write_part(reply, "find_keys", "keynum", &numbers);
        }
        FindKeys::Unknown => write_part(reply, "find_keys", "unknown", &[]),
    }
}

fn write_header(reply: &mut Encoder<'_>, part: &str, kind: &str, numbers: usize) {
    reply.bulk(part.as_bytes());
    reply.map(2);
    reply.bulk(b"type");
    reply.bulk(kind.as_bytes());
    reply.bulk(b"spec");
    reply.map(numbers);
}

fn write_part(reply: &mut Encoder<'_>, part: &str, kind: &str, numbers: &[(&str, i64)]) {
    write_header(reply, part, kind, numbers.len());
    for (name, number) in numbers {
        reply.bulk(name.as_bytes());
        reply.integer(*number);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn several_ranges_join_into_one() {
        assert_eq!(first_last_step(&[KeySpec::at(1)]), (1, 1, 1));
        assert_eq!(first_last_step(&[KeySpec::range(1, -1, 2)]), (1, -1, 2));
        assert_eq!(
            first_last_step(&[KeySpec::at(2), KeySpec::range(3, -1, 1)]),
            (2, -1, 1)
        );
        assert_eq!(
            first_last_step(&[KeySpec::at(1), KeySpec::at(2)]),
            (1, 2, 1)
        );
        assert_eq!(first_last_step(&[KeySpec::counted(1, 1)]), (0, 0, 0));
    }
}
