//! `LATENCY DOCTOR`: what spikes may come from, and what to do about them.

use crate::observe::{Event, History};

/// The opinion on the spikes of all kinds of events, of which those above the threshold are remembered.
pub(super) fn examine(threshold_millis: u64, events: &[(Event, History)]) -> String {
    if threshold_millis == 0 && events.is_empty() {
        return "I see nothing with my eyes closed: latency monitoring is off. \"CONFIG SET latency-monitor-threshold \
                <milliseconds>\" opens them.\n"
            .to_owned();
    }
    if events.is_empty() {
        return "Not a single spike since I started to watch. Go home, all is well.\n".to_owned();
    }
    let findings: Vec<_> = events
        .iter()
        .enumerate()
        .map(|(index, (event, history))| format!("{}. {}", index + 1, finding(*event, history)))
        .collect();
    let advice: Vec<_> = events
        .iter()
        .map(|(event, _)| format!("- {}", remedy(*event)))
        .collect();
    format!(
        "Spikes I have seen, by what caused them:\n\n{}\n\nWhat you could do:\n\n{}\n",
        findings.join("\n"),
        advice.join("\n")
    )
}

/// One kind of event in figures.
fn finding(event: Event, history: &History) -> String {
    let millis: Vec<u64> = history.samples.iter().map(|sample| sample.millis).collect();
    let count = millis.len() as u64;
    let mean = millis.iter().sum::<u64>() / count.max(1);
    let deviation = millis
        .iter()
        .map(|millis| millis.abs_diff(mean))
        .sum::<u64>()
        / count.max(1);
    let times = history.samples.iter().map(|sample| sample.time_s);
    let span_s = times
        .clone()
        .max()
        .zip(times.min())
        .map_or(0, |(last, first)| last - first);
    format!(
        "{}: {count} spike(s) within {span_s} s, {mean} ms on average (mean deviation {deviation} ms), the worst {} ms.",
        event.name(),
        history.worst_millis
    )
}

fn remedy(event: Event) -> &'static str {
    match event {
        Event::Command => {
            "Look at SLOWLOG GET for the commands; ask for less at a time, or use SCAN and its kin instead of \
             whole-collection commands."
        }
        Event::EvictionCycle => {
            "Commands wait while keys are removed to make room: give maxmemory more, or lower \
             maxmemory-eviction-tenacity."
        }
        Event::ExpireCycle => {
            "Many keys expire in the same instant; spread their times to live a little."
        }
        Event::FastCommand => {
            "Even commands of constant cost were slow, so the machine was: check for swapping, noisy neighbours and \
             busy cores."
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::observe::Sample;

    #[test]
    fn the_opinion_follows_the_spikes() {
        assert!(examine(0, &[]).contains("off"));
        assert!(examine(5, &[]).contains("all is well"));
        let samples = [(10, 4), (20, 8)].map(|(time_s, millis)| Sample { time_s, millis });
        let history = History {
            samples: samples.into(),
            worst_millis: 9,
        };
        let opinion = examine(5, &[(Event::Command, history)]);
        let figures = "1. command: 2 spike(s) within 10 s, 6 ms on average (mean deviation 2 ms), the worst 9 ms.";
        assert!(
            opinion.contains(figures) && opinion.contains("SLOWLOG"),
            "{opinion}"
        );
    }
}
