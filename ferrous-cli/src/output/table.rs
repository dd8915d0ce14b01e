//! Rows and columns, for people with several records before them.

use std::borrow::Cow;

use ferrous_client::Value;
use ferrous_client::print::strict_json;

/// Appends `value` as a table: records (maps, or lines of `field=value` and `field:value`) become rows with a
/// column per field, other elements rows of their parts.
pub(super) fn table(out: &mut Vec<u8>, value: &Value) {
    let rows = rows_of(value);
    let widths: Vec<usize> = (0..rows.iter().map(Vec::len).max().unwrap_or(0))
        .map(|column| {
            rows.iter()
                .filter_map(|row| row.get(column))
                .map(|cell| width(cell))
                .max()
                .unwrap_or(0)
        })
        .collect();
    for row in rows {
        let mut line = String::new();
        for (cell, &column_width) in row.iter().zip(&widths) {
            line.push_str(cell);
            line.push_str(&" ".repeat(column_width - width(cell) + 2));
        }
        out.extend_from_slice(line.trim_end().as_bytes());
        out.push(b'\n');
    }
}

type Row = Vec<String>;

fn rows_of(value: &Value) -> Vec<Row> {
    match value {
        Value::Array(elements) | Value::Set(elements) | Value::Push(elements) => {
            rows_of_elements(elements)
        }
        Value::Map(pairs) => pairs
            .iter()
            .map(|(key, value)| vec![cell(key), cell(value)])
            .collect(),
        Value::Bulk(text) | Value::Verbatim { text, .. } if text.contains(&b'\n') => {
            rows_of_text(text)
        }
        other => vec![vec![cell(other)]],
    }
}

fn rows_of_elements(elements: &[Value]) -> Vec<Row> {
    let records: Option<Vec<Vec<(String, String)>>> = elements
        .iter()
        .map(|element| match element {
            Value::Map(pairs) => Some(
                pairs
                    .iter()
                    .map(|(key, value)| (cell(key), cell(value)))
                    .collect(),
            ),
            _ => None,
        })
        .collect();
    match records {
        Some(records) if !records.is_empty() => rows_of_records(&records),
        _ => elements.iter().map(row_of_element).collect(),
    }
}

fn row_of_element(element: &Value) -> Row {
    match element {
        Value::Array(parts) | Value::Set(parts) => parts.iter().map(cell).collect(),
        other => vec![cell(other)],
    }
}

/// A header of all fields in the order of their first appearance, then a row for each record.
fn rows_of_records(records: &[Vec<(String, String)>]) -> Vec<Row> {
    let mut fields: Row = Vec::new();
    for (field, _) in records.iter().flatten() {
        if !fields.contains(field) {
            fields.push(field.clone());
        }
    }
    let row = |record: &Vec<(String, String)>| {
        let value = |field: &String| {
            record
                .iter()
                .find(|(name, _)| name == field)
                .map(|(_, value)| value.clone())
        };
        fields
            .iter()
            .map(|field| value(field).unwrap_or_default())
            .collect()
    };
    std::iter::once(fields.clone())
        .chain(records.iter().map(row))
        .collect()
}

/// CLIENT LIST's lines become records; INFO's `field:value` become two columns; other lines stay lines.
fn rows_of_text(text: &[u8]) -> Vec<Row> {
    let text = String::from_utf8_lossy(text);
    let lines = || text.lines().filter(|line| !line.is_empty());
    let records: Option<Vec<Vec<(String, String)>>> = lines()
        .map(|line| {
            line.split(' ')
                .map(|word| {
                    word.split_once('=')
                        .map(|(name, value)| (name.to_owned(), value.to_owned()))
                })
                .collect()
        })
        .collect();
    match records {
        Some(records) => rows_of_records(&records),
        None => lines()
            .map(|line| match line.split_once(':') {
                Some((field, value)) => vec![field.to_owned(), value.to_owned()],
                None => vec![line.to_owned()],
            })
            .collect(),
    }
}

fn cell(value: &Value) -> String {
    match value {
        Value::Bulk(text) | Value::Simple(text) | Value::Verbatim { text, .. } => {
            match String::from_utf8_lossy(text) {
                Cow::Borrowed(text) if !text.contains(char::is_control) => text.to_owned(),
                _ => String::from_utf8_lossy(&ferrous_client::quote(text)).into_owned(),
            }
        }
        Value::Nil | Value::NilArray | Value::Null => String::new(),
        other => {
            let mut text = Vec::new();
            strict_json(&mut text, other);
            String::from_utf8_lossy(&text).into_owned()
        }
    }
}

fn width(cell: &str) -> usize {
    cell.chars().count()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(value: &Value, expected: &str) {
        let mut out = Vec::new();
        table(&mut out, value);
        assert_eq!(String::from_utf8(out).unwrap(), expected);
    }

    #[test]
    fn client_list_becomes_columns() {
        check(
            &Value::Bulk(b"id=1 name=\nid=12 name=a x=1\n".to_vec()),
            "id  name  x\n1\n12  a     1\n",
        );
    }

    #[test]
    fn info_becomes_two_columns() {
        check(
            &Value::Bulk(b"# Server\r\na:1\r\nlong:2\r\n".to_vec()),
            "# Server\na         1\nlong      2\n",
        );
    }

    #[test]
    fn lists_of_lists_become_rows() {
        let row =
            |cells: &[i64]| Value::Array(cells.iter().map(|&cell| Value::Integer(cell)).collect());
        check(
            &Value::Array(vec![row(&[1, 222]), row(&[33, 4])]),
            "1   222\n33  4\n",
        );
    }
}
