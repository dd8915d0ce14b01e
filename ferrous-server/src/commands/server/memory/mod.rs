//! `MEMORY`, as far as it is about the server; what a key costs, the engine knows.

mod doctor;

use ferrous_engine::command::{Arity, Flags, Group};
use ferrous_engine::error::CommandResult;
use ferrous_resp::Encoder;

use crate::allocator;
use crate::commands::help;
use crate::execute::{Command, ServerCall};
use crate::info::View;

/// The engine's container of the same name has the rest of the row.
pub(super) const MEMORY: Command = Command::new(Group::Server, "memory", Arity::AtLeast(2), help)
    .subcommands(&[
        MEMORY_DOCTOR,
        MEMORY_MALLOC_STATS,
        MEMORY_PURGE,
        MEMORY_STATS,
    ]);

const MEMORY_DOCTOR: Command =
    Command::new(Group::Server, "doctor", Arity::Exactly(2), memory_doctor)
        .since("4.0.0")
        .tips(&[
            "nondeterministic_output",
            "request_policy:all_shards",
            "response_policy:special",
        ])
        .cost("O(1)")
        .summary("Says what is wrong with the server's memory, if anything.");

fn memory_doctor(call: &mut ServerCall) -> CommandResult {
    let view = View::of(call);
    let opinion = doctor::examine(view.memory(), view.keys(), call.server.clients.len());
    call.reply.verbatim(*b"txt", opinion.as_bytes());
    Ok(())
}

const MEMORY_MALLOC_STATS: Command = Command::new(
    Group::Server,
    "malloc-stats",
    Arity::Exactly(2),
    memory_malloc_stats,
)
.flags(Flags::LOADING)
.since("4.0.0")
.tips(&[
    "nondeterministic_output",
    "request_policy:all_shards",
    "response_policy:special",
])
.cost("O(1)")
.summary("Returns the allocator's own report.");

fn memory_malloc_stats(call: &mut ServerCall) -> CommandResult {
    call.reply.verbatim(*b"txt", allocator::report().as_bytes());
    Ok(())
}

const MEMORY_PURGE: Command = Command::new(Group::Server, "purge", Arity::Exactly(2), memory_purge)
    .flags(Flags::LOADING)
    .since("4.0.0")
    .tips(&["request_policy:all_shards", "response_policy:all_succeeded"])
    .cost("O(n), n = pages that are given back")
    .summary("Gives unused memory back to the system.");

fn memory_purge(call: &mut ServerCall) -> CommandResult {
    allocator::purge();
    call.reply.ok();
    Ok(())
}

const MEMORY_STATS: Command = Command::new(Group::Server, "stats", Arity::Exactly(2), memory_stats)
    .since("4.0.0")
    .tips(&[
        "nondeterministic_output",
        "request_policy:all_shards",
        "response_policy:special",
    ])
    .cost("O(n), n = partitions and clients")
    .summary("Returns how memory is used, figure by figure.");

/// One figure of the reply.
enum Figure {
    Int(i64),
    Ratio(f64),
}

fn memory_stats(call: &mut ServerCall) -> CommandResult {
    let view = View::of(call);
    let (before, after) = (parts(&view), sums(&view));
    let databases = view
        .sizes()
        .iter()
        .enumerate()
        .filter(|(_, size)| size.keys > 0);
    call.reply
        .map(before.len() + databases.clone().count() + after.len());
    write(call.reply, &before);
    for (index, size) in databases {
        call.reply.bulk(format!("db.{index}").as_bytes());
        call.reply.map(2);
        let bytes = |bytes: usize| Figure::Int(bytes as i64);
        write(
            call.reply,
            &[
                ("overhead.hashtable.main", bytes(size.table_bytes)),
                ("overhead.hashtable.expires", bytes(size.deadline_bytes)),
            ],
        );
    }
    write(call.reply, &after);
    Ok(())
}

fn write(reply: &mut Encoder<'_>, figures: &[(&str, Figure)]) {
    for (name, figure) in figures {
        reply.bulk(name.as_bytes());
        match figure {
            Figure::Int(number) => reply.integer(*number),
            Figure::Ratio(ratio) => reply.double(*ratio),
        }
    }
}

/// What memory is used for.
fn parts(view: &View<'_>) -> [(&'static str, Figure); 10] {
    use Figure::Int;
    let memory = view.memory();
    let scripting = &view.server.scripting;
    [
        ("peak.allocated", Int(memory.peak as i64)),
        ("total.allocated", Int(memory.used as i64)),
        ("startup.allocated", Int(memory.startup as i64)),
        ("replication.backlog", Int(0)),
        ("clients.slaves", Int(0)),
        ("clients.normal", Int(memory.clients as i64)),
        ("cluster.links", Int(0)),
        ("aof.buffer", Int(0)),
        ("lua.caches", Int(scripting.scripts.heap_bytes() as i64)),
        ("functions.caches", Int(scripting.library_bytes() as i64)),
    ]
}

/// What it comes to, and how well it is used.
fn sums(view: &View<'_>) -> [(&'static str, Figure); 17] {
    use Figure::{Int, Ratio};
    let (memory, keys) = (view.memory(), view.keys() as u64);
    let since_start = memory.used.saturating_sub(memory.startup);
    let allocator = &memory.allocator;
    let ratio = |part: u64, whole: u64| Ratio(part as f64 / whole.max(1) as f64);
    let excess = |part: u64, whole: u64| Int(part as i64 - whole as i64);
    [
        ("overhead.total", Int(memory.overhead() as i64)),
        ("keys.count", Int(keys as i64)),
        (
            "keys.bytes-per-key",
            Int(since_start.checked_div(keys).unwrap_or(0) as i64),
        ),
        ("dataset.bytes", Int(memory.dataset() as i64)),
        ("dataset.percentage", Ratio(memory.dataset_percent())),
        ("peak.percentage", Ratio(memory.peak_percent())),
        ("allocator.allocated", Int(allocator.allocated as i64)),
        ("allocator.active", Int(allocator.active as i64)),
        ("allocator.resident", Int(allocator.resident as i64)),
        (
            "allocator-fragmentation.ratio",
            ratio(allocator.active, allocator.allocated),
        ),
        (
            "allocator-fragmentation.bytes",
            excess(allocator.active, allocator.allocated),
        ),
        (
            "allocator-rss.ratio",
            ratio(allocator.resident, allocator.active),
        ),
        (
            "allocator-rss.bytes",
            excess(allocator.resident, allocator.active),
        ),
        ("rss-overhead.ratio", ratio(memory.rss, allocator.resident)),
        ("rss-overhead.bytes", excess(memory.rss, allocator.resident)),
        ("fragmentation", ratio(memory.rss, memory.used)),
        ("fragmentation.bytes", Int(memory.fragmentation_bytes())),
    ]
}
