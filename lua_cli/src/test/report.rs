//! What became of tests, for people and for machines.

use serde_json::json;

use super::Outcome;
use crate::options::Format;

/// The report.
pub(super) fn written(format: Format, outcomes: &[Outcome], files: usize) -> String {
    match format {
        Format::Text => as_text(outcomes, files),
        Format::Json => as_json(outcomes),
        Format::Junit => as_junit(outcomes),
    }
}

fn as_text(outcomes: &[Outcome], files: usize) -> String {
    let by_file = outcomes.chunk_by(|one, next| one.file == next.file);
    let text = by_file.flat_map(|of_file| {
        let head = format!("{}\n", of_file[0].file);
        std::iter::once(head).chain(of_file.iter().map(line))
    });
    let text: String = text.collect();
    let failed = failures(outcomes);
    let passed = outcomes.len() - failed;
    let unit = if files == 1 { "file" } else { "files" };
    text + &format!("{passed} passed, {failed} failed, in {files} {unit}\n")
}

fn line(outcome: &Outcome) -> String {
    match &outcome.problem {
        None => format!("  ok    {} ({:.1} ms)\n", outcome.name, outcome.millis),
        Some(problem) => format!("  FAIL  {}\n        {problem}\n", outcome.name),
    }
}

fn failures(outcomes: &[Outcome]) -> usize {
    let failed = outcomes.iter().filter(|outcome| outcome.problem.is_some());
    failed.count()
}

fn as_json(outcomes: &[Outcome]) -> String {
    let outcomes = outcomes.iter().map(|outcome| {
        json!({
            "file": outcome.file,
            "name": outcome.name,
            "passed": outcome.problem.is_none(),
            "problem": outcome.problem,
            "ms": outcome.millis,
        })
    });
    format!("{}\n", outcomes.collect::<serde_json::Value>())
}

/// The XML that build servers read.
fn as_junit(outcomes: &[Outcome]) -> String {
    let cases = outcomes.iter().map(|outcome| {
        let (file, name) = (escaped(&outcome.file), escaped(&outcome.name));
        let seconds = outcome.millis / 1e3;
        let head =
            format!("  <testcase classname=\"{file}\" name=\"{name}\" time=\"{seconds:.6}\"");
        match &outcome.problem {
            None => format!("{head}/>\n"),
            Some(problem) => {
                let problem = escaped(problem);
                format!("{head}><failure message=\"{problem}\"/></testcase>\n")
            }
        }
    });
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuite name=\"lua_cli\" tests=\"{}\" failures=\"{}\">\n{}</testsuite>\n",
        outcomes.len(),
        failures(outcomes),
        cases.collect::<String>()
    )
}

/// Text within an attribute. XML has no way to write most control characters.
fn escaped(text: &str) -> String {
    let characters = text.chars().map(|character| match character {
        '&' => "&amp;".to_owned(),
        '<' => "&lt;".to_owned(),
        '>' => "&gt;".to_owned(),
        '"' => "&quot;".to_owned(),
        '\n' => "&#10;".to_owned(),
        '\t' => "&#9;".to_owned(),
        control if control.is_control() => "?".to_owned(),
        other => other.to_string(),
    });
    characters.collect()
}
