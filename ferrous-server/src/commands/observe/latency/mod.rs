//! `LATENCY`: spikes, and how long commands take as a rule.

mod doctor;
mod graph;
mod histogram;

use ferrous_engine::command::{Arg, Arity, Flags, Group};
use ferrous_engine::error::{CommandError, CommandResult};

use crate::commands::help;
use crate::execute::{Command, ServerCall};
use crate::observe::{Event, History};
use crate::server::now_ms;

pub(super) const LATENCY: Command = Command::new(Group::Server, "latency", Arity::AtLeast(2), help)
    .subcommands(&[
        LATENCY_DOCTOR,
        LATENCY_GRAPH,
        LATENCY_HELP,
        LATENCY_HISTOGRAM,
        LATENCY_HISTORY,
        LATENCY_LATEST,
        LATENCY_RESET,
    ])
    .since("2.8.13")
    .cost("Depends on the subcommand")
    .summary("Shows spikes of latency, and how long commands take.");

const LATENCY_DOCTOR: Command =
    Command::new(Group::Server, "doctor", Arity::Exactly(2), latency_doctor)
        .flags(
            Flags::ADMIN
                .with(Flags::LOADING)
                .with(Flags::NOSCRIPT)
                .with(Flags::STALE),
        )
        .since("2.8.13")
        .tips(&[
            "nondeterministic_output",
            "request_policy:all_nodes",
            "response_policy:special",
        ])
        .cost("O(n), n = spikes remembered")
        .summary("Says what the spikes of latency may come from.");

fn latency_doctor(call: &mut ServerCall) -> CommandResult {
    let threshold_millis = call.server.config.logging.latency_monitor_threshold.get();
    let opinion = doctor::examine(threshold_millis, &call.server.observers.latency.all());
    call.reply.verbatim(*b"txt", opinion.as_bytes());
    Ok(())
}

const LATENCY_GRAPH: Command =
    Command::new(Group::Server, "graph", Arity::Exactly(3), latency_graph)
        .flags(
            Flags::ADMIN
                .with(Flags::LOADING)
                .with(Flags::NOSCRIPT)
                .with(Flags::STALE),
        )
        .args(&[Arg::string("event")])
        .since("2.8.13")
        .tips(&[
            "nondeterministic_output",
            "request_policy:all_nodes",
            "response_policy:special",
        ])
        .cost("O(n), n = spikes remembered")
        .summary("Draws the spikes of one kind of event.");

fn latency_graph(call: &mut ServerCall) -> CommandResult {
    let name = call.argv[2];
    let found = Event::by_name(name).and_then(|event| {
        let history = call.server.observers.latency.history(event)?;
        Some((event, history))
    });
    let Some((event, history)) = found else {
        let name = String::from_utf8_lossy(name);
        return Err(CommandError::new(format!(
            "ERR No samples available for event '{name}'"
        )));
    };
    let drawing = graph::draw(event.name(), &history, now_ms() / 1000);
    call.reply.verbatim(*b"txt", drawing.as_bytes());
    Ok(())
}

const LATENCY_HELP: Command = Command::new(Group::Server, "help", Arity::Exactly(2), help)
    .flags(Flags::LOADING.with(Flags::STALE))
    .since("2.8.13")
    .cost("O(1)")
    .summary("Lists the subcommands.");

const LATENCY_HISTOGRAM: Command = Command::new(
    Group::Server,
    "histogram",
    Arity::AtLeast(2),
    latency_histogram,
)
.flags(
    Flags::ADMIN
        .with(Flags::LOADING)
        .with(Flags::NOSCRIPT)
        .with(Flags::STALE),
)
.args(&[Arg::string("command").optional().multiple()])
.since("7.0.0")
.tips(&[
    "nondeterministic_output",
    "request_policy:all_nodes",
    "response_policy:special",
])
.cost("O(n), n = commands")
.summary("Returns how long commands took, as a cumulative distribution.");

fn latency_histogram(call: &mut ServerCall) -> CommandResult {
    histogram::reply(call)
}

const LATENCY_HISTORY: Command =
    Command::new(Group::Server, "history", Arity::Exactly(3), latency_history)
        .flags(
            Flags::ADMIN
                .with(Flags::LOADING)
                .with(Flags::NOSCRIPT)
                .with(Flags::STALE),
        )
        .args(&[Arg::string("event")])
        .since("2.8.13")
        .tips(&[
            "nondeterministic_output",
            "request_policy:all_nodes",
            "response_policy:special",
        ])
        .cost("O(n), n = spikes remembered")
        .summary("Returns the spikes of one kind of event.");

fn latency_history(call: &mut ServerCall) -> CommandResult {
    let event = Event::by_name(call.argv[2]);
    let History { samples, .. } = event
        .and_then(|event| call.server.observers.latency.history(event))
        .unwrap_or_default();
    call.reply.array(samples.len());
    for sample in samples {
        call.reply.array(2);
        call.reply.integer(sample.time_s);
        call.reply.integer(sample.millis as i64);
    }
    Ok(())
}

const LATENCY_LATEST: Command =
    Command::new(Group::Server, "latest", Arity::Exactly(2), latency_latest)
        .flags(
            Flags::ADMIN
                .with(Flags::LOADING)
                .with(Flags::NOSCRIPT)
                .with(Flags::STALE),
        )
        .since("2.8.13")
        .tips(&[
            "nondeterministic_output",
            "request_policy:all_nodes",
            "response_policy:special",
        ])
        .cost("O(1)")
        .summary("Returns the latest spike of every kind of event, and the worst.");

fn latency_latest(call: &mut ServerCall) -> CommandResult {
    let events = call.server.observers.latency.all();
    call.reply.array(events.len());
    for (event, history) in events {
        let last = history
            .samples
            .back()
            .expect("a kind of event is remembered for its spikes");
        call.reply.array(4);
        call.reply.bulk(event.name().as_bytes());
        call.reply.integer(last.time_s);
        call.reply.integer(last.millis as i64);
        call.reply.integer(history.worst_millis as i64);
    }
    Ok(())
}

const LATENCY_RESET: Command =
    Command::new(Group::Server, "reset", Arity::AtLeast(2), latency_reset)
        .flags(
            Flags::ADMIN
                .with(Flags::LOADING)
                .with(Flags::NOSCRIPT)
                .with(Flags::STALE),
        )
        .args(&[Arg::string("event").optional().multiple()])
        .since("2.8.13")
        .tips(&["request_policy:all_nodes", "response_policy:agg_sum"])
        .cost("O(n), n = spikes forgotten")
        .summary("Forgets spikes, of some kinds of events or of all.");

fn latency_reset(call: &mut ServerCall) -> CommandResult {
    let latency = &call.server.observers.latency;
    let names = &call.argv[2..];
    let forgotten = if names.is_empty() {
        latency.reset_all()
    } else {
        let events = names.iter().filter_map(|name| Event::by_name(name));
        events.filter(|event| latency.reset(*event)).count()
    };
    call.reply.integer(forgotten as i64);
    Ok(())
}
