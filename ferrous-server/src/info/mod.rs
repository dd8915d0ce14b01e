//! `INFO`: what the server says of itself, in sections of `name:value` lines.
//!
//! A section is a table of fields, each a name and a function that tells its value from a [`View`]; lines whose names
//! depend on what there is, such as one per command, follow them. To add a field, add its row.

mod clients;
mod commands;
mod cpu;
mod keyspace;
mod memory;
mod persistence;
mod proc_stat;
mod replication;
mod server;
mod stats;
mod value;
mod view;

use std::fmt::{self, Display, Write as _};

pub(crate) use memory::{Memory, system_bytes};
pub(crate) use value::human_bytes;
pub(crate) use view::View;

use value::Value;

/// One line: its name, and what tells its value.
struct Field(&'static str, fn(&View<'_>) -> Value);

/// When a section is shown without being named.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Shown {
    /// By `default`, `all` and `everything`.
    Always,
    /// By `all` and `everything`: long.
    InAll,
}

/// A section; its name is its title in any case.
struct Section {
    title: &'static str,
    shown: Shown,
    fields: &'static [Field],
    /// Writes lines whose names are not known in advance.
    lines: Option<Lines>,
}

type Lines = fn(&View<'_>, &mut Report);

impl Section {
    const fn new(title: &'static str, fields: &'static [Field]) -> Self {
        Self {
            title,
            shown: Shown::Always,
            fields,
            lines: None,
        }
    }

    const fn lines(mut self, lines: Lines) -> Self {
        self.lines = Some(lines);
        self
    }

    const fn only_in_all(mut self) -> Self {
        self.shown = Shown::InAll;
        self
    }

    fn is_asked_for(&self, words: &[&[u8]]) -> bool {
        let by_default = self.shown == Shown::Always;
        let names = |word: &&[u8]| {
            let is = |name: &str| word.eq_ignore_ascii_case(name.as_bytes());
            is(self.title) || is("all") || is("everything") || (by_default && is("default"))
        };
        if words.is_empty() {
            by_default
        } else {
            words.iter().any(names)
        }
    }

    fn write(&self, view: &View<'_>, report: &mut Report) {
        report.title(self.title);
        for Field(name, value) in self.fields {
            report.line(name, value(view));
        }
        if let Some(lines) = self.lines {
            lines(view, report);
        }
    }
}

/// The lines so far.
#[derive(Default)]
struct Report(String);

impl Report {
    /// Begins a section.
    fn title(&mut self, title: &str) {
        let gap = if self.0.is_empty() { "" } else { "\r\n" };
        self.write(format_args!("{gap}# {title}\r\n"));
    }

    /// Adds a line.
    fn line(&mut self, name: impl Display, value: impl Display) {
        self.write(format_args!("{name}:{value}\r\n"));
    }

    fn write(&mut self, text: fmt::Arguments<'_>) {
        self.0
            .write_fmt(text)
            .expect("writing to a string does not fail");
    }
}

/// Every section, in the order in which they are shown.
const SECTIONS: &[Section] = &[
    Section::new("Server", server::FIELDS).lines(server::listeners),
    Section::new("Clients", clients::FIELDS),
    Section::new("Memory", memory::FIELDS),
    Section::new("Persistence", persistence::FIELDS).lines(persistence::more),
    Section::new("Stats", stats::FIELDS),
    Section::new("Replication", replication::FIELDS),
    Section::new("CPU", cpu::FIELDS),
    Section::new("Modules", &[]),
    Section::new("Commandstats", &[])
        .lines(commands::calls)
        .only_in_all(),
    Section::new("Errorstats", &[]).lines(commands::errors),
    Section::new("Latencystats", &[])
        .lines(commands::latencies)
        .only_in_all(),
    Section::new("Cluster", &[Field("cluster_enabled", |_| false.into())]),
    Section::new("Keyspace", &[]).lines(keyspace::databases),
];

/// The sections that `words` name, or the default ones when there are no words. Unknown words name nothing.
pub(crate) fn report(view: &View<'_>, words: &[&[u8]]) -> String {
    let mut report = Report::default();
    for section in SECTIONS
        .iter()
        .filter(|section| section.is_asked_for(words))
    {
        section.write(view, &mut report);
    }
    report.0
}

#[cfg(test)]
mod tests {
    use super::*;

    fn titles(words: &[&str]) -> Vec<&'static str> {
        let words: Vec<&[u8]> = words.iter().map(|word| word.as_bytes()).collect();
        let asked = SECTIONS
            .iter()
            .filter(|section| section.is_asked_for(&words));
        asked.map(|section| section.title).collect()
    }

    #[test]
    fn sections_are_found_by_name_and_by_the_names_of_groups() {
        assert_eq!(titles(&["KEYSPACE", "cpu"]), ["CPU", "Keyspace"]);
        assert_eq!(titles(&["nothing"]), [""; 0]);
        assert_eq!(titles(&[]), titles(&["default"]));
        assert_eq!(titles(&["all"]).len(), SECTIONS.len());
        assert_eq!(titles(&["everything"]).len(), SECTIONS.len());
        assert!(!titles(&[]).contains(&"Commandstats"));
        assert!(titles(&["default", "commandstats"]).contains(&"Commandstats"));
    }

    #[test]
    fn no_two_fields_share_a_name() {
        let mut names: Vec<_> = SECTIONS
            .iter()
            .flat_map(|section| section.fields)
            .map(|Field(name, _)| *name)
            .collect();
        let count = names.len();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), count);
    }
}
