//! The forms in which replies are printed.

mod colour;
mod table;
mod yaml;

use ferrous_client::Value;
use ferrous_client::print::{JsonStrings, csv, json, raw, standard, strict_json};

use crate::options::Options;
pub(crate) use colour::Colours;

/// A form of output.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Output {
    /// For people.
    Standard,
    /// The bytes.
    Raw,
    /// Comma-separated values.
    Csv,
    /// JSON as `redis-cli` writes it.
    Json,
    /// The same in printable ASCII.
    QuotedJson,
    /// JSON that always parses.
    StrictJson,
    /// The same, a line per element of an aggregate.
    JsonLines,
    /// YAML.
    Yaml,
    /// Rows and columns.
    Table,
}

impl Output {
    /// The form that `--output` calls `name`.
    pub(crate) fn named(name: &str) -> Option<Self> {
        Some(match name {
            "standard" => Self::Standard,
            "raw" => Self::Raw,
            "csv" => Self::Csv,
            "json" => Self::StrictJson,
            "jsonl" => Self::JsonLines,
            "yaml" => Self::Yaml,
            "table" => Self::Table,
            _ => return None,
        })
    }

    /// True for the forms that want RESP3's types.
    pub(crate) fn is_json(self) -> bool {
        matches!(
            self,
            Self::Json
                | Self::QuotedJson
                | Self::StrictJson
                | Self::JsonLines
                | Self::Yaml
                | Self::Table
        )
    }
}

/// The text of a reply, ready to be written.
pub(crate) fn render(value: &Value, options: &Options) -> Vec<u8> {
    let mut out = Vec::new();
    match options.output {
        Output::Standard => {
            standard(&mut out, value);
            if options.colours.enabled() {
                out = colour::paint(&out);
            }
        }
        Output::Raw => {
            raw(&mut out, value, &options.element_delimiter);
            out.extend_from_slice(&options.reply_delimiter);
        }
        Output::Csv => line(&mut out, |out| csv(out, value)),
        Output::Json => line(&mut out, |out| json(out, value, JsonStrings::Utf8)),
        Output::QuotedJson => line(&mut out, |out| json(out, value, JsonStrings::Ascii)),
        Output::StrictJson => line(&mut out, |out| strict_json(out, value)),
        Output::JsonLines => json_lines(&mut out, value),
        Output::Yaml => yaml::yaml(&mut out, value),
        Output::Table => table::table(&mut out, value),
    }
    out
}

/// The text of a reply that is a page of text by itself, such as INFO's: nothing is added to it, unless the
/// form has a syntax to keep.
pub(crate) fn render_text(value: &Value, options: &Options) -> Vec<u8> {
    match options.output {
        Output::StrictJson | Output::JsonLines | Output::Yaml | Output::Table => {
            render(value, options)
        }
        _ => {
            let mut out = Vec::new();
            raw(&mut out, value, &options.element_delimiter);
            out
        }
    }
}

fn line(out: &mut Vec<u8>, write: impl FnOnce(&mut Vec<u8>)) {
    write(out);
    out.push(b'\n');
}

fn json_lines(out: &mut Vec<u8>, value: &Value) {
    match value {
        Value::Array(elements) | Value::Set(elements) | Value::Push(elements) => {
            for element in elements {
                line(out, |out| strict_json(out, element));
            }
        }
        _ => line(out, |out| strict_json(out, value)),
    }
}
